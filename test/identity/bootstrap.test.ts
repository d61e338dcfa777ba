import { afterEach, describe, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { bootstrapIdentity } from '../../src/modules/identity/access/bootstrap.ts'
import { type Installation, install, password } from './support.ts'

let lethe: Installation
afterEach(() => lethe.close())

describe('the first start', () => {
  test('makes the roles and an administrator with a generated password, once', async () => {
    lethe = await install({ bootstrap: false })
    const { created } = await bootstrapIdentity(lethe.system, { email: 'admin@localhost', password: undefined })
    expect(created?.password).toMatch(/^([a-hj-kmnp-z2-9]{4}-){4}[a-hj-kmnp-z2-9]{4}$/)
    expect((await lethe.signIn('admin@localhost', created?.password)).data?.['signIn'].user.email).toBe(
      'admin@localhost',
    )
    const stored = await lethe.database.systemAuditEntry.count()
    expect(await bootstrapIdentity(lethe.system, { email: 'other@localhost', password })).toEqual({})
    expect(await lethe.database.systemAuditEntry.count()).toBe(stored)
    const roles = await lethe.database.role.findMany({ orderBy: { key: 'asc' }, select: { key: true } })
    expect(roles.map(({ key }) => key)).toEqual([
      'administrator',
      'analyst',
      'data-protection-officer',
      'editor',
      'statistician',
    ])
  })

  test('of several processes at once makes one administrator', async () => {
    lethe = await install({ bootstrap: false })
    const starts = ['one@localhost', 'two@localhost', 'three@localhost'].map((email) =>
      bootstrapIdentity(lethe.system, { email, password }),
    )
    const made = (await Promise.all(starts)).filter(({ created }) => created)
    expect(made).toEqual([{ created: { email: expect.any(String) } }])
    expect(await lethe.database.user.count()).toBe(1)
    expect(await lethe.database.role.count()).toBe(5)
    expect(await lethe.database.roleAssignment.count()).toBe(1)
  })

  test('brings back a built-in role that is missing, and leaves changed ones alone', async () => {
    lethe = await install()
    await transact(lethe.system, 'test', async (tx) => {
      await tx.grant.deleteMany({ where: { role: { key: { in: ['analyst', 'editor'] } } } })
      await tx.role.delete({ where: { key: 'analyst' } })
    })
    await bootstrapIdentity(lethe.system, { email: 'admin@localhost', password })
    const role = (key: string) => lethe.database.role.findUniqueOrThrow({ where: { key }, include: { grants: true } })
    expect((await role('analyst')).grants).toHaveLength(17)
    expect((await role('editor')).grants).toHaveLength(0)
  })

  test('gives built-in roles what a new release brings, once, and tells the log; what was taken away stays away', async () => {
    lethe = await install()
    const editor = { role: { key: 'editor' } }
    const start = () => bootstrapIdentity(lethe.system, { email: 'admin@localhost', password })
    const rights = async () => (await lethe.database.grant.findMany({ where: editor })).map(({ right }) => right)
    // As an installation from before the contacts' own page, where an administrator had taken something away, and given something.
    await transact(lethe.system, 'test', async (tx) => {
      await tx.grant.deleteMany({ where: { ...editor, right: { startsWith: 'selfservice.' } } })
      await tx.grant.deleteMany({ where: { ...editor, right: 'audit.history' } })
      await tx.grant.updateMany({ where: { ...editor, right: 'lawfulness.basis' }, data: { write: false } })
      await tx.builtInGrant.deleteMany({ where: { right: { startsWith: 'selfservice.' } } })
      await tx.builtInGrant.deleteMany({ where: { right: 'lawfulness.basis' } })
    })
    await Promise.all([start(), start()])
    expect(await rights()).toEqual(expect.arrayContaining(['selfservice.links', 'selfservice.corrections']))
    expect(await rights()).not.toContain('audit.history')
    expect(await lethe.database.grant.count({ where: { ...editor, right: 'lawfulness.basis', write: false } })).toBe(1)
    const logged = await lethe.database.systemAuditEntry.findMany({
      where: { operation: 'bootstrap', entity: 'Grant' },
      orderBy: { id: 'desc' },
      take: 2,
    })
    expect(logged).toMatchObject(Array(2).fill({ action: 'created', actorKind: 'system' }))
    await transact(lethe.system, 'test', (tx) =>
      tx.grant.deleteMany({ where: { ...editor, right: 'selfservice.links' } }),
    )
    await start()
    expect(await rights()).not.toContain('selfservice.links')
  })

  test('gives those that are there the rights of requests, packages and related data, as new ones have them', async () => {
    lethe = await install()
    const since = ['requests.', 'recipients.', 'disclosure.', 'calendar.', 'documents.', 'orders.']
    const OR = since.map((startsWith) => ({ right: { startsWith } }))
    const held = async (key: string) =>
      (await lethe.database.grant.findMany({ where: { role: { key }, OR } }))
        .map(({ right, read, write }) => `${right} ${read ? 'r' : ''}${write ? 'w' : ''}`)
        .toSorted()
    const officer = ['disclosure.packages rw', 'recipients.notices rw', 'requests.* rw']
    const editor = [
      'calendar.* rw',
      'documents.content rw',
      'documents.documents rw',
      'documents.types r',
      'orders.* rw',
    ]
    const all = async () => [await held('data-protection-officer'), await held('editor'), await held('analyst')]
    expect(await all()).toEqual([officer, editor, []])
    await transact(lethe.system, 'test', async (tx) => {
      await tx.grant.deleteMany({ where: { OR } })
      await tx.builtInGrant.deleteMany({ where: { OR } })
    })
    await bootstrapIdentity(lethe.system, { email: 'admin@localhost', password })
    expect(await all()).toEqual([officer, editor, []])
  })

  test('refuses a weak password in words for the operator', async () => {
    lethe = await install({ bootstrap: false })
    const start = bootstrapIdentity(lethe.system, { email: 'admin@localhost', password: 'secret' })
    await expect(start).rejects.toThrow(/administrator can't be made.*at least 15/)
    expect(await lethe.database.user.count()).toBe(0)
  })
})

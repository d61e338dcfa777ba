import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openDatabase } from '../../src/database/client.ts'
import { type HeldGrant, type Rights, rightsOf } from '../../src/graphql/auth/rights.ts'
import { recordGrantUse, unusedGrants } from '../../src/modules/identity/access/grant-use.ts'
import { statementsOf } from '../contacts/lists-support.ts'
import { globalId, type Person, type Stage, startStage } from './access-support.ts'

let stage: Stage
let boss: Person
beforeAll(async () => {
  stage = await startStage()
  boss = await stage.person({ '*': 'rw' })
})
afterAll(() => stage.close())

const usesOf = async (roleId: string) =>
  (await stage.database.grantUse.findMany({ where: { roleId }, orderBy: { right: 'asc' } })).map(
    ({ right, lastReadAt, lastWriteAt }) => `${right} ${lastReadAt ? 'r' : ''}${lastWriteAt ? 'w' : ''}`,
  )
const unusedOf = async (key: string) =>
  (await unusedGrants(stage.database))
    .filter(({ role }) => role === key)
    .map(({ right, access, lastUsedAt }) => `${right} ${access} ${lastUsedAt ? 'long ago' : 'never'}`)
const held = (roleId: string, grants: Record<string, string>): HeldGrant[] =>
  Object.entries(grants).map(([right, access]) => ({
    right,
    read: access.includes('r'),
    write: access.includes('w'),
    roleId,
  }))

describe('the use of grants', () => {
  test('is noted for every grant that allowed it, when the process writes it down', async () => {
    const roleId = await stage.role({ 'contacts.*': 'rw', 'contacts.email': 'r', 'audit.log': 'r' }, { key: 'noted' })
    const rights = rightsOf(held(roleId, { 'contacts.*': 'rw', 'contacts.email': 'r', 'audit.log': 'r' }))
    const { flush, stop } = recordGrantUse({ ...stage, log: silent, knownRights: () => [rights] })
    await flush()
    expect(await usesOf(roleId)).toEqual([])
    expect(await unusedOf('noted')).toEqual([
      'audit.log read never',
      'contacts.* read never',
      'contacts.* write never',
      'contacts.email read never',
    ])
    rights.canRead('contacts.email')
    rights.canWrite('audit.log') // Is not allowed, so nothing was made use of.
    await flush()
    expect(await usesOf(roleId)).toEqual(['contacts.* r', 'contacts.email r'])
    rights.canWrite('contacts.name')
    await flush()
    expect(await usesOf(roleId)).toEqual(['contacts.* rw', 'contacts.email r'])
    expect(await unusedOf('noted')).toEqual(['audit.log read never'])
    stop()
  })

  test('is noted by a running process, by itself every minute and when it ends', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const taken = vi.fn<Rights['takeUses']>(() => [])
    const { stop } = recordGrantUse({
      ...stage,
      log: silent,
      knownRights: () => [{ ...rightsOf([]), takeUses: taken }],
    })
    vi.advanceTimersByTime(150_000)
    expect(taken).toHaveBeenCalledTimes(2)
    stop()
    vi.advanceTimersByTime(150_000)
    expect(taken).toHaveBeenCalledTimes(2)
    vi.useRealTimers()

    const person = await stage.person({ 'contacts.*': 'r', 'contacts.tags': 'w' })
    await stage.run(person, '{ contacts(first: 1) { edges { node { id } } } }')
    await stage.app.finish()
    expect(await usesOf(person.roleUuid)).toEqual(['contacts.* r'])
  })

  test('is written in one statement, and to the hour, so that there is little to write', async () => {
    const roles = await Promise.all(Array.from({ length: 5 }, () => stage.role({ 'contacts.name': 'r', '*': 'r' })))
    const all = roles.map((roleId) => rightsOf(held(roleId, { 'contacts.name': 'r', '*': 'r' })))
    const { flush, stop } = recordGrantUse({ ...stage, log: silent, knownRights: () => all })
    const use = async () => {
      for (const rights of all) rights.canRead('contacts.name')
      return (await statementsOf(flush)).length
    }
    const times = () =>
      stage.database.grantUse.findMany({
        where: { roleId: { in: roles } },
        orderBy: [{ roleId: 'asc' }, { right: 'asc' }],
      })
    expect(await use()).toBe(1)
    const first = await times()
    expect(first).toHaveLength(10)
    await use()
    expect(await times()).toEqual(first)
    await stage.database.$executeRaw`UPDATE grant_use SET last_read_at = now() - interval '2 hours'`
    await use()
    for (const { lastReadAt } of await times()) expect(Date.now() - (lastReadAt?.getTime() ?? 0)).toBeLessThan(60_000)
    expect((await statementsOf(flush)).length).toBe(0)
    stop()
  })

  test('is forgotten with the grant, and with the role', async () => {
    const roleId = await stage.role({ 'contacts.name': 'rw', 'contacts.tags': 'r' })
    const rights = rightsOf(held(roleId, { 'contacts.name': 'rw', 'contacts.tags': 'r', 'contacts.gone': 'r' }))
    const { flush, stop } = recordGrantUse({ ...stage, log: silent, knownRights: () => [rights] })
    for (const right of ['contacts.name', 'contacts.tags', 'contacts.gone']) rights.canRead(right)
    await flush()
    expect(await usesOf(roleId)).toEqual(['contacts.name r', 'contacts.tags r'])
    const revoke =
      'mutation ($role: ID!) { revokeRight(role: $role, right: "contacts.name", read: true, write: true) { id } }'
    await stage.run(boss, revoke, { role: globalId('Role', roleId) })
    expect(await usesOf(roleId)).toEqual(['contacts.tags r'])
    await stage.run(boss, 'mutation ($role: ID!) { deleteRole(id: $role) }', { role: globalId('Role', roleId) })
    expect(await usesOf(roleId)).toEqual([])
    stop()
  })

  test('that is 90 days ago counts as none', async () => {
    const roleId = await stage.role({ 'contacts.name': 'rw' }, { key: 'stale' })
    await stage.database.grantUse.create({
      data: {
        roleId,
        right: 'contacts.name',
        lastReadAt: new Date(Date.now() - 91 * 86_400_000),
        lastWriteAt: new Date(),
      },
    })
    expect(await unusedOf('stale')).toEqual(['contacts.name read long ago'])
  })

  test('that can’t be noted breaks nothing, and the log says so', async () => {
    const database = openDatabase('postgresql://nobody@127.0.0.1:1/none', { connections: 1, statementTimeout: 1000 })
    const lines: string[] = []
    const log = pino({ level: 'warn' }, { write: (line: string) => lines.push(line) })
    const rights = rightsOf(held(boss.roleUuid, { '*': 'r' }))
    const { flush, stop } = recordGrantUse({ database, log, knownRights: () => [rights] })
    rights.canRead('contacts.name')
    await flush()
    expect(lines.join()).toContain('the use of grants was not noted')
    stop()
    await database.$disconnect()
  })
})

const silent = pino({ enabled: false })

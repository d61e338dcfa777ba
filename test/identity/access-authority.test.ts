import { randomUUID } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { rightsOf } from '../../src/graphql/auth/rights.ts'
import type { WorkContext } from '../../src/graphql/context.ts'
import { assignRole } from '../../src/modules/identity/access/change-roles.ts'
import { disableUser } from '../../src/modules/identity/access/change-users.ts'
import { type Grants, globalId, type Person, type Stage, startStage } from './access-support.ts'

// Nobody gives what they don't have.

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.close())

const grant =
  'mutation ($role: ID!, $right: String!, $read: Boolean!, $write: Boolean!) { grantRight(role: $role, right: $right, read: $read, write: $write) { id } }'
const assign = 'mutation ($user: ID!, $role: ID!) { assignRole(user: $user, role: $role) { id } }'
const bind = 'mutation ($id: ID!, $purposes: [String!]) { updateRole(id: $id, input: { purposes: $purposes }) { id } }'

/** Manages roles, and has these grants besides. */
const manager = (grants: Grants, options: { purposes?: string[] } = {}) =>
  stage.person({ 'identity.roles': 'rw', 'identity.users': 'rw', ...grants }, options)

const newRole = async (...given: Parameters<Stage['role']>) => globalId('Role', await stage.role(...given))

/** What the attempt to grant this comes to: done, or what is missing. */
async function granting(who: Person, right: string, access: 'r' | 'w' | 'rw', role?: string) {
  const variables = {
    role: role ?? (await newRole({})),
    right,
    read: access.includes('r'),
    write: access.includes('w'),
  }
  return outcome(await stage.run(who, grant, variables))
}

async function assigning(who: Person, grants: Grants, options: { purposes?: string[] } = {}) {
  const [{ id }, role] = [await stage.person({}), await newRole(grants, options)]
  return outcome(await stage.run(who, assign, { user: id, role }))
}

function outcome({ codes, errors }: Awaited<ReturnType<Stage['run']>>) {
  if (codes.length === 0) return 'done'
  expect(codes).toEqual(['FORBIDDEN'])
  const denied: { path: string; access: string; right: string }[] = errors[0].extensions.denied
  return denied.map(({ path, access, right }) => `${path}: ${access} ${right}`)
}

describe('whoever grants a right', () => {
  test('holds it, for reading and for writing', async () => {
    const who = await manager({ 'contacts.email': 'r', 'contacts.phone': 'w' })
    expect(await granting(who, 'contacts.email', 'r')).toBe('done')
    expect(await granting(who, 'contacts.phone', 'w')).toBe('done')
    expect(await granting(who, 'contacts.email', 'rw')).toEqual(['right: write contacts.email'])
    expect(await granting(who, 'contacts.phone', 'rw')).toEqual(['right: read contacts.phone'])
    expect(await granting(who, 'contacts.name', 'rw')).toEqual([
      'right: read contacts.name',
      'right: write contacts.name',
    ])
  })

  test('holds a wildcard at least as wide; all that it covers today is not enough', async () => {
    const declared: string[] = (await stage.run(await manager({}), '{ rights { name } }')).data.rights.map(
      ({ name }: { name: string }) => name,
    )
    const each = await manager(Object.fromEntries(declared.map((name) => [name, 'rw'])))
    expect(await granting(each, 'contacts.email', 'rw')).toBe('done')
    expect(await granting(each, 'contacts.*', 'r')).toEqual(['right: read contacts.*'])
    expect(await granting(each, '*', 'w')).toEqual(['right: write *'])
    const module = await manager({ 'contacts.*': 'r' })
    expect(await granting(module, 'contacts.*', 'r')).toBe('done')
    expect(await granting(module, 'contacts.email', 'r')).toBe('done')
    expect(await granting(module, 'contacts.*', 'w')).toEqual(['right: write contacts.*'])
    expect(await granting(module, '*', 'r')).toEqual(['right: read *'])
    expect(await granting(await manager({ '*': 'r' }), 'contacts.*', 'r')).toBe('done')
  })

  test('may take it from several roles', async () => {
    const who = await manager({ 'contacts.email': 'r' })
    await stage.operate((context) => assignRole(context, who.uuid, roleUuid))
    expect(await granting(who, 'contacts.email', 'rw')).toBe('done')
  })
  let roleUuid: string
  beforeAll(async () => {
    roleUuid = await stage.role({ 'contacts.email': 'w' })
  })

  test('grants nothing to themselves that way, either', async () => {
    const who = await manager({})
    expect(await granting(who, '*', 'rw', who.role)).toEqual(['right: read *', 'right: write *'])
    expect(outcome(await stage.run(who, assign, { user: who.id, role: await newRole({ 'audit.log': 'r' }) }))).toEqual([
      'role: read audit.log',
    ])
  })
})

describe('whoever assigns a role', () => {
  test('holds all that it grants', async () => {
    const who = await manager({ 'contacts.*': 'r', 'contacts.email': 'rw' })
    expect(await assigning(who, {})).toBe('done')
    expect(await assigning(who, { 'contacts.email': 'rw', 'contacts.name': 'r', 'contacts.*': 'r' })).toBe('done')
    expect(await assigning(who, { 'contacts.email': 'rw', 'contacts.name': 'rw', 'audit.log': 'r' })).toEqual([
      'role: write contacts.name',
      'role: read audit.log',
    ])
  })
})

describe('whoever is bound to purposes', () => {
  const bound = (purposes: string[]) => manager({ 'contacts.*': 'rw' }, { purposes })

  test('gives rights only for contacts of these', async () => {
    const who = await bound(['billing', 'support'])
    const lacks = ['role: read contacts.name']
    expect(await assigning(who, { 'contacts.name': 'r' }, { purposes: ['support'] })).toBe('done')
    expect(await assigning(who, { 'contacts.name': 'r' }, { purposes: ['support', 'billing'] })).toBe('done')
    expect(await assigning(who, { 'contacts.name': 'r' }, { purposes: ['support', 'news'] })).toEqual(lacks)
    expect(await assigning(who, { 'contacts.name': 'r' })).toEqual(lacks)
    const [role, wider] = [await newRole({}, { purposes: ['support'] }), await newRole({}, { purposes: ['news'] })]
    expect(await granting(who, 'contacts.email', 'w', role)).toBe('done')
    expect(await granting(who, 'contacts.email', 'w', wider)).toEqual(['right: write contacts.email'])
    expect(await granting(who, 'contacts.email', 'w')).toEqual(['right: write contacts.email'])
  })

  test('opens no role to contacts that they don’t see', async () => {
    const who = await bound(['billing', 'support'])
    const binding = async (purposes: string[] | null, id: string) =>
      outcome(await stage.run(who, bind, { id, purposes }))
    const role = await newRole({ 'contacts.name': 'r' }, { purposes: ['support'] })
    const lacks = ['input.purposes: read contacts.name']
    expect(await binding(['support', 'news'], role)).toEqual(lacks)
    expect(await binding(['news'], role)).toEqual(lacks)
    expect(await binding([], role)).toEqual(lacks)
    expect(await binding(null, role)).toEqual(lacks)
    expect(await binding(['support', 'billing'], role)).toBe('done')
    expect(await binding(['billing'], role)).toBe('done')
    const open = await newRole({ 'contacts.name': 'r' })
    expect(await binding(['news'], open)).toBe('done') // It shows less than before.
    const foreign = await newRole({ 'contacts.name': 'r' }, { purposes: ['news', 'events'] })
    expect(await binding(['news'], foreign)).toBe('done')
    expect(await binding(['news', 'support'], foreign)).toBe('done') // What is added, they see.
    expect(await binding([], await newRole({}, { purposes: ['news'] }))).toBe('done') // It shows nothing.
  })

  test('by one of several roles is bound in all, as with what they see', async () => {
    const who = await manager({ 'contacts.*': 'rw' })
    const role = await stage.role({ 'audit.history': 'r' }, { purposes: ['support'] })
    await stage.operate((context) => assignRole(context, who.uuid, role))
    expect(await assigning(who, { 'contacts.name': 'r' })).toEqual(['role: read contacts.name'])
    expect(await assigning(who, { 'contacts.name': 'r' }, { purposes: ['support'] })).toBe('done')
  })
})

describe('whoever manages users', () => {
  const changes: [string, object][] = [
    ['disableUser(id: $id) { id }', {}],
    ['enableUser(id: $id) { id }', {}],
    ['endUserSessions(id: $id) { id }', {}],
    ['resetSecondFactor(id: $id) { id }', {}],
    ['updateUser(id: $id, input: { email: $email }) { id }', { email: 'new@example.org' }],
  ]
  const attempt = async (who: Person, id: string, [change, variables]: [string, object]) => {
    const declared = 'email' in variables ? '($id: ID!, $email: String)' : '($id: ID!)'
    return stage.run(who, `mutation ${declared} { ${change} }`, { id, ...variables })
  }

  test('gets no hold of an account that may do more, and doesn’t hear what it may', async () => {
    const who = await stage.person({ 'identity.users': 'rw', 'contacts.*': 'rw' })
    const more: [Grants, { purposes?: string[] }?][] = [
      [{ '*': 'rw' }],
      [{ 'contacts.name': 'rw', 'audit.log': 'r' }],
      [{ 'identity.roles': 'w' }],
      [{ 'contacts.*': 'r', '*': 'r' }],
    ]
    for (const [grants, options] of more) {
      const victim = await stage.person(grants, options)
      const before = await stage.database.user.findUniqueOrThrow({ where: { id: victim.uuid } })
      for (const change of changes) {
        const { codes, errors } = await attempt(who, victim.id, change)
        expect(codes).toEqual(['FORBIDDEN'])
        expect(errors[0].extensions).not.toHaveProperty('denied')
        expect(errors[0].message).not.toMatch(/audit|identity|contacts|\*/)
      }
      expect(await stage.database.user.findUniqueOrThrow({ where: { id: victim.uuid } })).toEqual(before)
      expect((await stage.run(victim, '{ me { email } }')).data.me).not.toBeNull()
    }
  })

  test('bound to purposes gets none of an account that isn’t', async () => {
    const who = await stage.person({ 'identity.users': 'rw', 'contacts.*': 'rw' }, { purposes: ['support'] })
    const [free, alike] = [
      await stage.person({ 'contacts.name': 'r' }),
      await stage.person({ 'contacts.name': 'r' }, { purposes: ['support'] }),
    ]
    for (const change of changes) expect((await attempt(who, free.id, change)).codes).toEqual(['FORBIDDEN'])
    expect((await attempt(who, alike.id, ['disableUser(id: $id) { id }', {}])).codes).toEqual([])
  })

  test('changes those who may do as much, and what people are called', async () => {
    const who = await stage.person({ 'identity.users': 'rw', 'contacts.*': 'rw' })
    const equal = await stage.person({ 'contacts.*': 'rw', 'identity.users': 'r' })
    for (const change of changes) expect((await attempt(who, equal.id, change)).codes).toEqual([])
    const mightier = await stage.person({ '*': 'rw' })
    const rename =
      'mutation ($id: ID!) { updateUser(id: $id, input: { name: "Jo", language: "de" }) { name language } }'
    expect((await stage.run(who, rename, { id: mightier.id })).data.updateUser).toEqual({ name: 'Jo', language: 'de' })
  })

  test('bound in one of their own roles still manages their own account', async () => {
    const who = await stage.person({ 'identity.users': 'rw' })
    const role = await stage.role({ 'contacts.name': 'r' }, { purposes: ['support'] })
    await stage.operate((context) => assignRole(context, who.uuid, role))
    expect(
      (
        await attempt(who, who.id, [
          'updateUser(id: $id, input: { email: $email }) { id }',
          { email: 'own@example.org' },
        ])
      ).codes,
    ).toEqual([])
  })
})

describe('the rights of who acts', () => {
  const everything = rightsOf([{ right: '*', read: true, write: true }])
  const context = (actor: WorkContext['actor'], rights = everything): WorkContext => ({
    ...stage.work,
    requestId: randomUUID(),
    actor,
    rights,
  })

  test('are those in the database, not those that the request began with', async () => {
    const [who, target] = [await manager({ 'contacts.*': 'rw' }), await stage.person({})]
    const role = await stage.role({ 'contacts.name': 'r' })
    const stale = context({ kind: 'user', id: who.uuid })
    await stage.operate((operator) => assignRole(operator, target.uuid, role))
    await stage.operate((operator) => disableUser(operator, who.uuid))
    await expect(assignRole(stale, target.uuid, role)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(disableUser(stale, target.uuid)).rejects.toMatchObject({ code: 'FORBIDDEN' })

    const other = await manager({ 'contacts.*': 'rw' })
    const held = context({ kind: 'user', id: other.uuid })
    await assignRole(held, target.uuid, role)
    await transact(context({ kind: 'system', id: null }), 'revoke', (tx) =>
      tx.grant.deleteMany({ where: { roleId: other.roleUuid, right: 'contacts.*' } }),
    )
    await expect(assignRole(held, target.uuid, role)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      extensions: { denied: [{ path: 'role', access: 'read', right: 'contacts.name' }] },
    })
  })

  test('are a client’s scopes, and no more than its key allows', async () => {
    const id = uuidv7()
    await stage.operate((operator) =>
      transact(operator, 'test', async (tx) => {
        await tx.client.create({ data: { id, name: 'Automation', kind: 'automation' } })
        for (const right of ['identity.roles', 'contacts.name']) {
          await tx.clientScope.create({ data: { id: uuidv7(), clientId: id, right, read: true, write: true } })
        }
      }),
    )
    const [target, may, mayNot] = [
      await stage.person({}),
      await stage.role({ 'contacts.name': 'rw' }),
      await stage.role({ 'contacts.email': 'r' }),
    ]
    const client = { kind: 'client', id } as const
    await assignRole(context(client), target.uuid, may)
    await expect(assignRole(context(client), target.uuid, mayNot)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    const byKey = rightsOf([{ right: 'identity.roles', read: true, write: true }])
    await expect(assignRole(context(client, byKey), target.uuid, may)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await stage.operate((operator) =>
      transact(operator, 'test', (tx) => tx.client.update({ where: { id }, data: { disabledAt: new Date() } })),
    )
    await expect(assignRole(context(client), target.uuid, may)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  test('of nobody are none, and the operator’s have no bounds', async () => {
    const [target, role] = [await stage.person({}), await stage.role({ '*': 'rw' })]
    await expect(assignRole(context({ kind: 'anonymous', id: null }), target.uuid, role)).rejects.toMatchObject({
      code: 'FORBIDDEN',
    })
    await stage.operate((operator) => assignRole(operator, target.uuid, role))
    expect(await stage.database.roleAssignment.count({ where: { userId: target.uuid, roleId: role } })).toBe(1)
  })
})

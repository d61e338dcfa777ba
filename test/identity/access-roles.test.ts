import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { modules } from '../../src/modules/index.ts'
import { systemEntries } from '../support/log.ts'
import { globalId, type Person, type Stage, startStage } from './access-support.ts'

let stage: Stage
let boss: Person
beforeAll(async () => {
  stage = await startStage()
  boss = await stage.person({ '*': 'rw' })
})
afterAll(() => stage.close())

const roleFields = 'id key name description builtIn purposes grants { right read write }'
const createRole = `mutation ($input: CreateRoleInput!) { createRole(input: $input) { ${roleFields} } }`
const updateRole = `mutation ($id: ID!, $input: UpdateRoleInput!) { updateRole(id: $id, input: $input) { ${roleFields} } }`
const deleteRole = 'mutation ($id: ID!) { deleteRole(id: $id) }'
const assignRole = 'mutation ($user: ID!, $role: ID!) { assignRole(user: $user, role: $role) { id roles { id } } }'
const unassignRole = 'mutation ($user: ID!, $role: ID!) { unassignRole(user: $user, role: $role) { id roles { id } } }'
const change = (name: string) =>
  `mutation ($role: ID!, $right: String!, $read: Boolean, $write: Boolean) {
    ${name}(role: $role, right: $right, read: $read, write: $write) { ${roleFields} } }`
const [grantRight, revokeRight] = [change('grantRight'), change('revokeRight')]

const faultsOf = ({ errors }: { errors: { extensions: { faults?: { field: string; message: string }[] } }[] }) =>
  errors[0]?.extensions.faults?.map(({ field }) => field)

let made = 0
async function newRole(input: object = {}) {
  const { data } = await stage.run(boss, createRole, { input: { key: `made-${made++}`, name: 'Made', ...input } })
  return data.createRole.id as string
}

const uuidIn = (id: string) => Buffer.from(id, 'base64').toString().split(':')[1] ?? ''

describe('a role', () => {
  test('is made, changed and removed at run time, and every step is in the audit log', async () => {
    const input = {
      key: 'call-centre',
      name: ' Call centre ',
      description: 'Phones',
      purposes: ['support', 'billing', 'support'],
    }
    const { data } = await stage.run(boss, createRole, { input })
    const { id, ...created } = data.createRole
    expect(created).toEqual({
      key: 'call-centre',
      name: 'Call centre',
      description: 'Phones',
      builtIn: false,
      purposes: ['billing', 'support'],
      grants: [],
    })
    const changed = await stage.run(boss, updateRole, { id, input: { description: null, purposes: null } })
    expect(changed.data.updateRole).toMatchObject({ name: 'Call centre', description: '', purposes: [] })
    await stage.run(boss, grantRight, { role: id, right: 'contacts.name', read: true })
    const held = await stage.person({})
    await stage.run(boss, assignRole, { user: held.id, role: id })
    expect((await stage.run(boss, deleteRole, { id })).data).toEqual({ deleteRole: true })
    expect(await stage.database.role.count({ where: { key: 'call-centre' } })).toBe(0)

    const logged = await stage.database.systemAuditEntry.findMany({
      where: { entityId: { in: [uuidIn(id), held.uuid] }, actorId: boss.uuid },
      orderBy: { id: 'asc' },
    })
    expect(logged.map(({ operation, action, entity }) => `${operation}: ${entity} ${action}`)).toEqual([
      'createRole: Role created',
      'updateRole: Role updated',
      'grantRight: Grant created',
      'assignRole: RoleAssignment created',
      'deleteRole: RoleAssignment removed',
      'deleteRole: Grant removed',
      'deleteRole: Role removed',
    ])
    for (const entry of logged) expect(entry).toMatchObject({ actorKind: 'user', actorId: boss.uuid })
  })

  test('names every fault of what it is made of', async () => {
    const input = { key: 'Call centre', name: 'two\nlines', description: 'x'.repeat(2001), purposes: ['ok', 'not ok'] }
    const answer = await stage.run(boss, createRole, { input })
    expect(answer.codes).toEqual(['INVALID_INPUT'])
    expect(faultsOf(answer)).toEqual(['key', 'name', 'description', 'purposes.1'])
    expect(faultsOf(await stage.run(boss, createRole, { input: { key: 'administrator', name: 'Again' } }))).toEqual([
      'key',
    ])
    expect(faultsOf(await stage.run(boss, createRole, { input: { key: 'nameless', name: ' ' } }))).toEqual(['name'])
    expect(faultsOf(await stage.run(boss, updateRole, { id: await newRole(), input: { name: null } }))).toEqual([
      'name',
    ])
  })

  test('that every installation has is changed, but not removed', async () => {
    const { id: uuid } = await stage.database.role.findUniqueOrThrow({ where: { key: 'analyst' } })
    const id = globalId('Role', uuid)
    expect(faultsOf(await stage.run(boss, deleteRole, { id }))).toEqual(['id'])
    expect((await stage.run(boss, updateRole, { id, input: { name: 'Analysts' } })).data.updateRole.name).toBe(
      'Analysts',
    )
  })

  test('that there is not is not found, whatever is tried with it', async () => {
    const [id, role] = [globalId('Role', boss.uuid), globalId('Role', boss.uuid)]
    for (const [query, variables] of [
      [updateRole, { id, input: {} }],
      [deleteRole, { id }],
      [assignRole, { user: boss.id, role }],
      [unassignRole, { user: boss.id, role }],
      [assignRole, { user: globalId('User', boss.roleUuid), role: boss.role }],
      [unassignRole, { user: globalId('User', boss.roleUuid), role: boss.role }],
      [grantRight, { role, right: 'contacts.name', read: true }],
      [revokeRight, { role, right: 'contacts.name', read: true }],
      [deleteRole, { id: 'nonsense' }],
    ] as const) {
      expect((await stage.run(boss, query, variables)).codes).toEqual(['NOT_FOUND'])
    }
  })

  test('is given and taken, and stays given when an identity provider had given it before', async () => {
    const [held, role] = [await stage.person({}), await newRole()]
    const both = { user: held.id, role }
    const given = await stage.run(boss, assignRole, both)
    expect(given.data.assignRole.roles.map((one: { id: string }) => one.id).sort()).toEqual([held.role, role].sort())
    await stage.run(boss, assignRole, both)
    expect(await stage.database.roleAssignment.count({ where: { userId: held.uuid } })).toBe(2)
    for (const _again of [1, 2]) {
      expect((await stage.run(boss, unassignRole, both)).data.unassignRole.roles).toEqual([{ id: held.role }])
    }
    const userId_roleId = { userId: held.uuid, roleId: uuidIn(role) }
    await transact({ ...stage.work, requestId: randomUUID() }, 'test', (tx) =>
      tx.roleAssignment.create({ data: { ...userId_roleId, external: true } }),
    )
    await stage.run(boss, assignRole, both)
    expect(await stage.database.roleAssignment.findUnique({ where: { userId_roleId } })).toMatchObject({
      external: false,
    })
  })
})

describe('a grant', () => {
  const grantsOf = async (id: string) =>
    (await stage.database.grant.findMany({ where: { roleId: uuidIn(id) }, orderBy: { right: 'asc' } })).map(
      ({ right, read, write }) => `${right} ${read ? 'r' : ''}${write ? 'w' : ''}`,
    )
  const apply = (query: string, role: string, right: string, access: string) =>
    stage.run(boss, query, {
      role,
      right,
      ...(access.includes('r') && { read: true }),
      ...(access.includes('w') && { write: true }),
    })

  test('to read leaves that to write alone, and the other way round; without either there is none', async () => {
    const role = await newRole()
    const steps = [
      [grantRight, 'r', ['contacts.email r']],
      [grantRight, 'w', ['contacts.email rw']],
      [grantRight, 'rw', ['contacts.email rw']],
      [revokeRight, 'r', ['contacts.email w']],
      [revokeRight, 'r', ['contacts.email w']],
      [grantRight, 'r', ['contacts.email rw']],
      [revokeRight, 'w', ['contacts.email r']],
      [revokeRight, 'rw', []],
      [revokeRight, 'rw', []],
      [grantRight, 'rw', ['contacts.email rw']],
      [revokeRight, 'rw', []],
    ] as const
    for (const [query, access, expected] of steps) {
      expect((await apply(query, role, 'contacts.email', access)).codes).toEqual([])
      expect(await grantsOf(role)).toEqual(expected)
    }
    const logged = await systemEntries(stage.database, { entityId: uuidIn(role), entity: 'Grant' })
    // What changed nothing is not there.
    expect(logged.map(({ action }) => action)).toEqual([
      'created',
      'updated',
      'updated',
      'updated',
      'updated',
      'removed',
      'created',
      'removed',
    ])
    expect(logged[1]?.changes).toMatchObject({
      grant: { old: { right: 'contacts.email', read: true, write: false }, new: { read: true, write: true } },
    })
  })

  test('names a right that there is, or all of a kind; what is near a misspelled one is told', async () => {
    const role = await newRole()
    for (const right of ['contacts.*', '*', 'identity.users'])
      expect((await apply(grantRight, role, right, 'r')).codes).toEqual([])
    for (const [right, near] of [
      ['contacts.emial', 'contacts.email'],
      ['email', 'contacts.email'],
      ['contact.*', 'contacts.*'],
      ['Identity.Users', 'identity.users'],
      ['*.email', 'contacts.email'],
      ['contacts.e*', 'contacts.email'],
      ['**', '*'],
      ['', '*'],
      ['nothing.like.it', ''],
    ]) {
      const answer = await apply(grantRight, role, right ?? '', 'r')
      expect(faultsOf(answer)).toEqual(['right'])
      expect(answer.errors[0].message).toContain(near)
    }
    expect(faultsOf(await apply(revokeRight, role, 'contacts.emial', 'r'))).toEqual(['right'])
    expect(await grantsOf(role)).toEqual(['* r', 'contacts.* r', 'identity.users r'])
  })

  test('says whether it is about reading or writing', async () => {
    const role = await newRole()
    for (const query of [grantRight, revokeRight]) {
      expect(faultsOf(await apply(query, role, 'contacts.email', ''))).toEqual(['read'])
      const nothing = { role, right: 'contacts.email', read: false, write: null }
      expect(faultsOf(await stage.run(boss, query, nothing))).toEqual(['read'])
    }
  })

  test('is not revoked in vain: where a wider one allows the same, that is named', async () => {
    const role = await newRole()
    await apply(grantRight, role, 'contacts.*', 'r')
    await apply(grantRight, role, 'contacts.email', 'rw')
    for (const [right, access] of [
      ['contacts.name', 'r'],
      ['contacts.email', 'r'],
      ['contacts.email', 'rw'],
    ] as const) {
      const answer = await apply(revokeRight, role, right, access)
      expect(faultsOf(answer)).toEqual(['right'])
      expect(answer.errors[0].message).toContain('"contacts.*"')
    }
    // Writing is not what the wildcard is about.
    expect((await apply(revokeRight, role, 'contacts.email', 'w')).codes).toEqual([])
    expect((await apply(revokeRight, role, 'contacts.name', 'w')).codes).toEqual([])
    expect(await grantsOf(role)).toEqual(['contacts.* r', 'contacts.email r'])
    await apply(grantRight, role, '*', 'r')
    expect((await apply(revokeRight, role, 'contacts.*', 'r')).errors[0].message).toContain('"*"')
    await apply(revokeRight, role, '*', 'r')
    expect((await apply(revokeRight, role, 'contacts.*', 'r')).data.revokeRight.grants).toEqual([
      { right: 'contacts.email', read: true, write: false },
    ])
  })

  test('of a right that no module declares any more is revoked all the same', async () => {
    const role = await stage.role({ 'calendar.events': 'rw' })
    expect((await apply(revokeRight, globalId('Role', role), 'calendar.events', 'rw')).codes).toEqual([])
    expect(await stage.database.grant.count({ where: { roleId: role } })).toBe(0)
  })
})

describe('what there is', () => {
  test('every right of every module is listed, with what it is about', async () => {
    const { data } = await stage.run(boss, '{ rights { name description module } }')
    const declared = modules.flatMap(({ name: module, rights }) =>
      Object.entries(rights).map(([name, description]) => ({ name, description, module })),
    )
    expect(data.rights).toHaveLength(declared.length)
    expect(data.rights).toEqual(expect.arrayContaining(declared))
  })

  const effective =
    'query ($user: ID!) { effectiveRights(user: $user) { right read write purposes sources { role { id } grant read write } } }'

  test('somebody’s rights are told one by one, with where each comes from', async () => {
    const held = await stage.person({ 'contacts.*': 'r', 'contacts.email': 'w', 'calendar.events': 'r' })
    const other = await stage.role(
      { 'contacts.email': 'r', 'contacts.phone': 'rw' },
      { purposes: ['support', 'billing'] },
    )
    await stage.run(boss, assignRole, { user: held.id, role: globalId('Role', other) })
    const { data } = await stage.run(boss, effective, { user: held.id })
    const rights = new Map<string, object>(data.effectiveRights.map((one: { right: string }) => [one.right, one]))
    expect([...rights.keys()]).toEqual(
      modules
        .flatMap(({ rights: all }) => Object.keys(all))
        .filter((name) => name.startsWith('contacts.'))
        .sort(),
    )
    const [mine, theirs] = [{ id: held.role }, { id: globalId('Role', other) }]
    const wildcard = { role: mine, grant: 'contacts.*', read: true, write: false }
    expect(rights.get('contacts.name')).toMatchObject({ read: true, write: false, purposes: [], sources: [wildcard] })
    expect(rights.get('contacts.email')).toMatchObject({
      read: true,
      write: true,
      purposes: [],
      sources: expect.arrayContaining([
        wildcard,
        { role: mine, grant: 'contacts.email', read: false, write: true },
        { role: theirs, grant: 'contacts.email', read: true, write: false },
      ]),
    })
    const bound = await stage.person({ 'contacts.name': 'r', 'contacts.tags': 'w' }, { purposes: ['support'] })
    expect((await stage.run(boss, effective, { user: bound.id })).data.effectiveRights).toMatchObject([
      { right: 'contacts.name', purposes: ['support'] },
      { right: 'contacts.tags', read: false, write: true, purposes: ['support'] },
    ])
    const none = await stage.person({})
    expect((await stage.run(boss, effective, { user: none.id })).data).toEqual({ effectiveRights: [] })
    expect((await stage.run(boss, effective, { user: boss.role })).codes).toEqual(['NOT_FOUND'])
    expect((await stage.run(boss, effective, { user: globalId('User', boss.roleUuid) })).codes).toEqual(['NOT_FOUND'])
  })

  test('is for those who see roles and users', async () => {
    const [roles, users] = [
      await stage.person({ 'identity.roles': 'r' }),
      await stage.person({ 'identity.users': 'r' }),
    ]
    expect((await stage.run(users, '{ rights { name } }')).codes).toEqual(['FORBIDDEN'])
    expect((await stage.run(roles, '{ rights { name } }')).codes).toEqual([])
    for (const who of [users, roles])
      expect((await stage.run(who, effective, { user: boss.id })).codes).toEqual(['FORBIDDEN'])
  })
})

test('roles are changed by those who may write them, and see them', async () => {
  const [reader, writer] = [
    await stage.person({ '*': 'r' }),
    await stage.person({ 'identity.roles': 'w', 'identity.users': 'rw' }),
  ]
  const role = await newRole()
  const user = reader.id
  for (const who of [reader, writer, undefined]) {
    for (const [query, variables] of [
      [createRole, { input: { key: 'mine', name: 'Mine' } }],
      [updateRole, { id: role, input: { name: 'Mine' } }],
      [deleteRole, { id: role }],
      [assignRole, { user, role }],
      [unassignRole, { user, role: reader.role }],
      [grantRight, { role, right: 'identity.roles', read: true }],
      [revokeRight, { role: reader.role, right: '*', read: true }],
    ] as const) {
      expect((await stage.run(who, query, variables)).codes).toEqual([who ? 'FORBIDDEN' : 'UNAUTHENTICATED'])
    }
  }
})

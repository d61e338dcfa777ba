import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { disableUser } from '../../src/modules/identity/access/change-users.ts'
import { addUser } from '../../src/modules/identity/access/users.ts'
import { type Grants, type Person, type Stage, startStage } from './access-support.ts'

// Somebody is always left who can sign in and may do everything.

let stage: Stage
let last: Person
beforeAll(async () => {
  stage = await startStage()
})
beforeEach(async () => {
  last = await stage.person({ '*': 'rw' })
  const others = await stage.database.user.findMany({ where: { id: { not: last.uuid }, disabledAt: null } })
  for (const { id } of others) await stage.operate((context) => disableUser(context, id))
})
afterAll(() => stage.close())

const disable = (who: Person, id: string) =>
  stage.run(who, 'mutation ($id: ID!) { disableUser(id: $id) { id } }', { id })

/** Every way to lose the last administrator. */
const ways: [string, string][] = [
  ['disabling them', 'mutation ($id: ID!) { disableUser(id: $id) { id } }'],
  ['taking their role', 'mutation ($id: ID!, $role: ID!) { unassignRole(user: $id, role: $role) { id } }'],
  ['removing the role', 'mutation ($role: ID!) { deleteRole(id: $role) }'],
  ['revoking the right to write', 'mutation ($role: ID!) { revokeRight(role: $role, right: "*", write: true) { id } }'],
  ['revoking the right to read', 'mutation ($role: ID!) { revokeRight(role: $role, right: "*", read: true) { id } }'],
  [
    'binding the role to a purpose',
    'mutation ($role: ID!) { updateRole(id: $role, input: { purposes: ["a"] }) { id } }',
  ],
]

const all = async () => [
  await stage.database.user.findMany({ orderBy: { id: 'asc' } }),
  await stage.database.role.findMany({ orderBy: { id: 'asc' }, include: { grants: true, assignments: true } }),
  await stage.database.systemAuditEntry.count(),
]

async function attempts() {
  const codes: string[] = []
  for (const [, query] of ways) codes.push(...(await stage.run(last, query, { id: last.id, role: last.role })).codes)
  return codes
}

const refused = ways.map(() => 'LAST_ADMINISTRATOR')

describe('the last administrator is not removed', () => {
  test('in any way, and nothing of the attempt remains', async () => {
    const before = await all()
    expect(await attempts()).toEqual(refused)
    expect(await all()).toEqual(before)
  })

  test.each<[string, Grants, { purposes?: string[] }?]>([
    ['only reads everything', { '*': 'r' }],
    ['only writes everything', { '*': 'w' }],
    ['may do all that there is now', { 'contacts.*': 'rw', 'identity.*': 'rw', 'audit.*': 'rw' }],
    ['may do everything for some purposes', { '*': 'rw' }, { purposes: ['a'] }],
  ])('for somebody who %s', async (_what, grants, options) => {
    await stage.person(grants, options)
    expect(await attempts()).toEqual(refused)
  })

  test('for somebody who can’t sign in: disabled, or invited and not come yet', async () => {
    const { uuid, id } = await stage.person({ '*': 'rw' })
    await disable(last, id)
    const invited = await stage.person({ '*': 'rw' })
    await stage.operate((context) =>
      transact(context, 'test', (tx) =>
        tx.user.update({ where: { id: invited.uuid }, data: { passwordHash: '', passwordSetAt: null } }),
      ),
    )
    expect(await attempts()).toEqual(refused)
    const external = { id: uuidv7(), userId: invited.uuid, issuer: 'https://id.example', subject: 'x' }
    await stage.operate((context) => transact(context, 'test', (tx) => tx.externalIdentity.create({ data: external })))
    expect((await disable(last, last.id)).codes).toEqual([])
    expect(await stage.database.user.count({ where: { id: uuid, disabledAt: null } })).toBe(0)
  })

  test('by another who may, nor by themselves together with their second factor', async () => {
    const who = await stage.person({ 'identity.roles': 'rw', 'identity.users': 'rw' })
    const taking = 'mutation ($id: ID!, $role: ID!) { unassignRole(user: $id, role: $role) { id } }'
    expect((await stage.run(who, taking, { id: last.id, role: last.role })).codes).toEqual(['LAST_ADMINISTRATOR'])
    const equal = await stage.person({ '*': 'rw' })
    // A password that is safe only with a second factor goes with it.
    await stage.operate((context) =>
      transact(context, 'test', (tx) =>
        tx.user.update({ where: { id: last.uuid }, data: { passwordIsShort: true, passwordSetAt: new Date() } }),
      ),
    )
    const reset = 'mutation ($id: ID!) { resetSecondFactor(id: $id) { hasPassword } }'
    expect((await stage.run(equal, reset, { id: last.id })).data).toEqual({ resetSecondFactor: { hasPassword: false } })
    expect((await disable(equal, equal.id)).codes).toEqual(['LAST_ADMINISTRATOR'])
  })
})

test('with a second one there, each way is open', async () => {
  for (const [, query] of ways) {
    const second = await stage.person({ '*': 'rw' })
    expect((await stage.run(last, query, { id: second.id, role: second.role })).codes).toEqual([])
  }
})

test('an administrator who was made meanwhile counts', async () => {
  await stage.operate((context) => addUser(context, { email: 'new@example.org', name: '', roles: ['administrator'] }))
  expect((await disable(last, last.id)).codes).toEqual([])
})

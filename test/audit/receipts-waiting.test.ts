import { pino } from 'pino'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { printedSchema } from '../../src/graphql/schema.ts'
import type { Integration } from '../../src/modules/audit/integration.ts'
import { readSchemaText } from '../rights/schema-text.ts'
import { run, schema, type TestContext, testContext } from '../support/context.ts'
import { freshDatabase } from '../support/database.ts'

// Every change of what people and programs may do waits until its entries are in the tree: all of them, and before it answers.

let context: TestContext
const waitedFor = new Set<string>()
const ids: Record<string, string> = {}

beforeAll(async () => {
  context = testContext(await freshDatabase())
  const [userId, roleId] = [uuidv7(), uuidv7()]
  await transact(context, 'test', async (tx) => {
    await tx.user.create({ data: { id: userId, email: 'ada@example.org', passwordHash: 'x' } })
    await tx.role.create({ data: { id: roleId, key: 'all', name: 'All' } })
    await tx.grant.create({ data: { roleId, right: '*', read: true, write: true } })
    await tx.roleAssignment.create({ data: { userId, roleId } })
  })
  const integrated = async (entryIds: readonly string[]) => {
    for (const id of entryIds) waitedFor.add(id)
    return true
  }
  context = { ...context, actor: { kind: 'user', id: userId }, integration: { integrated } }
})

afterAll(() => context.close())

// In this order: each works on what those before it made.
const changes: [string, string, string?][] = [
  ['createRole', '(input: { key: "team", name: "Team" }) { id }', 'role'],
  ['updateRole', '(id: $role, input: { name: "Our team" }) { id }'],
  ['grantRight', '(role: $role, right: "contacts.name", read: true) { id }'],
  ['createUser', '(input: { email: "grace@example.org" }) { user { id } }', 'user'],
  ['updateUser', '(id: $user, input: { name: "Grace" }) { id }'],
  ['assignRole', '(user: $user, role: $role) { id }'],
  ['unassignRole', '(user: $user, role: $role) { id }'],
  ['endUserSessions', '(id: $user) { id }'],
  ['resetSecondFactor', '(id: $user) { id }'],
  ['disableUser', '(id: $user) { id }'],
  ['enableUser', '(id: $user) { id }'],
  ['inviteUser', '(input: { email: "invited@example.org" }) { user { id } }', 'invited'],
  ['sendInvitation', '(user: $invited) { user { id } }'],
  ['revokeRight', '(role: $role, right: "contacts.name", read: true) { id }'],
  ['deleteRole', '(id: $role)'],
  ['createClient', '(input: { name: "Shop", kind: PARTNER }) { id }', 'client'],
  ['updateClient', '(id: $client, input: { name: "Our shop" }) { id }'],
  ['grantScope', '(client: $client, right: "contacts.name", read: true) { id }'],
  ['revokeScope', '(client: $client, right: "contacts.name", read: true) { id }'],
  ['createClientKey', '(client: $client, kind: SECRET) { clientKey { id } }', 'key'],
  ['rotateClientKey', '(id: $key) { clientKey { id } }'],
  ['revokeClientKey', '(id: $key) { id }'],
  ['disableClient', '(id: $client) { id }'],
  ['enableClient', '(id: $client) { id }'],
]

test.each(changes)('%s', async (name, given, makes) => {
  const used = Object.keys(ids).filter((id) => new RegExp(`\\$${id}\\b`).test(given))
  const declared = used.length > 0 ? `(${used.map((id) => `$${id}: ID!`).join(', ')})` : ''
  const { data, errors, requestId } = await run(context, `mutation ${declared} { ${name}${given} }`, ids)
  expect(errors).toEqual([])
  if (makes) ids[makes] = /"id":"([^"]+)"/.exec(JSON.stringify(data))?.[1] ?? ''
  const written = await context.database.systemAuditEntry.findMany({ where: { requestId, action: { not: 'read' } } })
  expect(written.length).toBeGreaterThan(0)
  expect(written.filter(({ id }) => !waitedFor.has(id))).toEqual([])
})

/** Changes rights while the tree is as `integrated` says. */
const changing = (key: string, integrated: Integration['integrated'], log = context.log) =>
  run(
    { ...context, log, integration: { integrated } },
    'mutation ($key: String!) { createRole(input: { key: $key, name: "Role" }) { id } }',
    { key },
  )

test('a change of rights answers only when its entries are in the tree', async () => {
  let isAnswered = false
  const called = Promise.withResolvers<void>()
  const tree = Promise.withResolvers<boolean>()
  const answer = changing('patient', () => {
    called.resolve()
    return tree.promise
  }).finally(() => {
    isAnswered = true
  })
  await called.promise
  // It has committed; nothing but the tree holds it up, for as long as it likes.
  for (let turn = 0; turn < 50; turn++) await context.database.$queryRaw`SELECT 1`
  expect(isAnswered).toBe(false)
  tree.resolve(true)
  expect((await answer).errors).toEqual([])
})

test('one that could not wait any longer answers, and the log of the server says which', async () => {
  const logged: Record<string, unknown>[] = []
  const log = pino({ base: null }, { write: (line: string) => logged.push(JSON.parse(line)) })
  const { errors, requestId } = await changing('impatient', async () => false, log)
  expect(errors).toEqual([])
  expect(logged).toMatchObject([{ level: 40, requestId, operation: 'createRole' }])
})

test('no change of rights is left out here', () => {
  const mutations = readSchemaText(printedSchema(schema)).objects.get('Mutation')?.fields ?? []
  const ofAccess = mutations.filter(({ access }) => access.write?.startsWith('identity.')).map(({ name }) => name)
  expect(ofAccess.toSorted()).toEqual(changes.map(([name]) => name).toSorted())
})

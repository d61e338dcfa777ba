import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { inDays, openRegistry, type Registry } from './support.ts'

// Roles bound to purposes see only contacts that may be processed for one of them, at this moment.

let registry: Registry
let token: string
beforeAll(async () => {
  registry = await openRegistry()
  const role = randomUUID()
  await transact({ ...registry.work, requestId: randomUUID() }, 'test', async (tx) => {
    await tx.role.create({ data: { id: role, key: 'callers', name: 'Callers', purposes: ['phone', 'orders'] } })
    await tx.grant.create({ data: { roleId: role, right: '*', read: true, write: true } })
  })
  const create = 'mutation { createUser(input: { email: "caller@example.org", roles: ["callers"] }) { password } }'
  const { createUser } = await registry.ask(create)
  const signIn = 'mutation ($p: String!) { signIn(email: "caller@example.org", password: $p) { token } }'
  const { data } = await registry.graphql(signIn, { p: createUser.password })
  token = data?.signIn.token
})
afterAll(() => registry.close())

const seen = async (): Promise<string[]> => {
  const { data } = await registry.graphql('{ contacts(first: 500) { totalCount edges { node { id } } } }', {}, token)
  return data?.contacts.edges.map(({ node }: { node: { id: string } }) => node.id)
}

test('who may be processed is seen, and no longer once the person withdraws', async () => {
  const [called, customer, other] = [await registry.person(), await registry.person(), await registry.person()]
  await registry.record({ contactId: called, purpose: 'phone', ground: 'CONSENT' })
  await registry.record({ contactId: customer, purpose: 'orders', ground: 'CONTRACT' })
  await registry.record({ contactId: other, purpose: 'newsletter', ground: 'CONSENT' })
  expect((await seen()).toSorted()).toEqual([called, customer].toSorted())
  await registry.withdraw({ contactId: called, purpose: 'marketing' })
  expect(await seen()).toEqual([customer])
  const { data } = await registry.graphql(
    `{ contact(id: "${called}") { id mayProcess(purpose: "phone") { allowed } } }`,
    {},
    token,
  )
  expect(data?.contact).toBeNull()
})

test('a ground that lapses takes the contact out of sight by itself', async () => {
  const contactId = await registry.person()
  const validUntil = new Date(Date.now() + 700).toISOString()
  await registry.record({ contactId, purpose: 'orders', ground: 'CONTRACT', validUntil })
  expect(await seen()).toContain(contactId)
  await expect.poll(seen, { timeout: 5000 }).not.toContain(contactId)
})

test('nobody records anything about a contact that they don’t see', async () => {
  const contactId = await registry.person()
  await registry.record({ contactId, purpose: 'newsletter', ground: 'CONSENT', givenAt: inDays(-1) })
  const record = 'mutation ($input: RecordLawfulBasisInput!) { recordLawfulBasis(input: $input) { id } }'
  const input = { contactId, purpose: 'orders', ground: 'CONTRACT' }
  expect((await registry.graphql(record, { input }, token)).errors?.[0]?.extensions.code).toBe('NOT_FOUND')
  expect(await registry.rulesOf(contactId, 'orders')).toEqual([false, 'NO_BASIS'])
})

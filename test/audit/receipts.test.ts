import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addUser } from '../../src/modules/identity/access/users.ts'
import { admin, startTestApp, type TestApp } from '../support/app.ts'
import { asCaller, everything, reading, run, type TestContext, testContext } from '../support/context.ts'
import { freshDatabase } from '../support/database.ts'
import { checkpointFields, isProven, isSigned, type Proof, proofFields } from './proofs-support.ts'

let app: TestApp
let token: string

beforeAll(async () => {
  app = await startTestApp()
  token = await app.signIn()
})

afterAll(() => app?.close())

const receipt = `requestId count complete checkpoint { ${checkpointFields} } proofs { ${proofFields} }`
const createRole = (key: string) => `createRole(input: { key: "${key}", name: "Role" }) { id }`

const leafOf = ({ leaf }: Proof) => JSON.parse(leaf ?? '{}')
const requestIdOf = ({ headers }: { headers: Headers }) => headers.get('x-request-id') ?? ''
const later = (requestId: string, as: string | undefined) =>
  app.graphql(`query ($id: String!) { auditReceipt(requestId: $id) { ${receipt} } }`, { id: requestId }, as)

const signIn = 'mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { token } }'

/** Somebody with these rights, signed in. */
async function newcomer(rights: readonly { right: string; read: boolean; write: boolean }[]): Promise<string> {
  const [email, key] = [`${randomUUID()}@example.org`, `r-${randomUUID()}`]
  const work = { ...app.work, requestId: randomUUID() }
  const make = `mutation ($key: String!) { createRole(input: { key: $key, name: "Role" }) { id } }`
  const { data } = await app.graphql(make, { key }, token)
  for (const right of rights) {
    const grant =
      'mutation ($role: ID!, $right: String!, $read: Boolean, $write: Boolean) { grantRight(role: $role, right: $right, read: $read, write: $write) { id } }'
    await app.graphql(grant, { role: data.createRole.id, ...right }, token)
  }
  await addUser(work, { email, password: admin.password, name: '', roles: [key] })
  return (await app.graphql(signIn, { email, password: admin.password })).data.signIn.token
}

describe('receipt', () => {
  test('proves what the mutation before it did', async () => {
    const answer = await app.graphql(`mutation { ${createRole('one')} receipt { ${receipt} } }`, {}, token)
    expect(answer.errors).toBeUndefined()
    const { complete, count, checkpoint, proofs, requestId } = answer.data.receipt
    expect({ complete, count, requestId }).toEqual({ complete: true, count: 1, requestId: requestIdOf(answer) })
    expect(isSigned(checkpoint)).toBe(true)
    expect(proofs).toHaveLength(1)
    expect(isProven(proofs[0])).toBe(true)
    expect(proofs[0].inclusion.checkpoint).toEqual(checkpoint)
    expect(leafOf(proofs[0])).toMatchObject({ action: 'created', operation: 'createRole', requestId, contactId: null })
  })

  test('covers all before it in the operation, and nothing after it', async () => {
    const { data } = await app.graphql(
      `mutation {
        contact: createContact(input: { givenName: "Ada", emails: [{ address: "ada@example.org" }] }) { id }
        ${createRole('two')}
        early: receipt { ${receipt} }
        other: createContact(input: { givenName: "Grace" }) { id }
        receipt { ${receipt} }
      }`,
      {},
      token,
    )
    const operations = (found: Proof[]) => found.map((proof) => leafOf(proof).operation).toSorted()
    expect(data.early).toMatchObject({ complete: true, count: 3 })
    expect(operations(data.early.proofs)).toEqual(['createContact', 'createContact', 'createRole'])
    expect(data.receipt).toMatchObject({ complete: true, count: 4 })
    expect(data.receipt.proofs.every(isProven)).toBe(true)
    expect(data.receipt.proofs.slice(0, 3).map(({ entryId }: Proof) => entryId)).toEqual(
      data.early.proofs.map(({ entryId }: Proof) => entryId),
    )
  })

  test('of an operation that did nothing has nothing', async () => {
    const { data } = await app.graphql(`mutation { receipt { ${receipt} } }`, {}, token)
    expect(data.receipt).toMatchObject({
      complete: true,
      count: 0,
      proofs: [],
      checkpoint: { note: expect.any(String) },
    })
  })

  test('comes in pages', async () => {
    const emails = Array.from({ length: 5 }, (_, index) => `{ address: "p${index}@example.org" }`).join()
    const answer = await app.graphql(
      `mutation { createContact(input: { givenName: "P", emails: [${emails}] }) { id } receipt(first: 4) { ${receipt} } }`,
      {},
      token,
    )
    const { count, proofs } = answer.data.receipt
    expect([count, proofs.length]).toEqual([6, 4])
    const query = `query ($id: String!, $after: ID) { auditReceipt(requestId: $id, first: 4, after: $after) { ${receipt} } }`
    const { data } = await app.graphql(query, { id: requestIdOf(answer), after: proofs.at(-1).entryId }, token)
    const ids = [...proofs, ...data.auditReceipt.proofs].map(({ entryId }: Proof) => entryId)
    expect(new Set(ids).size).toBe(6)
    expect(ids).toEqual(ids.toSorted())
    for (const wrong of [`first: -1`, `first: 3000000000`]) {
      const refused = await app.graphql(`mutation { receipt(${wrong}) { count } }`, {}, token)
      expect(refused.errors?.[0]?.extensions.code).toMatch(/INVALID_INPUT|GRAPHQL_VALIDATION_FAILED|BAD_USER_INPUT/)
    }
  })

  test('is for whoever is signed in, and no others', async () => {
    const { data, errors } = await app.graphql(`mutation { receipt { ${receipt} } }`)
    expect([data, errors?.[0]?.extensions.code]).toEqual([{ receipt: null }, 'UNAUTHENTICATED'])
    expect((await later(randomUUID(), undefined)).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
  })

  test('names no contact to those who may not know of contacts', async () => {
    const writer = await newcomer([
      { right: 'contacts.contact', read: false, write: true },
      { right: 'contacts.name', read: false, write: true },
    ])
    const { data } = await app.graphql(
      `mutation { createContact(input: { givenName: "Written" }) { version } receipt { ${receipt} } }`,
      {},
      writer,
    )
    expect(data.receipt).toMatchObject({
      complete: true,
      count: 1,
      proofs: [{ leaf: null, leafHash: expect.any(String) }],
    })
  })
})

describe('auditReceipt', () => {
  test('gives the receipt of what one did oneself again', async () => {
    const writer = await newcomer([{ right: 'contacts.*', read: true, write: true }])
    const answer = await app.graphql(
      `mutation { createContact(input: { givenName: "A" }) { id } receipt { ${receipt} } }`,
      {},
      writer,
    )
    const { data } = await later(requestIdOf(answer), writer)
    expect(data.auditReceipt).toMatchObject({ count: 1, complete: true })
    expect(data.auditReceipt.proofs[0].leaf).toBe(answer.data.receipt.proofs[0].leaf)
    expect(isProven(data.auditReceipt.proofs[0])).toBe(true)
  })

  test('gives those of others only to those who may read the log, and know of contacts', async () => {
    const answer = await app.graphql(`mutation { createContact(input: { givenName: "B" }) { id } }`, {}, token)
    const seenBy = async (...rights: string[]) => {
      const reader = await newcomer(rights.map((right) => ({ right, read: true, write: false })))
      return (await later(requestIdOf(answer), reader)).data.auditReceipt.count
    }
    expect(await seenBy('contacts.*')).toBe(0)
    expect(await seenBy('audit.log')).toBe(0)
    expect(await seenBy('audit.log', 'contacts.contact')).toBe(1)
  })

  test('of a request that there was not is empty', async () => {
    for (const id of [randomUUID(), '', 'nonsense', '\0']) {
      expect((await later(id, token)).data.auditReceipt).toMatchObject({ count: 0, proofs: [], complete: true })
    }
  })

  test('does not tell whether somebody has an account', async () => {
    const mail = { smtpUrl: 'smtp://127.0.0.1:9', from: 'lethe@example.org' }
    const mailing = await startTestApp({ config: { mail } })
    const work = { ...mailing.work, requestId: randomUUID() }
    await addUser(work, { email: 'there@example.org', password: admin.password, name: '', roles: [] })
    await addUser(work, { email: 'asking@example.org', password: admin.password, name: '', roles: [] })
    const { data } = await mailing.graphql(signIn, { email: 'asking@example.org', password: admin.password })
    const reset = 'mutation { requestPasswordReset(email: "there@example.org") receipt { count } }'
    const answer = await mailing.graphql(reset, {}, data.signIn.token)
    expect(answer.data.receipt).toEqual({ count: 0 })
    await mailing.app.finish() // What happens after the answer has happened then.
    const operation = 'requestPasswordReset'
    expect(await mailing.database.systemAuditEntry.count({ where: { operation } })).toBeGreaterThan(0)
    const query = 'query ($id: String!) { auditReceipt(requestId: $id) { count } }'
    const told = await mailing.graphql(query, { id: requestIdOf(answer) }, data.signIn.token)
    expect(told.data.auditReceipt).toEqual({ count: 0 })
    await mailing.close()
  })
})

describe('on a server without a sequencer, or while it is behind,', () => {
  let context: TestContext
  beforeAll(async () => {
    context = testContext(await freshDatabase(), { actor: { kind: 'user', id: randomUUID() } })
  })
  afterAll(() => context.close())

  test('the receipt says that it is not complete', async () => {
    const asked: (readonly string[])[] = []
    const integrated = async (ids: readonly string[]) => asked.push(ids) < 0
    const mutation = `mutation { createContact(input: { givenName: "A" }) { id } receipt { ${receipt} } }`
    const { data, errors } = await run({ ...context, integration: { integrated } }, mutation)
    expect(errors).toEqual([])
    expect(data.receipt).toMatchObject({ complete: false, count: 1, checkpoint: null })
    expect(data.receipt.proofs).toMatchObject([{ inclusion: null, leaf: expect.stringContaining('createContact') }])
    expect(asked).toEqual([data.receipt.proofs.map(({ entryId }: Proof) => entryId)])
  })

  test('a client with a secret key gets a receipt, but not one with a publishable key', async () => {
    const client = asCaller(context, [...reading('contacts.*'), ...everything], { kind: 'client', id: randomUUID() })
    const mutation = `mutation { createContact(input: { givenName: "A" }) { id } receipt { count } }`
    expect((await run(client, mutation)).data.receipt).toEqual({ count: 1 })
    const { data, codes } = await run({ ...client, publishable: true }, mutation)
    expect([data.receipt, codes]).toEqual([null, ['FORBIDDEN']])
  })
})

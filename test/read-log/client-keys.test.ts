import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newKey } from '../../src/modules/identity/clients/keys.ts'
import { ownerOf, withClient } from '../support/database.ts'
import { type Stage, startStage } from './support.ts'

let stage: Stage

beforeAll(async () => {
  stage = await startStage()
})

afterAll(() => stage.close())

const past = new Date(Date.now() - 1000)
const call = (client: { token: string }, headers: object = {}) => stage.run(client, '{ me { id } }', {}, headers)
const elsewhere = { origin: 'https://elsewhere.example' }

describe('A key of ours that is refused', () => {
  test.each([
    ['secret', 'revoked', { revokedAt: past }, {}, {}],
    ['secret', 'expired', { createdAt: past, expiresAt: past }, {}, {}],
    ['secret', 'client disabled', {}, { disabledAt: past }, {}],
    ['secret', 'from a page', {}, {}, elsewhere],
    ['publishable', 'revoked', { revokedAt: past }, {}, elsewhere],
    ['publishable', 'from another page', {}, {}, elsewhere],
    ['publishable', 'from no page', {}, {}, {}],
  ] as const)('is in the log: a %s one, %s', async (kind, fault, key, client, headers) => {
    const made = await stage.newClient(kind, key, client)
    const { codes, requestId } = await call(made, headers)
    expect(codes).toEqual(['UNAUTHENTICATED'])
    const entries = await stage.entries({ requestId })
    expect(entries).toMatchObject([
      {
        action: 'refused',
        operation: 'authenticate',
        entity: 'ClientKey',
        entityId: made.keyId,
        actorKind: 'anonymous',
      },
    ])
    expect(entries[0]?.changes).toEqual({
      fault: { new: fault },
      address: { new: '127.0.0.1' },
      ...('origin' in headers && { origin: { new: headers.origin } }),
    })
  })

  test('is so once, however often it is tried, also at the same time', async () => {
    const made = await stage.newClient('secret', { revokedAt: past })
    await Promise.all([call(made), call(made), call(made)])
    await call(made)
    const entries = await stage.entries({ action: 'refused' })
    expect(entries.filter(({ entityId }) => entityId === made.keyId)).toHaveLength(1)
  })

  test('brings nothing into the log that anybody could write there', async () => {
    const made = await stage.newClient('secret')
    const { requestId } = await call(made, { origin: `x${'y'.repeat(1000)}` })
    const [entry] = await stage.entries({ requestId })
    expect(Object.keys(entry?.changes ?? {})).toEqual(['fault', 'address'])
  })

  test('costs no statement more than one that is good', async () => {
    const [good, bad] = [await stage.newClient('secret'), await stage.newClient('secret', { revokedAt: past })]
    await call(bad)
    const tried = await stage.counted(() => call(bad))
    const used = await stage.counted(() => call(good))
    expect(tried.statements).toHaveLength(1)
    expect(used.statements[0]).toBe(tried.statements[0])
  })

  test('is refused even if the log takes no entry', async () => {
    const made = await stage.newClient('secret', { revokedAt: past })
    await withClient(ownerOf(stage.url), (client) => client.query('REVOKE INSERT ON system_audit_entry FROM lethe_app'))
    const { codes, requestId } = await call(made)
    await withClient(ownerOf(stage.url), (client) => client.query('GRANT INSERT ON system_audit_entry TO lethe_app'))
    expect(codes).toEqual(['UNAUTHENTICATED'])
    expect(stage.logged).toContainEqual(
      expect.objectContaining({ level: 50, msg: 'a refusal is not in the audit log', requestId, fault: 'revoked' }),
    )
  })
})

test('What is no key of ours is not in the log', async () => {
  const { codes, requestId } = await call({ token: newKey('secret') })
  expect(codes).toEqual(['UNAUTHENTICATED'])
  expect(await stage.entries({ requestId })).toEqual([])
})

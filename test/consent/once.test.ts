import { createHash, randomUUID } from 'node:crypto'
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { forgetDefinitions } from '../../src/modules/fields/definitions.ts'
import { statementsOf } from '../contacts/lists-support.ts'
import { globalId, newsletter, openPartners, origin, type Partners, queries } from './support.ts'

let partners: Partners
beforeAll(async () => {
  partners = await openPartners()
})
afterAll(() => partners.close())

const evidence = { kind: 'FORM', text: 'Form 4.' }

// A thousand at once, over two processes: see processes.test.ts.
describe('a call with an idempotency key', () => {
  it('asks a person once by mail', async () => {
    const { shop, call, queued } = partners
    const input = { idempotencyKey: 'one', person: { email: 'once@example.org' }, purposes: [newsletter] }
    const answers = await Promise.all(Array.from({ length: 20 }, () => call(queries.give, { input }, shop.page)))
    expect(new Set(answers.map(({ data }) => data.giveConsent.token)).size).toBe(1)
    expect((await queued()).filter(({ to }) => to === 'once@example.org').length).toBe(1)
  })

  it('is refused with another body, and is each client’s own', async () => {
    const { shop, newClient, done, failed } = partners
    const other = await newClient({ name: 'Other' })
    const input = { idempotencyKey: 'mine', person: { email: 'mine@example.org' }, purposes: [newsletter], evidence }
    await done('give', input, shop.server)
    const changed = { ...input, purposes: [newsletter, { purpose: 'surveys' }] }
    const refused = await failed('give', changed, shop.server)
    expect(refused).toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
      documentation: `${partners.url}/consent-problems#IDEMPOTENCY_KEY_REUSED`,
    })
    expect(
      await failed('refuse', { idempotencyKey: 'mine', person: input.person, purposes: input.purposes }, shop.server),
    ).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' })
    expect((await done('give', changed, other.server)).outcomes.length).toBe(2)
  })

  it('lets many persons consent at once, none of them twice', async () => {
    const { shop, done, contactsWith } = partners
    forgetDefinitions(partners.database) // Whoever asks for them in a transaction must not wait for another connection.
    const emails = Array.from({ length: 20 }, (_one, index) => `crowd${index % 10}@example.org`)
    await Promise.all(
      emails.map((email) => done('give', { person: { email }, purposes: [newsletter], evidence }, shop.server)),
    )
    const found = await Promise.all([...new Set(emails)].map(async (email) => new Set(await contactsWith(email)).size))
    expect(found).toEqual(Array.from({ length: 10 }, () => 1))
  })
})

describe('the consent record', () => {
  it('verifies with jose alone and the published keys, also after these were rotated', async () => {
    const { shop, done, ask, http } = { ...partners, http: partners.app.fetch }
    const input = { person: { email: 'proof@example.org' }, purposes: [newsletter], evidence, page: `${origin}/join` }
    const { outcomes } = await done('give', input, shop.server)
    const published = async () =>
      (await http(new Request(`${partners.url}/.well-known/jwks.json`))).json() as Promise<JSONWebKeySet>
    const verified = async (jws: string) =>
      JSON.parse(
        new TextDecoder().decode(
          (await compactVerify(jws, createLocalJWKSet(await published()), { algorithms: ['EdDSA'] })).payload,
        ),
      )
    const [{ record, recordPayload }] = outcomes
    expect(await verified(record)).toEqual(recordPayload)
    const sha256 = createHash('sha256').update('We write to you once a month.').digest('hex')
    expect(recordPayload).toMatchObject({
      schemaVersion: 'lethe-consent-record-1',
      recordId: expect.any(String),
      principalId: expect.any(String),
      processing: {
        notice: { version: 1, language: 'en', sha256 },
        purpose: { key: 'newsletter', parent: 'marketing', names: { en: 'The newsletter', de: 'Das newsletter' } },
        lawfulBasis: 'consent',
        dataCategories: [],
        controllers: [expect.stringContaining('Musterfirma GmbH')],
        storageLocations: ['Rechenzentrum Falkenstein, DE'],
        retention: null,
        jurisdiction: 'DE',
        recipients: [],
        withdrawalMethod: expect.stringContaining('https://'),
        privacyRights: expect.arrayContaining(['access', 'withdrawal']),
      },
      parties: [
        {
          role: 'controller',
          name: 'Musterfirma GmbH',
          address: 'Hauptstraße 1, 12345 Musterstadt',
          contact: 'dpo@crm.example',
        },
        { role: 'data subject' },
        { role: 'collecting partner', id: expect.any(String), name: 'Shop' },
      ],
      events: [{ type: 'given', state: 'given', entity: 'data subject', validUntil: expect.any(String) }],
      partner: { name: 'Shop' },
      channel: null,
      doubleOptIn: null,
      evidence: 'form',
      supersedes: null,
      lastUsed: null,
    })
    const before = (await published()).keys
    await ask('mutation { rotateConsentKey }')
    expect((await published()).keys.length).toBe(before.length + 1)
    expect(await verified(record)).toEqual(recordPayload)
    const again = await done('give', { ...input, purposes: [newsletter] }, shop.server)
    expect(again.outcomes).toMatchObject([{ state: 'RENEWED', recordPayload: { supersedes: recordPayload.recordId } }])
    expect(await verified(again.outcomes[0].record)).toEqual(again.outcomes[0].recordPayload)
    const [head = '', , signature = ''] = record.split('.')
    const forged = Buffer.from(JSON.stringify({ ...recordPayload, principalId: randomUUID() })).toString('base64url')
    await expect(verified([head, forged, signature].join('.'))).rejects.toThrow('signature')
  })

  it('comes with its proof from the audit log, for servers', async () => {
    const { shop, call } = partners
    const query = `mutation ($input: GiveConsentInput!) { giveConsent(input: $input) { outcomes { receipt { complete count proofs { leaf } } } } }`
    const input = {
      idempotencyKey: 'receipt',
      person: { email: 'receipt@example.org' },
      purposes: [newsletter],
      evidence,
    }
    const { data } = await call(query, { input }, shop.server)
    expect(data.giveConsent.outcomes[0].receipt).toMatchObject({ complete: true })
    expect(data.giveConsent.outcomes[0].receipt.count).toBeGreaterThan(0)
  })
})

it('asks the database as often for many purposes as for one, records and receipts included', async () => {
  const { shop, call } = partners
  const query = `mutation ($input: GiveConsentInput!) { giveConsent(input: $input) { outcomes { state record receipt { complete } } } }`
  const statements = async (email: string, purposes: object[]) => {
    const input = { idempotencyKey: email, person: { email }, purposes, evidence }
    const run = await statementsOf(async () => {
      const { data } = await call(query, { input }, shop.server)
      for (const outcome of data.giveConsent.outcomes)
        expect(outcome).toMatchObject({ state: 'GIVEN', receipt: { complete: true } })
    })
    return run.flatMap(({ text }) => (text.includes('client_key') ? [] : [text.replace(/\s+/g, ' ').slice(0, 60)]))
  }
  await statements('warm@example.org', [newsletter])
  const four = [newsletter, { purpose: 'surveys' }, { purpose: 'events' }, { purpose: 'marketing' }]
  expect((await statements('four@example.org', four)).length).toBeLessThanOrEqual(
    (await statements('one@example.org', [newsletter])).length + 2,
  )
})

it('withdraws at once for staff, with each part that ends', async () => {
  const { shop, done, contactsWith, states } = partners
  const input = {
    person: { email: 'tree@example.org' },
    purposes: [newsletter, { purpose: 'events' }, { purpose: 'surveys' }],
    evidence,
  }
  await done('give', input, shop.server)
  const [contactId = ''] = await contactsWith('tree@example.org')
  expect(await states('withdraw', { person: { contactId: globalId(contactId) }, purposes: ['marketing'] })).toEqual([
    'marketing WITHDRAWN',
    'events WITHDRAWN',
    'newsletter WITHDRAWN',
  ])
})

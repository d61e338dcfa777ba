import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { uuidOf } from '../../src/graphql/ids.ts'
import { buildSchema, printedSchema } from '../../src/graphql/schema.ts'
import { machine } from '../audit-tree/support.ts'
import { loyalty } from '../fixtures/loyalty/index.ts'
import { asCaller, reading, run, schema, type TestContext, testContext, testModules } from '../support/context.ts'
import { freshDatabase } from '../support/database.ts'
import { disclosedBy } from '../support/disclosed.ts'
import { wholeContact } from '../support/erasure.ts'

let context: TestContext
let url: string
let id: string

const creation = 'mutation ($input: CreateContactInput!) { createContact(input: $input) { id } }'

const award = (caller: TestContext, points: number, contactId = id) =>
  run(
    caller,
    'mutation ($id: ID!, $points: Int!) { awardLoyaltyPoints(contactId: $id, points: $points) { id points } }',
    { id: contactId, points },
  )

beforeAll(async () => {
  url = await freshDatabase()
  context = testContext(url)
  id = (await run(context, creation, { input: { givenName: 'Ada' } })).data.createContact.id
  await run(context, creation, { input: { givenName: 'Grace' } })
  await award(context, 5)
})

afterAll(() => context.close())

describe('a newcomer’s module', () => {
  test('is one folder and one line, in 80 lines at most', async () => {
    const source = await readFile(join(import.meta.dirname, '../fixtures/loyalty/index.ts'), 'utf8')
    expect(source.trimEnd().split('\n').length).toBeLessThanOrEqual(80)
    expect(testModules.filter(({ name }) => name === 'loyalty')).toEqual([loyalty])
    expect(buildSchema(testModules.slice(0, -1)).getType('LoyaltyPoints')).toBeUndefined()
    expect(schema.getType('LoyaltyPoints')).toBeDefined()
  })

  // Types are checked once, with the tests’ data model: nothing else would tell that the product needs a table which it has not.
  test('is not what the product itself relies on', async () => {
    for await (const path of glob(join(import.meta.dirname, '../../src/**/*.ts'))) {
      if (path.includes('generated')) continue
      expect([path, await readFile(path, 'utf8')]).toEqual([path, expect.not.stringMatching(/loyalty/i)])
    }
  })

  test('works', async () => {
    const { data, errors } = await run(
      context,
      '{ contacts { edges { node { givenName loyaltyPoints { points } } } } loyaltyPoints { points } }',
    )
    expect(errors).toEqual([])
    expect(data.contacts.edges.map(({ node }: { node: object }) => node)).toEqual([
      { givenName: 'Ada', loyaltyPoints: [{ points: 5 }] },
      { givenName: 'Grace', loyaltyPoints: [] },
    ])
    expect(data.loyaltyPoints).toEqual([{ points: 5 }])
  })

  test('has its rights in the printed schema', () => {
    const printed = printedSchema(schema)
    const auth = '@auth(read: "loyalty.points", write: "loyalty.points")'
    expect(printed).toContain(`type LoyaltyPoints ${auth}`)
    expect(printed).toContain(`loyaltyPoints: [LoyaltyPoints!] ${auth}`)
    expect(printed).toContain(`awardLoyaltyPoints(contactId: ID!, points: Int!): LoyaltyPoints ${auth}`)
  })

  test('is denied to those without the right', async () => {
    const reader = asCaller(context, reading('contacts.contact', 'contacts.name'))
    const { data, codes } = await run(
      reader,
      '{ contacts { edges { node { loyaltyPoints { points } } } } loyaltyPoints { points } }',
    )
    expect(new Set(codes)).toEqual(new Set(['FORBIDDEN']))
    expect(data.loyaltyPoints).toBeNull()
    for (const { node } of data.contacts.edges) expect(node.loyaltyPoints).toBeNull()
    const { codes: written } = await award(asCaller(context, reading('loyalty.points')), 1000)
    expect(written).toEqual(['FORBIDDEN'])
    expect(await context.database.loyaltyPoints.count()).toBe(1)
  })

  test('is in the audit log, under its own right', async () => {
    const query =
      'query ($id: ID!) { contact(id: $id) { history(field: "loyaltyPoints") { edges { node { operation changes { field new } } } } } }'
    const { data } = await run(context, query, { id })
    expect(data.contact.history.edges).toEqual([
      {
        node: {
          operation: 'awardLoyaltyPoints',
          changes: [
            { field: 'points', new: 5 },
            { field: 'reason', new: 'awarded' },
          ],
        },
      },
    ])
    const other = asCaller(context, reading('contacts.*', 'audit.history'))
    expect((await run(other, query, { id })).codes).toEqual(['FORBIDDEN'])
    const { data: rest } = await run(other, '{ contacts { edges { node { history { edges { node { entity } } } } } } }')
    expect(JSON.stringify(rest)).not.toContain('Loyalty')
  })

  test('answers when what it did is in the tree of the log, as it wants, and has a receipt then', async () => {
    const sequencer = await (await machine()).start(url)
    const caller = { ...context, integration: sequencer.integration }
    const { data: made } = await run(context, creation, { input: { givenName: 'Alan' } })
    const { requestId } = await award(caller, 7, made.createContact.id)
    const [entry] = await context.database.auditEntry.findMany({ where: { requestId } })
    expect(entry).toMatchObject({ operation: 'awardLoyaltyPoints', action: 'created' })
    expect(await context.database.auditLeaf.count({ where: { entryId: entry?.id ?? '' } })).toBe(1)

    const { data } = await run(
      caller,
      `mutation ($id: ID!) {
        awardLoyaltyPoints(contactId: $id, points: 8) { id }
        receipt { complete proofs { entryId leaf inclusion { index } } }
      }`,
      { id: made.createContact.id },
    )
    const { complete, proofs } = data.receipt
    expect({ complete, count: proofs.length }).toEqual({ complete: true, count: 1 })
    expect(JSON.parse(proofs[0].leaf)).toMatchObject({ operation: 'awardLoyaltyPoints', id: proofs[0].entryId })
    await sequencer.close()
  })

  test('is disclosed and erased', async () => {
    const contactId = uuidOf('Contact', id)
    const data = loyalty.personalData
    const held = { ...context, contactId }
    expect(await transact(context, 'discloseData', (tx) => disclosedBy(data, { ...held, tx }))).toEqual({
      loyaltyPoints: [{ contactId, id: expect.any(String), points: 5, reason: 'awarded' }],
    })
    const outcome = await transact(context, 'eraseContact', (tx) => data.erase(tx, [contactId]))
    expect(outcome).toEqual({ erased: { LoyaltyPoints: 1 }, anonymised: {}, kept: {} })
    expect(await transact(context, 'discloseData', (tx) => disclosedBy(data, { ...held, tx }))).toEqual({})
  })
})

test('the audit log discloses what it holds about a contact, without naming staff, and erases nothing', async () => {
  const audit = testModules.find(({ name }) => name === 'audit')
  const data = audit?.personalData
  if (!data || data === 'none') throw new Error('the audit module holds personal data')
  const contactId = uuidOf('Contact', id)
  const disclosed = await transact(context, 'discloseData', (tx) => disclosedBy(data, { ...context, tx, contactId }))
  expect(disclosed['auditEntry']).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        action: 'created',
        entity: 'Contact',
        changes: expect.arrayContaining([{ field: 'givenName', new: 'Ada' }]),
      }),
    ]),
  )
  expect(JSON.stringify(disclosed)).not.toContain('actorId')
  const rows = await context.database.auditEntry.count({ where: { contactId } })
  const leaves = await context.database.auditLeaf.count({ where: { contactId } })
  const reason = expect.objectContaining({ en: expect.stringContaining('Art. 5(2) GDPR') })
  const outcome = await transact(context, 'eraseContact', (tx) => data.erase(tx, [contactId], wholeContact(), context))
  expect(outcome).toEqual({
    erased: { AuditKey: 0 },
    anonymised: {},
    kept: { AuditEntry: { rows, reason }, AuditLeaf: { rows: leaves, reason } },
  })
})

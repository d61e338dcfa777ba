import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { encodeGlobalID } from '@pothos/plugin-relay'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { stageContent } from '../../src/modules/documents/content/stage.ts'
import { storeDocument } from '../../src/modules/documents/store.ts'
import { endRetained } from '../../src/modules/retention/kept/end.ts'
import { applyRules } from '../../src/modules/retention/rules/apply.ts'
import { type Data, type Office, openErasureOffice } from '../erasure/office.ts'
import { pastTheGuards } from '../support/database.ts'

// What is left of contacts that were erased: what a law keeps. And how rules, proposals and holds come to erasures.

let office: Office
beforeAll(async () => {
  office = await openErasureOffice()
  await office.ask(
    `mutation { createPurpose(input: { key: "kept", names: [{ language: "en", text: "Kept" }], grounds: [CONTRACT, CONSENT] }) { key } }`,
  )
})
afterAll(() => office.close())

const pdf = Buffer.from('%PDF-1.7\nzqinvoice\n%%EOF\n')
const days = (count: number) => new Date(Date.now() + count * 86_400_000).toISOString()

/** Somebody with an order, which was invoiced. */
async function customer() {
  const person = await office.person({ familyName: 'Zqcustomer' })
  const work = office.system()
  const staged = await stageContent(work, { content: Readable.from([pdf]) })
  const draft = { title: 'Zqinvoice', typeKey: 'invoice', personal: 'linked', contacts: [person.uuid], staged } as const
  const stored = await transact(work, 'test', (tx) => storeDocument(tx, work, draft))
  const lines = [{ description: 'Zqcup', quantity: '1', unitPrice: '10', taxRate: '19' }]
  const input = { contactId: person.id, number: `zq-${randomUUID()}`, currency: 'EUR', lines, placedAt: days(-10) }
  const order = 'mutation ($input: CreateOrderInput!) { createOrder(input: $input) { id number version } }'
  const { createOrder } = await office.ask(order, { input })
  const attach =
    'mutation ($order: OrderVersionInput!, $document: ID!) { attachInvoice(order: $order, documentId: $document) { id } }'
  const { id, version } = createOrder
  await office.ask(attach, { order: { contactId: person.id, id, version }, document: stored.id })
  return { ...person, number: createOrder.number }
}

const record = `id erasure subject kind retention citation until record files { name mediaType size sha256 url }`
const kept = async (filter: object, token?: string) => {
  const query = `query ($filter: RetainedRecordFilter) { retainedRecords(filter: $filter) { edges { node { ${record} } } } }`
  const { data, errors } = await office.graphql(query, { filter }, token ?? office.token)
  return { records: data?.retainedRecords?.edges.map(({ node }: Data) => node), code: errors?.[0]?.extensions.code }
}

const give = (contactId: string, input: object = {}) =>
  office.ask('mutation ($input: RecordLawfulBasisInput!) { recordLawfulBasis(input: $input) { id } }', {
    input: { contactId, purpose: 'kept', ground: 'CONTRACT', source: 'a test', ...input },
  })

describe('what a law keeps of somebody who was erased', () => {
  test('is there with its file for who may see it, and each look is logged', async () => {
    const { id, uuid, number } = await customer()
    const erasure = await office.eraseNow({ contactId: id })
    expect(erasure.state).toBe('EXECUTED')
    const { records } = await kept({ subject: uuid })
    const found = records.find(({ kind }: Data) => kind === 'order')
    expect(found).toMatchObject({
      ...{ erasure: erasure.id, retention: 'voucher', record: { number, lines: [{ description: 'Zqcup' }] } },
      citation: expect.stringContaining('HGB'),
    })
    expect(new Date(found.until).getUTCFullYear()).toBeGreaterThan(new Date().getUTCFullYear() + 7)
    const file = records.flatMap(({ files }: Data) => files)[0]
    expect(file).toMatchObject({ mediaType: 'application/pdf', size: pdf.length })
    expect((await office.download(file.url)).body).toEqual(pdf)
    expect((await office.download(file.url.replace(/file=\d+/, 'file=7'))).status).toBe(404)
    const looks = await office.database.systemAuditEntry.findMany({
      where: { entity: 'RetainedRecord', action: 'read' },
      orderBy: { id: 'asc' },
    })
    expect(looks.map(({ fields }) => fields)).toEqual(expect.arrayContaining([['record'], ['files']]))
    expect(looks.map(({ operation }) => operation)).toContain('downloadRetainedFile')

    const clerk = await office.clerk(['retention.*', 'contacts.*', 'orders.*', 'documents.*'])
    expect(await kept({}, clerk)).toMatchObject({ code: 'FORBIDDEN' })
    expect((await office.download(file.url, clerk)).status).toBe(403)
    const bound = await office.clerk(['erasure.restricted'], ['kept'])
    expect((await kept({}, bound)).records).toEqual([])
    expect((await office.download(file.url, bound)).status).toBe(404)
    // Nothing else knows of it.
    const { orders } = await office.ask('{ orders(first: 100) { edges { node { number } } } }')
    expect(JSON.stringify(orders)).not.toContain(number)
  })

  test('is found by what one looks for', async () => {
    const { id, uuid } = await customer()
    const erasure = await office.eraseNow({ contactId: id })
    const all = (await kept({ erasure: erasure.id })).records
    expect(all.length).toBeGreaterThan(0)
    expect((await kept({ erasure: erasure.id, kind: 'order', retention: 'voucher' })).records).toHaveLength(1)
    expect((await kept({ subject: uuid, endsBefore: days(365) })).records).toEqual([])
    expect((await kept({ subject: 'nobody' })).code).toBe('INVALID_INPUT')
  })
})

test('what a law keeps is held beyond its period, while a tax is not assessed, and ends once that is lifted', async () => {
  const { id, uuid } = await customer()
  await office.eraseNow({ contactId: id })
  const hold = 'mutation ($s: ID!, $r: String!) { holdRetainedRecords(subject: $s, reason: $r) }'
  const release = 'mutation ($s: ID!) { releaseRetainedRecords(subject: $s) }'
  expect(await office.fail(hold, { s: uuid, r: ' ' })).toMatchObject({ code: 'INVALID_INPUT' })
  expect(await office.fail(hold, { s: randomUUID(), r: 'Zqassessed' })).toMatchObject({ code: 'NOT_FOUND' })
  const bound = await office.clerk(['erasure.restricted', 'retention.holds'], ['kept'])
  expect(await office.fail(hold, { s: uuid, r: 'Zqassessed' }, bound)).toMatchObject({ code: 'NOT_FOUND' })
  await office.ask(hold, { s: uuid, r: 'Zqassessed' })
  expect(await office.fail(hold, { s: uuid, r: 'Zqassessed' })).toMatchObject({ code: 'CONFLICT' })
  const query = 'query ($s: ID!) { retainedRecords(filter: { subject: $s }) { edges { node { heldSince heldFor } } } }'
  const shown = async () => (await office.ask(query, { s: uuid })).retainedRecords.edges.map(({ node }: Data) => node)
  const held = await shown()
  expect(held.length).toBeGreaterThan(0)
  for (const node of held) expect(node).toEqual({ heldSince: expect.any(String), heldFor: 'Zqassessed' })
  const over = 'UPDATE retained_record SET until = now() WHERE subject_id = $1'
  await pastTheGuards(office.config.databaseUrl ?? '', over, [uuid])
  expect(await endRetained(office.erasing())).toBe(0)
  await office.ask(release, { s: uuid })
  expect(await office.fail(release, { s: uuid })).toMatchObject({ code: 'NOT_FOUND' })
  expect(await endRetained(office.erasing())).toBe(held.length)
  expect(await shown()).toEqual([])
  // The log tells that it was held, and not why.
  const logged = await office.database.systemAuditEntry.findMany({
    where: { entity: 'RetainedHold' },
    orderBy: { id: 'asc' },
  })
  expect(logged.map(({ action, fields }) => [action, fields])).toMatchObject([
    ['created', ['subject', 'placedAt']],
    ['removed', ['subject', 'placedAt']],
  ])
})

describe('by rule', () => {
  const classes = `mutation { createRetentionClass(input: { key: "short", names: [{ language: "en", text: "Short" }], period: "P10D", start: END_OF_PURPOSE, action: ERASE }) { key } }`
  const rule = (key: string, action: string) =>
    office.ask(
      `mutation ($key: String!, $action: RetentionRuleAction!) { createRetentionRule(key: $key, names: [{ language: "en", text: "R" }],
        input: { purpose: "kept", retentionClass: "short", action: $action }) { key } }`,
      { key, action },
    )
  const retire = (key: string) =>
    office.ask('mutation ($key: String!) { retireRetentionRule(key: $key) { key } }', { key })
  const over = async () => {
    const person = await office.person()
    await give(person.id, { validFrom: days(-70), validUntil: days(-40) })
    return person
  }
  const proposals = async (): Promise<Data[]> =>
    (
      await office.ask('{ erasureProposals { edges { node { id contact { id } ground } } } }')
    ).erasureProposals.edges.map(({ node }: Data) => node)
  beforeAll(() => office.ask(classes))

  test('contacts are erased when their period is over, a held one once its hold is lifted', async () => {
    const [gone, held] = [await over(), await over()]
    const place = 'mutation ($id: ID!) { placeLegalHold(contact: $id, reason: "A claim.") { id } }'
    const { placeLegalHold } = await office.ask(place, { id: held.id })
    await rule('erasing', 'ERASE')
    await applyRules(office.erasing())
    await office.eraseAll()
    expect(await office.exists(gone.id)).toBe(false)
    expect(await office.exists(held.id)).toBe(true)
    await office.ask('mutation ($id: ID!) { liftLegalHold(id: $id, reason: "Settled.") { id } }', {
      id: placeLegalHold.id,
    })
    await applyRules(office.erasing())
    await office.eraseAll()
    expect(await office.exists(held.id)).toBe(false)
    await retire('erasing')
  })

  test('nobody is erased by a rule who may be processed again before it begins', async () => {
    const [alone, inSet, gone] = [await over(), await over(), await over()]
    await rule('too-early', 'ERASE')
    await applyRules(office.erasing())
    const [first, ...rest] = await office.database.erasureProposal.findMany({ where: { ruleKey: 'too-early' } })
    expect(rest.map(({ erasureId }) => erasureId)).toEqual([first?.erasureId, first?.erasureId])
    await give(inSet.id)
    // Somebody alone whom a hold stopped for long.
    const one = await over()
    const place = 'mutation ($id: ID!) { placeLegalHold(contact: $id, reason: "A claim.") { id } }'
    await applyRules(office.erasing())
    const { placeLegalHold } = await office.ask(place, { id: one.id })
    await office.eraseAll()
    expect(await office.exists(gone.id)).toBe(false)
    expect(await office.exists(inSet.id)).toBe(true)
    const [held] = await office.erasures({ contact: one.id })
    expect(held.state).toBe('HELD')
    await give(one.id)
    const lift = 'mutation ($id: ID!) { liftLegalHold(id: $id, reason: "Settled.") { id } }'
    await office.ask(lift, { id: placeLegalHold.id })
    await office.eraseAll()
    expect(await office.exists(one.id)).toBe(true)
    expect((await office.erasure(held.id)).state).toBe('CANCELLED')
    expect(await office.exists(alone.id)).toBe(false)
    await retire('too-early')
  })

  test('proposals are accepted, all or none, and become erasures', async () => {
    await rule('proposing', 'PROPOSE')
    const [one, other, third] = [await over(), await over(), await over()]
    await applyRules(office.erasing())
    const found = await proposals()
    const of = (ids: string[]) => found.filter(({ contact }) => ids.includes(contact.id)).map(({ id }) => id)
    const accept = 'mutation ($ids: [ID!]!) { acceptErasureProposals(ids: $ids) { state erasure decider { name } } }'
    const place = 'mutation ($id: ID!) { placeLegalHold(contact: $id, reason: "A claim.") { id } }'
    await office.ask(place, { id: third.id })
    expect(await office.fail(accept, { ids: of([one.id, third.id]) })).toMatchObject({ code: 'CONFLICT' })
    const { acceptErasureProposals } = await office.ask(accept, { ids: of([one.id, other.id]) })
    expect(acceptErasureProposals).toMatchObject([
      { state: 'ACCEPTED', erasure: expect.any(String) },
      { state: 'ACCEPTED', erasure: expect.any(String) },
    ])
    expect(await office.fail(accept, { ids: of([one.id]) })).toMatchObject({ code: 'NOT_FOUND' })
    const asked = await office.erasures()
    expect(asked.map(({ id }) => id)).toContain(acceptErasureProposals[0].erasure)
    expect(await office.exists(third.id)).toBe(true)
    // Who may accept proposals and no more has nothing executed by that.
    const clerk = await office.clerk(['retention.proposals', 'contacts.contact', 'erasure.erasures'])
    const { uuid } = await over()
    await applyRules(office.erasing())
    const [open] = await office.database.erasureProposal.findMany({ where: { contactId: uuid } })
    const ids = [encodeGlobalID('ErasureProposal', open?.id ?? '')]
    const { data } = await office.graphql(
      'mutation ($ids: [ID!]!) { acceptErasureProposals(ids: $ids) { erasure } }',
      { ids },
      clerk,
    )
    const waits = await office.erasure(data?.['acceptErasureProposals'][0].erasure)
    expect(waits).toMatchObject({ state: 'APPROVED', contacts: 1 })
  })
})

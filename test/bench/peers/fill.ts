import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import { insertions } from '../../../src/database/bulk.ts'
import { openDatabase } from '../../../src/database/client.ts'
import { checkDraft } from '../../../src/modules/contacts/check.ts'
import { seedDraft } from '../../../src/modules/contacts/seed/generate.ts'
import { contactRows } from '../../../src/modules/contacts/store.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
export type Sent = (query: string, variables?: object) => Promise<any>

/** The purposes that each contact consents to. */
export const consents = ['newsletter', 'events'] as const

/** The purposes and custom fields that contacts have something of. */
export async function settle(ask: Sent): Promise<void> {
  const called = (text: string) => [{ language: 'en', text }]
  const { purposes } = await ask('{ purposes { key } }')
  if (purposes.length > 0) return
  const kept = { key: 'kept', names: called('Kept'), period: 'P2Y', start: 'LAST_CONTACT', action: 'ERASE' }
  await ask('mutation ($input: CreateRetentionClassInput!) { createRetentionClass(input: $input) { key } }', {
    input: kept,
  })
  for (const key of [...consents, 'service']) {
    const input = { key, names: called(key), descriptions: called(key), grounds: ['CONSENT'], retentionClass: 'kept' }
    await ask('mutation ($input: CreatePurposeInput!) { createPurpose(input: $input) { key } }', { input })
  }
  const options = segments.map((value) => ({ value, labels: called(value) }))
  const fields = [
    { key: 'customer_number', kind: 'TEXT' },
    { key: 'score', kind: 'INTEGER' },
    { key: 'member_since', kind: 'DATE' },
    { key: 'vip', kind: 'BOOLEAN' },
    { key: 'segment', kind: 'CHOICE', options },
  ]
  const common = { category: 'customers', purpose: 'service', retentionClass: 'kept' }
  for (const field of fields) {
    await ask('mutation ($input: DefineFieldInput!) { defineField(input: $input) { key } }', {
      input: { ...field, ...common, labels: called(field.key) },
    })
  }
}

const segments = ['private', 'business', 'public']
const day = 86_400_000
const atOnce = 2000

/** Writes contacts number `from` to `to`, with points, custom fields and consents, as their owner and past all guards. */
export async function fill(ownerUrl: string, from: number, to: number): Promise<void> {
  const owner = new pg.Client({ connectionString: ownerUrl, options: '-c session_replication_role=replica' })
  await owner.connect()
  const names = openDatabase(ownerUrl, { connections: 1, statementTimeout: 0 })
  const insert = async (model: string, rows: object[]) => {
    const all = rows.map((row) => ({ ...row }))
    for (const { text, values } of insertions(names, model, all)) await owner.query(text, values)
  }
  for (let begin = from; begin < to; begin += atOnce) {
    const all = Array.from({ length: Math.min(atOnce, to - begin) }, (_, index) => rowsOf(begin + index))
    await insert(
      'Contact',
      all.map(({ contact }) => contact),
    )
    await insert(
      'ContactPoint',
      all.flatMap(({ points }) => points),
    )
    const given = all.flatMap(({ consented }) => consented)
    await insert(
      'LawfulBasisEvent',
      given.map(({ event }) => event),
    )
    await insert(
      'LawfulBasisPeriod',
      given.map(({ period }) => period),
    )
  }
  await names.$disconnect()
  await owner.end()
}

/** A made-up contact with an e-mail address, mostly a phone number, five custom fields and two consents. */
function rowsOf(index: number) {
  const {
    externalId: _,
    addresses: _addresses,
    websites: _websites,
    messengers: _messengers,
    ...draft
  } = seedDraft(index)
  const { contact } = checkDraft(draft, { defaultCountry: 'DE' })
  const { row, points } = contactRows(contact, { source: 'Benchmark', sourceAt: new Date(0) })
  const customFields = {
    customer_number: `C-${String(index).padStart(6, '0')}`,
    score: index % 100,
    member_since: dateOf(index % 3000),
    vip: index % 7 === 0,
    segment: segments[index % segments.length],
  }
  const consented = consents.map((purposeKey, number) => consentOf(row.id, purposeKey, index + number))
  return { contact: { ...row, customFields }, points, consented }
}

const dateOf = (days: number) => new Date(Date.UTC(2015, 0, 1) + days * day).toISOString().slice(0, 10)

function consentOf(contactId: string, purposeKey: string, index: number) {
  const at = new Date(Date.UTC(2025, 0, 1) + (index % 300) * day)
  const until = index % 2 === 0 ? null : new Date(at.getTime() + 3650 * day)
  const [id, ground] = [uuidv7(), 'consent']
  const common = { contactId, purposeKey, ground, validFrom: at, ...(until && { validUntil: until }) }
  const evidence = { evidenceKind: 'form', evidence: randomBytes(150), actorKind: 'system' }
  return {
    event: { ...common, id, kind: 'given', occurredAt: at, recordedAt: at, source: 'Benchmark', ...evidence },
    period: { ...common, id: uuidv7(), valid: true, eventId: id, givenAt: at },
  }
}

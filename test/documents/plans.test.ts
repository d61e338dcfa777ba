import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { statementsOf } from '../contacts/lists-support.ts'
import { pastTheGuards } from '../support/database.ts'
import { type Archive, openArchive } from './support.ts'

// What PostgreSQL does for the lists of documents, on enough of them that it matters.

let archive: Archive
let client: pg.Client
let contact: string

beforeAll(async () => {
  archive = await openArchive()
  const url = archive.config.databaseUrl ?? ''
  const { id, uuid } = await archive.person()
  contact = id
  await archive.person()
  await pastTheGuards(url, population.replaceAll('$contact', uuid))
  await pastTheGuards(url, 'ANALYZE document; ANALYZE document_contact')
  client = new pg.Client({ connectionString: url })
  await client.connect()
})
afterAll(async () => {
  await client?.end()
  await archive?.close()
})

// Every thousandth belongs to the contact.
const population = `
  WITH made AS (
    INSERT INTO document (id, type_key, personal, contact_count, latest, declared_by, declared_at, created_at, updated_at)
    SELECT gen_random_uuid(), CASE WHEN n % 500 = 0 THEN 'invoice' ELSE 'letter' END, 'linked', 1, 1, 'system', now(),
      timestamptz '2020-01-01' + n * interval '1 minute', timestamptz '2021-01-01' + n * interval '1 minute'
    FROM generate_series(1, 30000) n RETURNING id, created_at)
  INSERT INTO document_contact (contact_id, id, document_id, title, latest, linked_at)
    SELECT CASE WHEN row_number() OVER () % 1000 = 0 THEN '$contact'::uuid
        ELSE (SELECT contact_id FROM contact WHERE contact_id <> '$contact' LIMIT 1) END,
      gen_random_uuid(), id, 'Letter ' || md5(id::text), 1, created_at FROM made`

type Plan = {
  'Node Type': string
  'Relation Name'?: string
  'Shared Hit Blocks': number
  'Shared Read Blocks': number
  Plans?: Plan[]
}
const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]

test.each([
  ['the newest', 'documents(first: 50) {'],
  [
    'those of a day',
    'documents(first: 50, filter: { createdFrom: "2020-01-05T00:00:00Z", createdBefore: "2020-01-06T00:00:00Z" }) {',
  ],
  ['those that changed last', 'documents(first: 50, orderBy: { updatedAt: DESC }) {'],
  ['those of a contact', 'documents(first: 50, filter: { contact: $contact }) {'],
  ['those with a word in the title', 'documents(first: 50, filter: { title: "abcde" }) {'],
  ['those of a rare type', 'documents(first: 50, filter: { types: ["invoice"] }) {'],
] as const)('a page of %s reads what it shows', async (_name, field) => {
  const declared = field.includes('$contact') ? 'query ($contact: ID!) ' : ''
  const query = `${declared}{ ${field} edges { node { id title } } } }`
  const sent = await statementsOf(() => archive.ask(query, declared ? { contact } : {}))
  const [statement, ...more] = sent.filter(({ text }) => /document/.test(text))
  expect(more).toEqual([])
  const { rows } = await client.query({
    text: `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${statement?.text}`,
    values: [...(statement?.values ?? [])],
  })
  const plan: Plan = rows[0]['QUERY PLAN'][0].Plan
  const whole = nodesOf(plan).filter(
    (node) => node['Node Type'] === 'Seq Scan' && node['Relation Name']?.startsWith('document'),
  )
  expect(whole).toEqual([])
  expect(plan['Shared Hit Blocks'] + plan['Shared Read Blocks']).toBeLessThan(600)
})

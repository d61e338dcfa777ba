import { v7 as uuidv7 } from 'uuid'
import { beforeAll, expect, test } from 'vitest'
import { PrismaClient } from '#prisma/client.ts'
import { adapterFor } from '../../src/database/client.ts'
import { everything, run, testContext } from '../support/context.ts'
import { freshDatabase, ownerOf, withClient } from '../support/database.ts'

const contacts = Array.from({ length: 2000 }, () => uuidv7())
const actor = uuidv7()
let url: string

// 200,000 entries in each table, the ids growing with the time: what is rare is in one of 20,000, and some things only happened
// long ago. The last contact was looked at all the time.
const fill = (table: string, contact: string) => `
  INSERT INTO ${table} (${contact && 'contact_id, sequence, '}id, recorded_at, request_id, actor_kind, actor_id, action, operation, entity, entity_id, fields, values)
  SELECT ${contact && '($1::uuid[])[CASE WHEN n % 4 = 0 THEN 2000 ELSE 1 + n % 1999 END], n, '}
    (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid,
    at, 'request' || n / 10, CASE WHEN n % 20000 = 7 THEN 'operator' ELSE 'user' END, CASE WHEN n % 2000 = 3 THEN '${actor}'::uuid END,
    CASE WHEN n % 4 = 0 AND n < 199000 THEN 'read' WHEN n % 20000 = 7 THEN 'removed' ELSE 'updated' END, 'test',
    CASE WHEN n % 20000 = 7 THEN 'ContactMerge' ELSE '${contact ? 'Contact' : 'User'}' END, gen_random_uuid(),
    ARRAY[CASE WHEN n % 20000 = 7 THEN 'birthDate' WHEN n > 190000 AND n % 10 = 1 THEN 'timeZone' ELSE 'name' END], '\\x01ff'
  FROM generate_series(1, 200000) n, LATERAL (SELECT now() - n * interval '1 minute' AS at) t`

beforeAll(async () => {
  url = await freshDatabase()
  await withClient(ownerOf(url), async (client) => {
    await client.query("SET session_replication_role = 'replica'") // Neither counted nor stamped, for once.
    await client.query(fill('audit_entry', 'contact_id'), [contacts])
    await client.query(fill('system_audit_entry', ''))
    await client.query('INSERT INTO contact (contact_id) SELECT unnest($1::uuid[])', [contacts])
    await client.query('ANALYZE')
  })
}, 120_000)

/** The plans of all statements by which an operation reads the log, with the rows that they really touched. */
async function plansOf(source: string, variables: object, grants = everything) {
  const statements: { query: string; params: string }[] = []
  const database = new PrismaClient({
    adapter: adapterFor(url, { connections: 10, statementTimeout: 60_000 }),
    log: [{ emit: 'event', level: 'query' }],
  })
  database.$on('query', (event) => statements.push(event))
  const context = testContext(url, { grants })
  const { data, errors } = await run({ ...context, database }, source, { ...variables })
  expect(errors).toEqual([])
  await Promise.all([database.$disconnect(), context.close()])
  const own = statements.filter(({ query }) => /^\s*SELECT/.test(query) && query.includes('audit_entry'))
  const plans = await withClient(url, async (client) => {
    const found: Plan[] = []
    for (const { query, params } of own) {
      const { rows } = await client.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${query}`, JSON.parse(params))
      found.push(rows[0]['QUERY PLAN'][0].Plan)
    }
    return found
  })
  const scanned = plans.reduce((sum, plan) => sum + rowsScanned(plan), 0)
  return { data, scanned, statements: plans.length, text: JSON.stringify(plans) }
}

type Plan = {
  'Node Type': string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  Plans?: Plan[]
}

function rowsScanned(plan: Plan): number {
  const { Plans = [], 'Node Type': node } = plan
  const own = (plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0)) * plan['Actual Loops']
  return (
    (/Scan/.test(node) && !/Subquery|Function/.test(node) ? own : 0) +
    Plans.reduce((sum, part) => sum + rowsScanned(part), 0)
  )
}

const log =
  'query ($filter: AuditFilter, $after: String) { auditLog(first: 50, filter: $filter, after: $after) { edges { node { id } } pageInfo { endCursor } } }'
const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString()
const globalId = (type: string, id = '') => Buffer.from(`${type}:${id}`).toString('base64')

// Of what isn't told apart by its place in the log, the 2,000 nearest entries of each table are looked through first.
const near = 4000
test.each([
  ['of everything', {}, 50, 102],
  ['of one contact', { contactId: globalId('Contact', contacts[3]) }, 50, 51],
  // It has 75, which are found and then read.
  ['of one contact, by action', { contactId: globalId('Contact', contacts[3]), action: 'UPDATED' }, 50, 152],
  ['of one request', { requestId: 'request77' }, 20, 20],
  ['from long ago', { until: daysAgo(100) }, 50, 6_000],
  ['of a short while', { from: daysAgo(50), until: daysAgo(49.99) }, 15, 12_000],
  ['by a frequent action', { action: 'UPDATED' }, 50, 2 * near],
  ['by a rare action', { action: 'REMOVED' }, 20, 2 * near],
  ['by an action that there never was', { action: 'REFUSED' }, 0, 2 * near],
  ['by a rare actor', { actorId: globalId('User', actor) }, 50, 2 * near + 1000],
  ['by a rare kind of actor', { actorKind: 'OPERATOR' }, 20, 2 * near],
  ['by a rare type', { entity: 'ContactMerge' }, 20, 2 * near],
  ['by a rare field', { field: 'birthDate' }, 20, 2 * near],
  ['by a field of long ago', { field: 'timeZone' }, 50, 2 * near + 4000],
  [
    'by a rare field, some time ago',
    { field: 'birthDate', from: daysAgo(100), until: daysAgo(50) },
    6,
    2 * near + 2000,
  ],
  ['by what excludes each other', { action: 'READ', field: 'birthDate' }, 0, 2 * near],
])('a page of the log %s reads no more than it has to', async (_what, filter, least, most) => {
  const { data, scanned, statements, text } = await plansOf(log, { filter })
  expect(data.auditLog.edges.length).toBeGreaterThanOrEqual(least)
  // A partition that holds nothing yet is read as it is.
  expect(text.replaceAll(/"Seq Scan"[^{}]*?"Relation Name":"audit_entry_(2\d{3}|other)"/g, '')).not.toContain(
    'Seq Scan',
  )
  expect(scanned).toBeLessThanOrEqual(most)
  expect(statements).toBeLessThanOrEqual(10)
})

test('a page far back costs what the first did', async () => {
  const { data } = await plansOf(log, { filter: { until: daysAgo(100) } })
  const { scanned } = await plansOf(log, { after: data.auditLog.pageInfo.endCursor })
  expect(scanned).toBeLessThanOrEqual(102)
})

const histories =
  'query ($first: Int) { contacts(first: $first) { edges { node { id history(first: 5) { edges { node { id } } } } } } }'

test('the histories of a page of contacts read a page of each', async () => {
  const { data, scanned } = await plansOf(histories, { first: 20 })
  expect(data.contacts.edges).toHaveLength(20)
  for (const { node } of data.contacts.edges) expect(node.history.edges).toHaveLength(5)
  expect(scanned).toBeLessThanOrEqual(20 * 6 + 40)
})

test('nor does it matter how often somebody looked at a contact', async () => {
  const query = 'query ($id: ID!) { contact(id: $id) { history(first: 5) { edges { node { id } } } } }'
  const { data, scanned } = await plansOf(query, { id: globalId('Contact', contacts[1999]) })
  expect(data.contact.history.edges).toHaveLength(5)
  expect(scanned).toBeLessThanOrEqual(10)
})

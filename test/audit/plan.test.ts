import { PrismaPg } from '@prisma/adapter-pg'
import { v7 as uuidv7 } from 'uuid'
import { beforeAll, expect, test } from 'vitest'
import { PrismaClient } from '#prisma/client.ts'
import { everything, run, testContext } from '../support/context.ts'
import { freshDatabase, withClient } from '../support/database.ts'

const contacts = Array.from({ length: 2000 }, () => uuidv7())
let url: string

// 200,000 entries in each table, the ids growing with the time.
const fill = (table: string, contact: string) => `
  INSERT INTO ${table} (${contact && 'contact_id, '}id, recorded_at, request_id, actor_kind, action, operation, entity, entity_id, fields, values)
  SELECT ${contact && '($1::uuid[])[1 + n % 2000], '}
    (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid,
    at, '', 'system', 'updated', 'test', '${contact ? 'Contact' : 'User'}', gen_random_uuid(), '{name}', '{"name": {"new": "x"}}'
  FROM generate_series(1, 200000) n, LATERAL (SELECT now() - n * interval '1 minute' AS at) t`

beforeAll(async () => {
  url = await freshDatabase()
  await withClient(url, async (client) => {
    await client.query(fill('audit_entry', 'contact_id'), [contacts])
    await client.query(fill('system_audit_entry', ''))
    await client.query("SET session_replication_role = 'replica'") // Contacts without entries, for once.
    await client.query('INSERT INTO contact (contact_id) SELECT unnest($1::uuid[])', [contacts])
    await client.query('ANALYZE')
  })
}, 120_000)

/** The plan of the largest statement that an operation takes, with the rows that it really touched. */
async function planOf(source: string, variables: object) {
  const statements: { query: string; params: string }[] = []
  const database = new PrismaClient({
    adapter: new PrismaPg({ connectionString: url }),
    log: [{ emit: 'event', level: 'query' }],
  })
  database.$on('query', (event) => statements.push(event))
  const context = testContext(url, { grants: everything })
  const { data, errors } = await run({ ...context, database }, source, { ...variables })
  expect(errors).toEqual([])
  await Promise.all([database.$disconnect(), context.close()])
  const statement = statements.find(({ query }) => query.includes('audit_entry'))
  const params: unknown[] = JSON.parse(statement?.params ?? '[]')
  const { rows } = await withClient(url, (client) =>
    client.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${statement?.query}`, params),
  )
  return { data, scanned: rowsScanned(rows[0]['QUERY PLAN'][0].Plan), text: JSON.stringify(rows) }
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

test.each([
  ['of everything', {}, 102],
  ['of one contact', { contactId: Buffer.from(`Contact:${contacts[3]}`).toString('base64') }, 51],
  ['from long ago', { until: daysAgo(100) }, 6_000],
  ['of a short while', { from: daysAgo(50), until: daysAgo(49.99) }, 12_000],
])('a page of the log %s reads no more than it has to', async (_what, filter, most) => {
  const { data, scanned, text } = await planOf(log, { filter })
  expect(data.auditLog.edges.length).toBeGreaterThan(15)
  expect(text).not.toContain('Seq Scan')
  expect(scanned).toBeLessThanOrEqual(most)
})

test('a page far back costs what the first did', async () => {
  const { data } = await planOf(log, { filter: { until: daysAgo(100) } })
  const { scanned } = await planOf(log, { after: data.auditLog.pageInfo.endCursor })
  expect(scanned).toBeLessThanOrEqual(102)
})

test('the histories of a page of contacts read a page of each', async () => {
  const { data, scanned } = await planOf(
    '{ contacts(first: 20) { edges { node { history(first: 5) { edges { node { id } } } } } } }',
    {},
  )
  expect(data.contacts.edges).toHaveLength(20)
  for (const { node } of data.contacts.edges) expect(node.history.edges).toHaveLength(5)
  expect(scanned).toBeLessThanOrEqual(20 * 6 + 40)
})

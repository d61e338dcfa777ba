import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ownerOf, withClient } from '../support/database.ts'
import { type Office, openOffice, statementsOf } from './lists-support.ts'

// What PostgreSQL does for the statements that the product really sends, on enough contacts that it matters.

const total = 20_000
let office: Office
let client: pg.Client

beforeAll(async () => {
  office = await openOffice()
  await withClient(ownerOf(office.config.databaseUrl ?? ''), (planter) => planter.query(population))
  client = new pg.Client({ connectionString: office.config.databaseUrl })
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await office.close()
})

// Names repeat, as they do in life; every third birth date is unknown; the oldest have an organisation in common, a quarter their
// family name. Each row has its entry in the log.
const population = `
  BEGIN;
  CREATE TEMP TABLE person AS
    SELECT gen_random_uuid() AS contact_id, gen_random_uuid() AS point_id, n, md5(n::text) AS word FROM generate_series(1, ${total}) n;
  INSERT INTO contact (contact_id, given_name, family_name, display_name, organisation, birth_date, created_at, updated_at)
    SELECT contact_id, 'Given' || n % 50, CASE WHEN n % 4 = 0 THEN 'Zzyx' ELSE initcap(left(word, 3)) END, 'Given' || n % 50 || ' ' || initcap(left(word, 3)), 'Firma ' || n % 500 || CASE WHEN n <= 1000 THEN ' Altstadt' ELSE '' END,
      CASE WHEN n % 3 > 0 THEN date '1950-01-01' + n % 20000 END, timestamptz '2020-01-01' + n / 4 * interval '1 minute', now()
    FROM person;
  INSERT INTO contact_point (contact_id, id, kind, is_primary, value)
    SELECT contact_id, point_id, 'email', true, word || '@example.org' FROM person;
  INSERT INTO audit_entry (contact_id, id, request_id, actor_kind, action, operation, entity, entity_id, fields, values)
    SELECT contact_id, gen_random_uuid(), 'plant', 'system', 'created', 'plant', entity, id, '{}', '{}'
    FROM person, LATERAL (VALUES ('Contact', contact_id), ('EmailAddress', point_id)) entry (entity, id);
  COMMIT;
  ANALYZE contact, contact_point;`

type Plan = {
  'Node Type': string
  'Index Name'?: string
  'Shared Hit Blocks': number
  'Shared Read Blocks': number
  Plans?: Plan[]
} & Record<string, unknown>

/** How PostgreSQL answers the one list statement that this query comes to. */
async function planOf(arguments_: string): Promise<Plan> {
  const [plan, ...more] = await plansOf(arguments_)
  expect(more).toEqual([])
  return plan ?? expect.fail()
}

/** How PostgreSQL answers the statements that this query comes to: of a search, several. */
async function plansOf(arguments_: string): Promise<Plan[]> {
  const document = `{ contacts(${arguments_}) { edges { node { id displayName } } } }`
  const plans: Plan[] = []
  for (const { text, values } of await statementsOf(() => office.ask(document))) {
    const explain = { text: `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, values: [...values] }
    plans.push((await client.query(explain)).rows[0]['QUERY PLAN'][0].Plan)
  }
  return plans
}

const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]
const indexesOf = (plan: Plan) => nodesOf(plan).flatMap((node) => node['Index Name'] ?? [])
const blocksOf = (plan: Plan) => plan['Shared Hit Blocks'] + plan['Shared Read Blocks']
/** Rows that were read, those thrown away included; what an index only names has not been read. */
const rowsRead = (plan: Plan) =>
  Math.max(
    ...nodesOf(plan)
      .filter((node) => node['Node Type'] !== 'Bitmap Index Scan')
      .map(
        (node) =>
          (Number(node['Actual Rows']) + Number(node['Rows Removed by Filter'] ?? 0)) * Number(node['Actual Loops']),
      ),
  )

/** The cursor at the end of so many rows. */
async function cursorAfter(orderBy: string, rows: number): Promise<string> {
  let after: string | null = null
  for (let left = rows; left > 0; left -= 500) {
    const document = `query ($after: String) { contacts(orderBy: ${orderBy}, first: ${Math.min(left, 500)}, after: $after) { pageInfo { endCursor } } }`
    after = (await office.ask(document, { after })).contacts.pageInfo.endCursor
  }
  return String(after)
}

describe('a page costs the same, however far back it is', () => {
  test.each([
    ['[{ displayName: ASC }]', 'contact_by_display_name'],
    ['[{ displayName: DESC }]', 'contact_by_display_name'],
    ['[{ familyName: ASC }, { givenName: ASC }]', 'contact_by_family_name'],
    ['[{ organisation: ASC }]', 'contact_by_organisation'],
    ['[{ birthDate: ASC }]', 'contact_by_birth_date'],
    ['[{ birthDate: DESC }]', 'contact_by_birth_date_descending'],
    ['[{ createdAt: DESC }]', 'contact_by_creation'],
    ['[{ updatedAt: DESC }]', 'contact_by_update'],
    ['[{ familyName: ASC }]', 'contact_by_family_name'],
    ['[{ familyName: ASC }, { birthDate: DESC }]', 'contact_by_family_name'],
  ])('ordered by %s', async (orderBy, index) => {
    const first = await planOf(`orderBy: ${orderBy}, first: 50`)
    const after = await cursorAfter(orderBy, 149 * 50)
    const late = await planOf(`orderBy: ${orderBy}, first: 50, after: "${after}"`)
    const back = await planOf(`orderBy: ${orderBy}, last: 50, before: "${after}"`)
    for (const plan of [first, late, back]) {
      expect(indexesOf(plan)).toEqual([index])
      expect(rowsRead(plan)).toBeLessThan(250)
    }
    expect(blocksOf(late)).toBeLessThan(blocksOf(first) + 50)
    expect(blocksOf(back)).toBeLessThan(blocksOf(first) + 50)
  })
})

test('those of one family are not all read for a page in the order of family names', async () => {
  const plan = await planOf('orderBy: [{ familyName: DESC }], first: 50')
  expect(indexesOf(plan)).toEqual(['contact_by_family_name'])
  expect(rowsRead(plan)).toBeLessThan(250)
})

describe('a part of a text is found by an index', () => {
  test.each([
    ['search: "3f8c6a"', 'contact_point_search'],
    ['search: "3f8c6a 417"', 'contact_organisation_search'],
    ['filter: { displayName: { contains: "ven7 f3" } }', 'contact_name_search'],
    ['filter: { familyName: { startsWith: "f3a" } }', 'contact_name_search'],
    ['filter: { organisation: { contains: "ma 417" } }', 'contact_organisation_search'],
    ['filter: { emails: { address: { contains: "3f8c6a" } } }', 'contact_point_search'],
    ['filter: { tags: { hasAll: ["vip"] } }', 'contact_tags'],
  ])('%s', async (arguments_, index) => {
    const plans = await plansOf(arguments_)
    expect(plans.flatMap(indexesOf)).toContain(index)
    expect(plans.flatMap(nodesOf).map((node) => node['Node Type'])).not.toContain('Seq Scan')
  })
})

test('words are looked for once each, also before the tables have been analysed', async () => {
  const asOwner = (statement: string) =>
    withClient(ownerOf(office.config.databaseUrl ?? ''), (owner) => owner.query(statement))
  await asOwner(`DELETE FROM pg_statistic WHERE starelid IN ('contact'::regclass, 'contact_point'::regclass)`)
  const plans = await plansOf('search: "firma 417"')
  await asOwner('ANALYZE contact, contact_point')
  // Points of one contact by itself are looked at for each that is gone through.
  const scans = plans
    .flatMap(nodesOf)
    .filter((node) => node['Node Type'] === 'Seq Scan' || /_search$/.test(node['Index Name'] ?? ''))
  expect(scans).not.toEqual([])
  expect(scans.map((node) => node['Actual Loops']).filter((loops) => Number(loops) > 1)).toEqual([])
})

test('a range of days or moments is found by an index', async () => {
  const plan = await planOf('filter: { createdAt: { from: "2020-01-02T00:00:00Z", until: "2020-01-02T00:10:00Z" } }')
  expect(indexesOf(plan)).toContain('contact_by_creation')
})

describe('what very many have is found without reading all of them', () => {
  test.each(['search: "given1"', 'search: "firma given1"', 'search: "example.org", last: 50'])(
    '%s',
    async (arguments_) => {
      for (const plan of await plansOf(arguments_)) expect(rowsRead(plan)).toBeLessThan(1000)
    },
  )
})

test.each([
  ['given1', 4400, undefined], // met everywhere
  ['altstadt', 1000, undefined], // of the oldest alone
  ['firma given7', 400, undefined], // one word that all have
  ['given1', 4400, '[{ displayName: ASC }]'],
])('all who have %j, which are %d, come page by page, each once and in order', async (search, count, orderBy) => {
  const query = `query ($search: String, $after: String) { contacts(search: $search, first: 400, after: $after${orderBy ? `, orderBy: ${orderBy}` : ''}) {
    edges { node { id displayName createdAt } } pageInfo { endCursor hasNextPage } } }`
  const found: { id: string; displayName: string; createdAt: string }[] = []
  for (let [more, after] = [true, null]; more; ) {
    const { edges, pageInfo } = (await office.ask(query, { search, after })).contacts
    found.push(...edges.map(({ node }: { node: (typeof found)[number] }) => node))
    ;[more, after] = [pageInfo.hasNextPage, pageInfo.endCursor]
  }
  expect(new Set(found.map(({ id }) => id)).size).toBe(count)
  expect(found.length).toBe(count)
  const by = found.map(({ displayName, createdAt }) => (orderBy ? displayName : createdAt))
  expect(by).toEqual(orderBy ? by.toSorted((one, other) => one.localeCompare(other)) : by.toSorted().reverse())
})

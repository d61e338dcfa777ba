import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeFieldIndexes, startIndexMaker } from '../../src/modules/fields/make-indexes.ts'
import { fieldsOf, statementsOf } from '../contacts/lists-support.ts'
import { ownerOf, withClient } from '../support/database.ts'
import { databaseEnvironment } from '../support/environment.ts'
import { lethe } from '../support/lethe.ts'
import { type FieldOffice, openFieldOffice } from './support.ts'

const total = 20_000
let office: FieldOffice
let client: pg.Client
let owner: string

beforeAll(async () => {
  office = await openFieldOffice()
  owner = ownerOf(office.config.databaseUrl ?? '')
  await office.define({ key: 'code', kind: 'TEXT' })
  await office.define({ key: 'amount', kind: 'DECIMAL' })
  await office.define({ key: 'due', kind: 'DATE' })
  await office.define({ key: 'price', kind: 'MONEY' })
  await office.define({ key: 'picked', kind: 'CHOICES', options: [{ value: 'often' }, { value: 'seldom' }] })
  await withClient(owner, (planter) => planter.query(population))
  for (const key of ['code', 'amount', 'due', 'price', 'picked'])
    await office.ask(`mutation { requestFieldIndex(key: "${key}") { key } }`)
  client = new pg.Client({ connectionString: office.config.databaseUrl })
  await client.connect()
}, 120_000)
afterAll(async () => {
  await client.end()
  await office.close()
})

// Every tenth has no values.
const population = `
  BEGIN;
  CREATE TEMP TABLE person AS SELECT gen_random_uuid() AS contact_id, n, md5(n::text) AS word FROM generate_series(1, ${total}) n;
  INSERT INTO contact (contact_id, display_name, custom_fields)
    SELECT contact_id, word, CASE WHEN n % 10 = 0 THEN '{}' ELSE jsonb_build_object('code', word, 'amount', (n % 5000)::text,
      'due', to_char(date '2000-01-01' + n % 9000, 'YYYY-MM-DD'), 'price', jsonb_build_object('amount', n::text, 'currency', 'EUR'),
      'picked', CASE WHEN n % 500 = 1 THEN '["seldom"]'::jsonb ELSE '["often"]'::jsonb END) END
    FROM person;
  INSERT INTO audit_entry (contact_id, id, request_id, actor_kind, action, operation, entity, entity_id, fields, values)
    SELECT contact_id, gen_random_uuid(), 'plant', 'system', 'created', 'plant', 'Contact', contact_id, '{}', '{}' FROM person;
  COMMIT;
  ANALYZE contact;`

type Plan = { 'Node Type': string; 'Index Name'?: string; Plans?: Plan[] } & Record<string, unknown>

// Definitions are read once a second, if anybody asks for them.
const isOfContacts = ({ text }: { text: string }) => !text.includes('field_definition')

async function planOf(arguments_: string): Promise<Plan[]> {
  const document = `{ contacts(${arguments_}) { edges { node { id displayName } } } }`
  const [statement, ...more] = (await statementsOf(() => office.ask(document))).filter(isOfContacts)
  expect(more).toEqual([])
  const { rows } = await client.query({
    text: `EXPLAIN (ANALYZE, FORMAT JSON) ${statement?.text}`,
    values: [...(statement?.values ?? [])],
  })
  const nodes = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)]
  return nodes(rows[0]['QUERY PLAN'][0].Plan)
}

const states = async () => {
  const { fieldDefinitions } = await office.ask('{ fieldDefinitions { key indexState } }')
  return Object.fromEntries(fieldDefinitions.map(({ key, indexState }: Record<string, string>) => [key, indexState]))
}

describe('an index', () => {
  test('is asked for, and made by the owner while others write', async () => {
    expect(await states()).toMatchObject({ code: 'REQUESTED' })
    let writing = true
    let slowest = 0
    const writes = (async () => {
      while (writing) {
        const begun = performance.now()
        await office.make([{ key: 'code', value: { text: 'meanwhile' } }])
        slowest = Math.max(slowest, performance.now() - begun)
      }
    })()
    const { made } = await makeFieldIndexes(owner)
    writing = false
    await writes
    expect(made).toContain('field_values_code_up')
    expect(slowest).toBeLessThan(5000)
    expect(await states()).toEqual({ amount: 'READY', code: 'READY', due: 'READY', picked: 'READY', price: 'READY' })
    expect(await makeFieldIndexes(owner)).toEqual({ made: [], removed: [] })
    await withClient(owner, (planter) => planter.query('ANALYZE contact'))
  }, 120_000)

  test.each([
    ['orderBy: [{ customField: { key: "code", direction: ASC } }]', 'field_values_code_up'],
    ['orderBy: [{ customField: { key: "code", direction: DESC } }]', 'field_values_code_up'],
    ['orderBy: [{ customField: { key: "amount", direction: ASC } }]', 'field_values_amount_up'],
    ['orderBy: [{ customField: { key: "amount", direction: DESC } }]', 'field_values_amount_down'],
    ['orderBy: [{ customField: { key: "due", direction: DESC } }]', 'field_values_due_down'],
    ['orderBy: [{ customField: { key: "price", direction: ASC } }]', 'field_values_price_up'],
    [
      'filter: { customFields: [{ key: "code", is: { text: { equals: "c4ca4238a0b923820dcc509a6f75849b" } } }] }',
      'field_values_code_up',
    ],
    ['filter: { customFields: [{ key: "code", is: { text: { contains: "3f8c6a" } } }] }', 'field_values_code_part'],
    ['filter: { customFields: [{ key: "amount", is: { number: { equals: "17" } } }] }', 'field_values_amount_up'],
    [
      'filter: { customFields: [{ key: "due", is: { date: { from: "2001-02-03", until: "2001-02-04" } } }] }',
      'field_values_due_up',
    ],
    [
      'filter: { customFields: [{ key: "picked", is: { choices: { hasAny: ["seldom"] } } }] }',
      'field_values_picked_in',
    ],
  ])('is used: %s', async (arguments_, index) => {
    const nodes = await planOf(`${arguments_}, first: 50`)
    expect(nodes.flatMap((node) => node['Index Name'] ?? [])).toContain(index)
    expect(nodes.map((node) => node['Node Type'])).not.toContain('Seq Scan')
  })

  test('is in the way of another kind, until it is removed', async () => {
    const change = 'mutation { updateField(input: { key: "amount", kind: TEXT }) { key } }'
    expect(fieldsOf(await office.fail(change))).toEqual(['kind'])
    await office.ask('mutation { requestFieldIndex(key: "amount", wanted: false) { key } }')
    expect(await states()).toMatchObject({ amount: 'OBSOLETE' })
    expect(fieldsOf(await office.fail(change))).toEqual(['kind'])
    expect((await makeFieldIndexes(owner)).removed.toSorted()).toEqual([
      'field_values_amount_down',
      'field_values_amount_up',
    ])
    expect(await states()).toMatchObject({ amount: 'NONE' })
  })

  test('that was cut off is made anew', async () => {
    await withClient(owner, (past) =>
      past.query("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'field_values_due_up'::regclass"),
    )
    expect(await states()).toMatchObject({ due: 'REQUESTED' })
    const names = ['field_values_due_up']
    expect(await makeFieldIndexes(owner, 'due')).toEqual({ made: names, removed: names })
    expect(await states()).toMatchObject({ due: 'READY' })
  })

  test('can not be had of what is sealed', async () => {
    await office.define({ key: 'hidden', kind: 'TEXT', sensitive: true })
    expect(fieldsOf(await office.fail('mutation { requestFieldIndex(key: "hidden") { key } }'))).toEqual(['key'])
  })
})

test('whatever stands in the table of definitions, nothing else becomes part of a statement', async () => {
  await withClient(owner, async (past) => {
    await past.query('ALTER TABLE field_definition DROP CONSTRAINT field_definition_key_form')
    await past.query(`SET session_replication_role = 'replica'`)
    await past.query(
      `INSERT INTO field_definition (id, key, kind, labels, category, purpose, retention_class, index_requested_at)
       VALUES (gen_random_uuid(), 'x'')); DROP TABLE session; --', 'text', '{}', 'c', 'sales', 'sales', now())`,
    )
  })
  await makeFieldIndexes(owner)
  expect(await office.database.session.count()).toBeGreaterThan(0)
  await withClient(owner, async (past) => {
    await past.query(`SET session_replication_role = 'replica'`)
    await past.query("DELETE FROM field_definition WHERE key LIKE 'x%'")
  })
})

test('the command line makes it, as the owner alone can', async () => {
  await office.define({ key: 'by_hand', kind: 'TEXT' })
  await office.ask('mutation { requestFieldIndex(key: "by_hand") { key } }')
  const folder = await mkdtemp(join(tmpdir(), 'lethe-index-'))
  const environment = { LETHE_DATA: folder, ...databaseEnvironment(office.config.databaseUrl ?? '') }
  const refused = await lethe(['fields', 'index'], environment).done
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('set DATABASE_OWNER_URL')])
  const { code, stdout } = await lethe(['fields', 'index', 'by_hand'], { ...environment, DATABASE_OWNER_URL: owner })
    .done
  expect([code, stdout]).toEqual([0, 'made field_values_by_hand_up\nmade field_values_by_hand_part\n'])
  await rm(folder, { recursive: true })
})

test('a process with the owner’s connection makes it as soon as it is asked for', async () => {
  const callbacks: (() => void)[] = []
  const notifications = {
    on: (_channel: unknown, callback: () => void) => void callbacks.push(callback),
    close: async () => undefined,
  }
  const maker = startIndexMaker({ ownerUrl: owner, notifications, log: office.work.log })
  await office.define({ key: 'soon', kind: 'INTEGER' })
  await office.ask('mutation { requestFieldIndex(key: "soon") { key } }')
  for (const callback of callbacks) callback()
  await expect.poll(async () => (await states())['soon'], { timeout: 20_000 }).toBe('READY')
  await maker.close()
})

import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Office, openOffice, statementsOf } from '../contacts/lists-support.ts'
import { ownerOf, withClient } from '../support/database.ts'
import { populate } from './population.ts'

// What PostgreSQL does for the one statement that lists whom one may process; the benchmark measures it on a million.

let office: Office
let client: pg.Client
beforeAll(async () => {
  office = await openOffice()
  const url = office.config.databaseUrl ?? ''
  await withClient(ownerOf(url), (owner) => populate(owner, 30_000))
  client = new pg.Client({ connectionString: url })
  await client.connect()
}, 60_000)
afterAll(async () => {
  await client.end()
  await office.close()
})

type Node = { 'Node Type': string; 'Index Name'?: string; 'Relation Name'?: string; Plans?: Node[] } & Record<
  string,
  unknown
>

const nodesOf = (plan: Node): Node[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]

async function planOf(arguments_: string, selection = 'edges { node { id displayName } }') {
  const statements = await statementsOf(() => office.ask(`{ contacts(${arguments_}) { ${selection} } }`))
  const [statement, ...more] = statements.slice(selection.startsWith('totalCount') ? 1 : 0) // The page comes first.
  expect(more).toEqual([])
  const text = `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${statement?.text}`
  const { rows } = await client.query({ text, values: [...(statement?.values ?? [])] })
  const plan: Node = rows[0]['QUERY PLAN'][0].Plan
  const nodes = nodesOf(plan)
  return {
    indexes: nodes.flatMap((node) => node['Index Name'] ?? []),
    sequential: nodes.filter((node) => node['Node Type'] === 'Seq Scan').flatMap((node) => node['Relation Name'] ?? []),
    blocks: Number(plan['Shared Hit Blocks']) + Number(plan['Shared Read Blocks']),
  }
}

describe('a list of whom one may process is one statement', () => {
  test('that walks in the order of the list, where many may be', async () => {
    const { indexes, sequential, blocks } = await planOf('lawfulFor: "many", first: 50')
    expect(indexes).toEqual(
      expect.arrayContaining(['contact_by_display_name', expect.stringMatching(/^lawful_basis_period/)]),
    )
    expect(sequential.filter((table) => table !== 'purpose')).toEqual([])
    expect(blocks).toBeLessThan(1500)
  })

  test('that goes by those who may be, where they are few', async () => {
    const { indexes, sequential, blocks } = await planOf('lawfulFor: "few", first: 50')
    expect(indexes).toContain('lawful_basis_period_by_purpose')
    expect(sequential.filter((table) => table !== 'purpose')).toEqual([])
    expect(blocks).toBeLessThan(200)
  })

  test('also of those without any ground', async () => {
    const { sequential, blocks } = await planOf('filter: { withoutBasis: true }, first: 50')
    expect(sequential.filter((table) => table !== 'purpose')).toEqual([])
    expect(blocks).toBeLessThan(2500)
  })
})

test('counts are those of the population', async () => {
  const query = `{ many: contacts(lawfulFor: "many") { totalCount } few: contacts(lawfulFor: "few") { totalCount }
    contracts: contacts(lawfulFor: "contracts") { totalCount } none: contacts(filter: { withoutBasis: true }) { totalCount } }`
  const { many, few, contracts, none } = await office.ask(query)
  expect([many, few, contracts].map(({ totalCount }) => totalCount)).toEqual([9000, 3, 9000])
  expect(none.totalCount).toBe(12_000)
})

test('a count ends where it is told to, without a walk through all', async () => {
  const query =
    '{ contacts(lawfulFor: "many") { all: totalCount some: totalCount(upTo: 100) more: totalCount(upTo: 20000) } }'
  expect((await office.ask(query)).contacts).toEqual({ all: 9000, some: 100, more: 9000 })
  const few = await planOf('lawfulFor: "many", first: 1', 'totalCount(upTo: 100)')
  const all = await planOf('lawfulFor: "many", first: 1', 'totalCount')
  expect(few.sequential.filter((table) => table === 'lawful_basis_period')).toEqual([])
  expect(few.blocks).toBeLessThan(all.blocks)
  expect((await office.fail('{ contacts { totalCount(upTo: 0) } }')).faults[0].field).toBe('upTo')
})

test('what is to lapse is found by an index', async () => {
  const { rows } = await client.query(`EXPLAIN (FORMAT JSON) SELECT FROM lawful_basis_period
    WHERE is_valid AND expires AND NOT lapse_noted AND valid_until <= statement_timestamp() ORDER BY valid_until LIMIT 500`)
  const nodes = nodesOf(rows[0]['QUERY PLAN'][0].Plan)
  expect(nodes.flatMap((node) => node['Index Name'] ?? [])).toEqual(['lawful_basis_period_to_lapse'])
})

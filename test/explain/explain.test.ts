import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { claimMail } from '../../src/mail/queue.ts'
import { dueWebhooks } from '../../src/modules/deliveries/sending/queue.ts'
import { makeFieldIndexes } from '../../src/modules/fields/make-indexes.ts'
import { type FieldOffice, openFieldOffice } from '../fields/support.ts'
import { ownerOf, withClient } from '../support/database.ts'
import { captureStatements, type Statement } from './capture.ts'
import { indexesOf, onlyAdds, type Plan, planOf, shapeOf, tablesOf } from './plans.ts'
import { plantMany, seed, total } from './seed.ts'

/*
 * How PostgreSQL executes the statements that matter most, as the product sends them: whoever changes one of them, or an index, sees
 * what becomes of it in `plans/`. After a change that is meant: `npx vitest run test/explain -u`, and look at the difference.
 */

let client: pg.Client
const plans = new Map<string, Plan[]>()

const page = `{ edges { node { id displayName givenName familyName emails { address primary } phones { number }
  customFields { key } lawfulness { bases { purpose ground validUntil } } } } pageInfo { endCursor } }`

type Ask = { office: FieldOffice; id: string }

const operations: Record<string, (ask: Ask) => Promise<unknown>> = {
  'contact list': ({ office }) => office.ask(`{ contacts(first: 50) ${page} }`),
  'contact by id': ({ office, id }) =>
    office.ask('query ($id: ID!) { contact(id: $id) { displayName emails { address } phones { number } tags } }', {
      id,
    }),
  search: ({ office }) => office.ask('{ contacts(search: "ada", first: 50) { edges { node { id displayName } } } }'),
  'search for what many have': ({ office }) =>
    office.ask('{ contacts(search: "given4", first: 50) { edges { node { id displayName } } } }'),
  'filter by custom field': ({ office }) =>
    office.ask(
      '{ contacts(filter: { customFields: [{ key: "code", is: { text: { equals: "a" } } }] }) { edges { node { id } } } }',
    ),
  'filter by custom field without an index of its own': ({ office }) =>
    office.ask(
      '{ contacts(filter: { customFields: [{ key: "number", is: { text: { equals: "a" } } }] }) { edges { node { id } } } }',
    ),
  'filter by e-mail address': ({ office }) =>
    office.ask(
      '{ contacts(filter: { emails: { address: { equals: "ada@example.org" } } }) { edges { node { id } } } }',
    ),
  'lawful for a purpose': ({ office }) =>
    office.ask('{ contacts(lawfulFor: "newsletter", first: 50) { edges { node { id displayName } } } }'),
  'lapsing grounds': ({ office }) =>
    office.ask('{ runReport(report: { key: "lapsing" }) { rows { id cells { __typename } } } }'),
  'history of a contact': ({ office, id }) =>
    office.ask('query ($id: ID!) { contact(id: $id) { history(first: 50) { edges { node { id action } } } } }', { id }),
  'grounds of a contact': ({ office, id }) =>
    office.ask(
      'query ($id: ID!) { contact(id: $id) { mayProcess(purpose: "newsletter") { allowed } lawfulness { bases { purpose lastUsedAt } events { kind } } } }',
      { id },
    ),
  'preview of an erasure': ({ office, id }) =>
    office.ask(
      'query ($id: ID!) { previewErasure(input: { contactId: $id, ground: NO_LONGER_NEEDED }) { contacts counts { __typename } } }',
      { id },
    ),
  'mails due': ({ office }) => claimMail(office.database),
  'webhooks due': ({ office }) => dueWebhooks(office.database),
  measurements: ({ office }) => office.app.fetch(new Request(`${office.url}/metrics`)),
}

// Of the sequencer, which runs by itself.
const sequencer = 'entries without a place in the tree'

/** What the product sends, from a small installation: plans are made where there is much. */
async function capture(): Promise<{ statements: Map<string, Statement[]>; url: string }> {
  const captured = captureStatements()
  const of = new Map<string, Statement[]>()
  try {
    const office = await openFieldOffice()
    const url = office.config.databaseUrl ?? ''
    await office.define({ key: 'code', kind: 'TEXT' })
    await office.define({ key: 'number', kind: 'TEXT' })
    await office.ask('mutation { requestFieldIndex(key: "code") { key } }')
    await makeFieldIndexes(ownerOf(url))
    for (const [key, ground] of [
      ['newsletter', 'CONSENT'],
      ['contracts', 'CONTRACT'],
    ]) {
      const input = { key, names: [{ language: 'en', text: key }], grounds: [ground] }
      await office.ask('mutation ($input: CreatePurposeInput!) { createPurpose(input: $input) { key } }', { input })
    }
    const id = (
      await office.create({
        givenName: 'Ada',
        emails: [{ address: 'ada@example.org' }],
        customFields: [{ key: 'code', value: { text: 'a' } }],
      })
    ).id
    await withClient(ownerOf(url), plantMany)
    for (const [name, run] of Object.entries(operations)) {
      captured.seen.length = 0
      await run({ office, id })
      of.set(
        name,
        [...captured.seen].filter(({ from }) => from === 'lethe'),
      )
    }
    captured.seen.length = 0
    await office.create({ givenName: 'Grace' })
    await vi.waitFor(() => expect(captured.seen.some(isOfSequencer)).toBe(true), 20_000)
    of.set(sequencer, captured.seen.filter(isOfSequencer))
    await office.close()
    return { statements: of, url }
  } finally {
    captured.stop()
  }
}

const isOfSequencer = ({ from, text }: Statement) =>
  from === 'lethe sequencer' && /watermark[\s\S]*audit_entry|audit_entry[\s\S]*NOT EXISTS/.test(text)

beforeAll(async () => {
  const { statements, url } = await capture()
  client = new pg.Client({ connectionString: ownerOf(url) })
  await client.connect()
  await seed(client)
  await client.query('SET max_parallel_workers_per_gather = 0') // Whether it is worth it depends on the machine.
  const { rows } = await client.query<{ name: string }>('SELECT relname AS name FROM pg_class WHERE reltuples > $1', [
    total / 2,
  ])
  const large = new Set(rows.map(({ name }) => name))
  for (const [name, sent] of statements) plans.set(name, await plansOf(sent, large))
}, 120_000)
afterAll(() => client?.end())

/** Of statements that read what there is much of; how the others are executed makes no difference. */
async function plansOf(sent: readonly Statement[], large: ReadonlySet<string>): Promise<Plan[]> {
  const found = new Map<string, Plan>()
  for (const statement of sent) {
    const plan = await planOf(client, statement)
    if (plan && !onlyAdds(plan) && [...tablesOf(plan)].some((table) => large.has(table))) found.set(shapeOf(plan), plan)
  }
  return [...found].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, plan]) => plan)
}

const told = (of: readonly Plan[]) => `${of.map(shapeOf).join('\n\n')}\n`

describe('is executed as before', () => {
  test.each([...Object.keys(operations), sequencer])('%s', async (name) => {
    const file = `plans/${name.replaceAll(' ', '-')}.txt`
    await expect(told(plans.get(name) ?? [])).toMatchFileSnapshot(file)
    expect(plans.get(name)?.length).toBeGreaterThan(0)
  })
})

test('an index that is lost changes what is expected, whichever it is', async () => {
  const unnoticed: string[] = []
  for (const [name, of] of plans) {
    for (const index of new Set(of.flatMap((plan) => [...indexesOf(plan)]))) {
      await client.query('BEGIN')
      // As it is to the planner while an index is being made: not there.
      await client.query('UPDATE pg_index SET indisvalid = false WHERE indexrelid = $1::regclass', [index])
      const without: Plan[] = []
      for (const { statement } of of) without.push((await planOf(client, statement)) ?? expect.fail())
      if (told(without) === told(of)) unnoticed.push(`${name}: ${index}`)
      await client.query('ROLLBACK')
    }
  }
  expect(unnoticed).toEqual([])
})

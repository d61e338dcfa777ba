import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { globalId, type Office, openOffice, plant, uuid } from './lists-support.ts'

let office: Office
beforeAll(async () => {
  office = await openOffice()
})
afterAll(() => office.close())

const query = `query ($filter: ContactFilter, $orderBy: [ContactOrder!], $first: Int, $after: String, $last: Int, $before: String) {
  contacts(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`

type Order = Record<string, 'ASC' | 'DESC'>
type Page = { edges: { cursor: string; node: { id: string } }[]; pageInfo: Record<string, unknown> }

const pageOf = async (variables: object): Promise<Page> => (await office.ask(query, variables)).contacts

/** Each sortable field with its column. */
const columns: Record<string, string> = {
  title: 'title',
  givenName: 'given_name',
  familyName: 'family_name',
  displayName: 'display_name',
  organisation: 'organisation',
  jobTitle: 'job_title',
  language: 'language',
  timeZone: 'time_zone',
  source: 'source',
  birthDate: 'birth_date',
  sourceAt: 'source_at',
  createdAt: 'created_at',
  updatedAt: 'updated_at',
}

const text = fc.constantFrom(
  '',
  'a',
  'A',
  'ä',
  'Ä',
  'b',
  'Müller',
  'Muller',
  'mueller',
  'ß',
  'ss',
  '%',
  '\\',
  '😀',
  'é',
  "O'Brien",
)
const day = fc.constantFrom(null, '1850-01-01', '1985-04-12', '2000-02-29').map((value) => value && new Date(value))
const moment = fc
  .constantFrom('2020-01-01T00:00:00.001Z', '2020-01-01T00:00:00.002Z', '2024-06-30T23:59:59.999Z')
  .map((value) => new Date(value))
const contact = fc.record({
  title: text,
  givenName: text,
  familyName: text,
  displayName: text,
  organisation: text,
  jobTitle: text,
  language: fc.constantFrom('', 'de', 'en'),
  timeZone: fc.constantFrom('', 'Europe/Berlin'),
  source: text,
  birthDate: day,
  sourceAt: fc.option(moment),
  createdAt: moment,
  updatedAt: moment,
})
const ordering = fc.array(
  fc.tuple(fc.constantFrom(...Object.keys(columns)), fc.constantFrom('ASC' as const, 'DESC' as const)),
  { maxLength: 3 },
)
const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 })

let runs = 0
/** Plants contacts under a tag of their own, and tells the filter that finds just them. */
async function plantRun(rows: readonly object[]) {
  const tags = [`run ${++runs}`]
  const ids = await plant(
    office,
    rows.map((row) => ({ row: { ...row, tags } })),
  )
  return { filter: { tags: { hasAll: tags } }, tags, ids }
}

/** The order that PostgreSQL gives them when it is asked for all at once. */
async function sorted(tags: readonly string[], orderBy: readonly (readonly [string, string])[]): Promise<string[]> {
  const keys = orderBy.length > 0 ? orderBy : [['displayName', 'ASC'] as const]
  const firsts = keys.filter(([name], index) => keys.findIndex(([other]) => other === name) === index)
  // Those of one family are in the order of given names, where nothing else is asked for.
  const [only, ...more] = firsts
  if (only?.[0] === 'familyName' && more.length === 0) firsts.push(['givenName', only[1]])
  const parts = [
    ...firsts.map(([name, direction]) => `${columns[name]} ${direction} NULLS LAST`),
    `contact_id ${firsts.at(-1)?.[1]}`,
  ]
  const rows = await office.database.$queryRawUnsafe<{ contact_id: string }[]>(
    `SELECT contact_id FROM contact WHERE tags @> $1 ORDER BY ${parts.join(', ')}`,
    tags,
  )
  return rows.map(({ contact_id: id }) => globalId(id))
}

const asInput = (orderBy: readonly (readonly [string, 'ASC' | 'DESC'])[]): Order[] =>
  orderBy.map(([name, direction]) => ({ [name]: direction }))

describe('pages of contacts', () => {
  test('hold each contact once, in order, walked forward and backward in any sizes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(contact, { maxLength: 20 }), ordering, sizes, async (rows, keys, steps) => {
        const { filter, tags } = await plantRun(rows)
        const orderBy = asInput(keys)
        const expected = await sorted(tags, keys)
        const step = (turn: number) => steps[turn % steps.length] ?? 1

        const forward: string[] = []
        for (let turn = 0, after: unknown; ; turn++) {
          const { edges, pageInfo } = await pageOf({ filter, orderBy, first: step(turn), after })
          expect(pageInfo['hasPreviousPage']).toBe(turn > 0)
          forward.push(...edges.map(({ node }) => node.id))
          expect(pageInfo['hasNextPage']).toBe(forward.length < expected.length)
          expect(pageInfo['startCursor']).toBe(edges[0]?.cursor ?? null)
          expect(pageInfo['endCursor']).toBe(edges.at(-1)?.cursor ?? null)
          if (!pageInfo['hasNextPage']) break
          after = pageInfo['endCursor']
        }
        expect(forward).toEqual(expected)

        const backward: string[] = []
        for (let turn = 0, before: unknown; ; turn++) {
          const { edges, pageInfo } = await pageOf({ filter, orderBy, last: step(turn), before })
          expect(pageInfo['hasNextPage']).toBe(turn > 0)
          backward.unshift(...edges.map(({ node }) => node.id))
          expect(pageInfo['hasPreviousPage']).toBe(backward.length < expected.length)
          if (!pageInfo['hasPreviousPage']) break
          before = pageInfo['startCursor']
        }
        expect(backward).toEqual(expected)
      }),
      { numRuns: 40 },
    )
  })

  test('can be cut out between two cursors', async () => {
    const { filter } = await plantRun(['a', 'b', 'c', 'd', 'e', 'f'].map((displayName) => ({ displayName })))
    const { edges } = await pageOf({ filter })
    const [after, before] = [edges[0]?.cursor, edges[5]?.cursor]
    const between = edges.slice(1, 5).map(({ node }) => node.id)
    const idsOf = async (page: object) =>
      (await pageOf({ filter, after, before, ...page })).edges.map(({ node }) => node.id)
    expect(await idsOf({})).toEqual(between)
    expect(await idsOf({ first: 2 })).toEqual(between.slice(0, 2))
    expect(await idsOf({ last: 2 })).toEqual(between.slice(2))
  })

  test('stay in step when contacts come, go and change between them', async () => {
    const change = fc.record({
      kind: fc.constantFrom('insert', 'retitle', 'move', 'hide'),
      index: fc.nat(14),
      familyName: text,
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(contact, { minLength: 5, maxLength: 15 }),
        fc.array(change, { maxLength: 6 }),
        async (rows, changes) => {
          const { filter, tags, ids } = await plantRun(rows)
          const orderBy = [{ familyName: 'ASC' }, { birthDate: 'DESC' }]
          const moved = new Set<string>()
          const seen: string[] = []
          for (let after: unknown; ; ) {
            const { edges, pageInfo } = await pageOf({ filter, orderBy, first: 2, after })
            seen.push(...edges.map(({ node }) => node.id))
            if (!pageInfo['hasNextPage']) break
            after = pageInfo['endCursor']
            const next = changes.pop()
            const id = ids[(next?.index ?? 0) % ids.length] ?? ''
            if (next?.kind === 'insert') await plant(office, [{ row: { familyName: next.familyName, tags } }])
            else if (next) {
              if (next.kind !== 'retitle') moved.add(id)
              const data =
                {
                  retitle: { title: 'Prof.' },
                  move: { familyName: next.familyName },
                  hide: { tags: [] },
                }[next.kind] ?? {}
              const { version } = (await office.contact(id)) ?? {}
              await office.update({ id, version, ...data })
            }
          }
          const unmoved = seen.filter((id) => !moved.has(id))
          expect(new Set(unmoved).size).toBe(unmoved.length)
          expect(unmoved).toEqual(expect.arrayContaining(ids.filter((id) => !moved.has(id))))
        },
      ),
      { numRuns: 15 },
    )
  })

  test('go on behind a contact that is gone by now', async () => {
    const { filter, ids } = await plantRun(['a', 'b', 'c'].map((displayName) => ({ displayName })))
    const { pageInfo } = await pageOf({ filter, first: 2 })
    await office.merge({ targetId: ids[0], version: 1, sourceIds: [ids[1]] })
    const { edges } = await pageOf({ filter, first: 2, after: pageInfo['endCursor'] })
    expect(edges.map(({ node }) => node.id)).toEqual([ids[2]])
  })
})

test('contacts entered in the same moment have an order, too', async () => {
  const { ids, filter } = await plantRun(Array.from({ length: 9 }, () => ({ createdAt: new Date('2020-01-01') })))
  const { edges } = await pageOf({ filter, orderBy: [{ createdAt: 'DESC' }] })
  expect(edges.map(({ node }) => uuid(node.id))).toEqual(ids.map(uuid).toSorted().reverse())
})

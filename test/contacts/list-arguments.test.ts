import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fieldsOf, type Office, openOffice, plant, statementsOf } from './lists-support.ts'

let office: Office
beforeAll(async () => {
  office = await openOffice()
  const people = Array.from({ length: 510 }, (_, index) => ({
    columns: {
      familyName: `Person ${String(index).padStart(3, '0')}`,
      birthDate: index % 2 ? new Date('1990-01-01') : null,
    },
  }))
  await plant(office, people)
})
afterAll(() => office.close())

const query = `query ($orderBy: [ContactOrder!], $first: Int, $after: String, $last: Int, $before: String) {
  contacts(orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage }
  }
}`
const page = async (variables: object) => (await office.ask(query, variables)).contacts
const codeOf = async (variables: object) => (await office.fail(query, variables))?.code
const cursor = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')
const nobody = '00000000-0000-0000-0000-000000000000'

describe('the size of a page', () => {
  test('is fifty, unless said otherwise', async () => {
    expect((await page({})).edges).toHaveLength(50)
    expect((await page({ first: null, last: null })).edges).toHaveLength(50)
  })
  test('can be zero, which still tells whether there is any', async () => {
    expect(await page({ first: 0 })).toEqual({ edges: [], pageInfo: { hasNextPage: true, hasPreviousPage: false } })
    expect(await page({ last: 0 })).toEqual({ edges: [], pageInfo: { hasNextPage: false, hasPreviousPage: true } })
  })
  test('is five hundred at most', async () => {
    expect((await page({ first: 501 })).edges).toHaveLength(500)
    expect((await page({ last: 501 })).edges).toHaveLength(500)
  })
  test('can not be negative', async () => {
    expect(fieldsOf(await office.fail(query, { first: -1 }))).toEqual(['first'])
    expect(fieldsOf(await office.fail(query, { last: -1 }))).toEqual(['last'])
  })
  test('can not be asked for from both ends at once', async () => {
    expect(fieldsOf(await office.fail(query, { first: 1, last: 1 }))).toEqual(['last'])
  })
})

describe('a cursor', () => {
  test('of another ordering is refused', async () => {
    const { edges } = await page({ orderBy: [{ familyName: 'ASC' }], first: 1 })
    const after = edges[0].cursor
    expect(await codeOf({ after })).toBe('BAD_CURSOR')
    expect(await codeOf({ after, orderBy: [{ familyName: 'DESC' }] })).toBe('BAD_CURSOR')
    expect(await codeOf({ after, orderBy: [{ familyName: 'ASC' }, { organisation: 'ASC' }] })).toBe('BAD_CURSOR')
    expect(await codeOf({ before: after })).toBe('BAD_CURSOR')
    expect((await page({ after, orderBy: [{ familyName: 'ASC' }], first: 1 })).edges).toHaveLength(1)
  })
  test.each([
    '',
    'garbage',
    'e30',
    cursor('displayName,id'),
    cursor('displayName,id', 'a', 'b'),
    cursor('displayName,id', 'a', nobody, 'more'),
    cursor('displayName,id', 'a\0', nobody),
    cursor('displayName,id', 7, nobody),
  ])('that is damaged is refused: %j', async (after) => {
    expect(await codeOf({ after })).toBe('BAD_CURSOR')
  })
  test.each([
    ['birthDate', '2024-99-99'],
    ['birthDate', '2023-02-29'],
    ['birthDate', '0000-01-01'],
    ['birthDate', 'today'],
    ['createdAt', '2024-02-30 00:00:00+00'],
    ['createdAt', '2024-02-28 25:00:00+00'],
    ['createdAt', '2024-02-28 00:00:00+99'],
    ['createdAt', '2024-02-28'],
    ['createdAt', 'now'],
  ])('that holds no real %s is refused: %j', async (field, value) => {
    expect(await codeOf({ after: cursor(`${field},id`, value, nobody), orderBy: [{ [field]: 'ASC' }] })).toBe(
      'BAD_CURSOR',
    )
  })
  test('never breaks anything, whatever is in it', async () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('infinity', '1990-01-01', nobody),
      fc.integer(),
    )
    const anything = fc.oneof(
      fc.string(),
      fc.array(part).map((parts) => cursor('birthDate,id', ...parts)),
    )
    await fc.assert(
      fc.asyncProperty(anything, async (after) => {
        expect([undefined, 'BAD_CURSOR']).toContain(await codeOf({ after, orderBy: [{ birthDate: 'ASC' }], first: 1 }))
      }),
      { numRuns: 100 },
    )
  })
})

describe('an ordering', () => {
  test('by a field that comes again is the ordering without it', async () => {
    const many = Array.from({ length: 500 }, (_, index) => ({ familyName: index % 2 ? 'ASC' : 'DESC' }))
    const { edges } = await page({ orderBy: many, first: 1 })
    expect(edges).toEqual((await page({ orderBy: [{ familyName: 'DESC' }], first: 1 })).edges)
  })
  test('names one field in each part', async () => {
    expect(await codeOf({ orderBy: [{}] })).toBe('BAD_USER_INPUT')
    expect(await codeOf({ orderBy: [{ familyName: 'ASC', givenName: 'ASC' }] })).toBe('BAD_USER_INPUT')
  })
})

describe('what a list costs', () => {
  const points = 'emails { address } phones { number } addresses { city } websites { url } messengers { handle }'
  const statements = async (document: string) =>
    (await statementsOf(() => office.ask(document))).map(({ text }) => text)

  test('is one SQL statement, with all contact points', async () => {
    expect(await statements(`{ contacts { edges { node { id displayName } } } }`)).toHaveLength(1)
    expect(await statements(`{ contacts { edges { node { id displayName ${points} } } } }`)).toHaveLength(1)
    const fragments = `{ contacts { more: edges { node { ...A } } } } fragment A on Contact { ... { id ${points} } }`
    expect(await statements(fragments)).toHaveLength(1)
  })
  test('is counting only when the total is asked for', async () => {
    const counts = (all: string[]) => all.filter((text) => text.includes('count(*)'))
    expect(counts(await statements('{ contacts(first: 1) { edges { node { id } } } }'))).toEqual([])
    const both = await statements('{ contacts(first: 1) { totalCount edges { node { id } } } }')
    expect([both.length, counts(both).length]).toEqual([2, 1])
  })
  test('does not grow with the merges of its contacts', async () => {
    const all = await statements('{ contacts { edges { node { merges { id } } } } }')
    expect(all.length).toBeLessThanOrEqual(3)
  })
})

test('the total is that of all pages', async () => {
  const count = async (given: string) => (await office.ask(`{ contacts(${given}) { totalCount } }`)).contacts.totalCount
  expect(await count('first: 1')).toBe(510)
  expect(await count('first: 1, filter: { birthDate: { isEmpty: true } }')).toBe(255)
  expect(await count('first: 1, search: "person 00"')).toBe(15)
})

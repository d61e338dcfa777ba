import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CheckedPoint } from '../../src/modules/contacts/draft.ts'
import { anyContact, anyFilter, fold, fulfils, type ModelContact, values } from './filter-model.ts'
import { type Office, openOffice, plant } from './lists-support.ts'

const people = fc.sample(anyContact, { numRuns: 60, seed: 7 })
let office: Office
let known: { id: string; contact: ModelContact }[]
beforeAll(async () => {
  office = await openOffice()
  const ids = await plant(
    office,
    people.map(({ points, ...row }) => ({ row, points: points as unknown as CheckedPoint[] })), // with verifiedAt besides
  )
  known = people.map((contact, index) => ({ id: ids[index] ?? '', contact }))
})
afterAll(() => office.close())

const document = `query ($filter: ContactFilter, $search: String) {
  contacts(filter: $filter, search: $search, first: 500) { totalCount edges { node { id } } }
}`

async function found(variables: object): Promise<string[]> {
  const { contacts } = await office.ask(document, variables)
  const ids = contacts.edges.map(({ node }: { node: { id: string } }) => node.id)
  expect(contacts.totalCount).toBe(ids.length)
  return ids.toSorted()
}
const codeOf = async (filter: object) => (await office.fail(document, { filter }))?.code
const expected = (holds: (contact: ModelContact) => boolean) =>
  known
    .filter(({ contact }) => holds(contact))
    .map(({ id }) => id)
    .toSorted()

describe('a filter', () => {
  test('finds what a plain model of it finds, however it is nested', async () => {
    const sizes = new Set<number>()
    await fc.assert(
      fc.asyncProperty(anyFilter, async (filter) => {
        const ids = await found({ filter })
        sizes.add(ids.length)
        expect(ids).toEqual(expected((contact) => fulfils(contact, filter)))
      }),
      { numRuns: 400 },
    )
    expect(sizes.size).toBeGreaterThan(10) // or the model agrees on nothing but "all" and "none"
  })

  test.each(values)('takes %j literally', async (value) => {
    for (const way of ['equals', 'contains', 'startsWith']) {
      const filter = { or: [{ familyName: { [way]: value } }, { emails: { address: { [way]: value } } }] }
      expect(await found({ filter })).toEqual(expected((contact) => fulfils(contact, filter)))
    }
  })

  test('without any condition finds all, an empty `or` and `not: {}` find none', async () => {
    const all = expected(() => true)
    for (const filter of [{}, { and: [] }, { and: [{}] }, { or: [{}] }, { not: { or: [] } }, { familyName: {} }]) {
      expect(await found({ filter })).toEqual(all)
    }
    for (const filter of [{ or: [] }, { not: {} }, { and: [{ or: [] }] }]) expect(await found({ filter })).toEqual([])
  })

  test('takes null for nothing said', async () => {
    const filter = {
      and: null,
      or: null,
      not: null,
      familyName: { equals: null, in: null, contains: null },
      emails: null,
    }
    expect(await found({ filter })).toEqual(expected(() => true))
  })

  test('by a point finds contacts that have some such point, and `not` those that have none', async () => {
    const has = (contact: ModelContact) => contact.points.some(({ kind }) => kind === 'email')
    expect(await found({ filter: { emails: {} } })).toEqual(expected(has))
    expect(await found({ filter: { not: { emails: {} } } })).toEqual(expected((contact) => !has(contact)))
  })

  test('may name text in another Unicode form, or characters that are never stored', async () => {
    const filter = { familyName: { equals: 'Mu\u0308ller' } }
    expect(await found({ filter })).toEqual(expected(({ familyName }) => familyName === 'Müller'))
    for (const text of ['\0', 'a\0', '\ud800', '\uffff']) {
      expect(await found({ filter: { familyName: { equals: text } } })).toEqual([])
      expect(await found({ filter: { familyName: { in: [text] } } })).toEqual([])
      expect(await found({ filter: { familyName: { contains: text } } })).toEqual([])
      expect(await found({ filter: { tags: { hasAny: [text] } } })).toEqual([])
      expect(await found({ search: text })).toEqual([])
    }
  })

  test('may hold very long values and lists', async () => {
    expect(await found({ filter: { familyName: { contains: 'x'.repeat(200_000) } } })).toEqual([])
    const names = Array.from({ length: 20_000 }, (_, index) => `name ${index}`)
    expect(await found({ filter: { familyName: { in: [...names, 'Anna'] } } })).toEqual(
      expected(({ familyName }) => familyName === 'Anna'),
    )
  })

  test('beyond ten levels or two hundred parts is refused', async () => {
    const nested = (depth: number): object => (depth === 0 ? {} : { not: nested(depth - 1) })
    expect(await found({ filter: nested(10) })).toEqual(expected(() => true))
    expect(await codeOf(nested(11))).toBe('LIMIT_EXCEEDED')
    const wide = (width: number) => ({ or: Array.from({ length: width }, () => ({ familyName: { equals: 'Anna' } })) })
    expect(await found({ filter: wide(199) })).toEqual(expected(({ familyName }) => familyName === 'Anna'))
    expect(await codeOf(wide(200))).toBe('LIMIT_EXCEEDED')
    expect(await codeOf(wide(70_000))).toBe('LIMIT_EXCEEDED')
  })
})

describe('a search', () => {
  const texts = ({ points, ...contact }: ModelContact) =>
    [
      `${contact['displayName']} ${contact['givenName']} ${contact['familyName']}`,
      String(contact['organisation']),
      ...points.map((point) => String(point['value'])),
    ].map(fold)

  test('finds what has each word somewhere, taken literally', async () => {
    const words = fc.array(fc.constantFrom(...values, 'nn', 'brien', 'ü', 'drop'), { maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(words, async (parts) => {
        const search = parts.join(' ')
        const each = search.split(/\s+/).filter(Boolean).map(fold)
        expect(await found({ search })).toEqual(
          expected((contact) => each.every((word) => texts(contact).some((text) => text.includes(word)))),
        )
      }),
      { numRuns: 100 },
    )
  })
})

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fieldsOf } from '../contacts/lists-support.ts'
import { compareValues, definitions, filtersOf, fulfils, type KindModel, kinds, type Value } from './model.ts'
import { type FieldOffice, openFieldOffice } from './support.ts'

let office: FieldOffice
beforeAll(async () => {
  office = await openFieldOffice()
})
afterAll(() => office.close())

let count = 0

test('whatever the definition, what is accepted reads back equal and typed, and what is refused names the field', async () => {
  let accepted = 0
  let refused = 0
  await fc.assert(
    fc.asyncProperty(definitions, async ({ model, more, sensitive, values, strange }) => {
      const key = `p${count++}`
      await office.define({ key, kind: model.kind, sensitive, ...more })
      for (const value of [...values, ...strange]) {
        const expected = model.expected(value, more)
        const input = [{ key, value: { [model.member]: value } }]
        if (expected === 'refused') {
          expect([value, fieldsOf(await office.failMake(input))]).toEqual([value, [`customFields.${key}`]])
          refused++
        } else {
          const found = await office.value(await office.make(input), key)
          expect([value, found]).toEqual([value, expected === null ? null : expected])
          accepted++
        }
      }
    }),
    { numRuns: 60 },
  )
  expect(accepted).toBeGreaterThan(60)
  expect(refused).toBeGreaterThan(30)
}, 120_000)

describe.each(Object.values(kinds).filter(({ filters }) => filters))('of the kind $kind', (model: KindModel) => {
  const key = `f_${model.kind.toLowerCase()}`
  let known: { id: string; value: Value | null }[]

  beforeAll(async () => {
    await office.define({ key, kind: model.kind, ...model.more })
    known = []
    for (const value of [...fc.sample(model.planted ?? model.values, { numRuns: 14, seed: 11 }), null, null]) {
      const fields = value === null ? [] : [{ key, value: { [model.member]: value } }]
      const id = await office.make(fields, { tags: [key] })
      known.push({ id, value: value === null ? null : model.kept(value) })
    }
  })

  const list = async (more: object) => {
    const query = `query ($filter: ContactFilter, $orderBy: [ContactOrder!], $first: Int, $after: String) {
      contacts(filter: $filter, orderBy: $orderBy, first: $first, after: $after) { edges { node { id } } pageInfo { endCursor hasNextPage } } }`
    const { contacts } = await office.ask(query, more)
    return {
      ids: contacts.edges.map(({ node }: { node: { id: string } }) => node.id) as string[],
      ...contacts.pageInfo,
    }
  }

  test('filters find what a simple model finds', async () => {
    const sizes = new Set<number>()
    await fc.assert(
      fc.asyncProperty(filtersOf(model), fc.boolean(), async (is, negated) => {
        const condition = { customFields: [{ key, is }] }
        const filter = { tags: { hasAll: [key] }, ...(negated ? { not: condition } : condition) }
        const expected = known.filter(({ value }) => fulfils(model, value, is) !== negated).map(({ id }) => id)
        const { ids } = await list({ filter, first: 100 })
        sizes.add(ids.length)
        expect(ids.toSorted()).toEqual(expected.toSorted())
      }),
      { numRuns: 60 },
    )
    expect(sizes.size).toBeGreaterThan(2)
  })

  test.runIf(model.sorts)('sorting is that of a simple model, page by page', async () => {
    for (const direction of ['ASC', 'DESC']) {
      const orderBy = [{ customField: { key, direction } }]
      const paged: string[] = []
      let after: string | null = null
      for (let more = true; more; ) {
        const page = await list({ filter: { tags: { hasAll: [key] } }, orderBy, first: 3, ...(after && { after }) })
        paged.push(...page.ids)
        after = page.endCursor
        more = page.hasNextPage
      }
      expect(new Set(paged)).toEqual(new Set(known.map(({ id }) => id)))
      const inOrder = paged.map((id) => known.find((one) => one.id === id)?.value ?? null)
      for (let index = 1; index < inOrder.length; index++) {
        const [before = null, next = null] = [inOrder[index - 1], inOrder[index]]
        expect(compareValues(model, before, next, direction === 'DESC')).toBeLessThanOrEqual(0)
      }
    }
  })
})

test('of twenty who write the same unique value at once, one has it', async () => {
  await office.define({ key: 'single', kind: 'TEXT', unique: true })
  const token = await office.signIn()
  for (let round = 0; round < 5; round++) {
    const input = { givenName: 'Twin', customFields: [{ key: 'single', value: { text: `S${round}` } }] }
    const create = 'mutation ($input: CreateContactInput!) { createContact(input: $input) { id } }'
    const answers = await Promise.all(Array.from({ length: 20 }, () => office.graphql(create, { input }, token)))
    expect(answers.filter(({ errors }) => !errors)).toHaveLength(1)
    for (const { errors } of answers) {
      if (errors) expect(fieldsOf(errors[0].extensions)).toEqual(['customFields.single'])
    }
    const winner = answers.find(({ errors }) => !errors)?.data.createContact.id
    // Emptied, it is there for others again, and once more for one alone.
    await office.fill(winner, [{ key: 'single', value: null }])
    const again = await Promise.all(Array.from({ length: 20 }, () => office.graphql(create, { input }, token)))
    expect(again.filter(({ errors }) => !errors)).toHaveLength(1)
  }
  const rows = await office.database.contact.findMany({ where: { givenName: 'Twin' } })
  const held = rows.flatMap(({ customFields }) => Object(customFields).single ?? [])
  expect(held.toSorted()).toEqual(['S0', 'S1', 'S2', 'S3', 'S4'])
}, 120_000)

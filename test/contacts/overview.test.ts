import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rightsOf } from '../../src/graphql/auth/rights.ts'
import { modules } from '../../src/modules/index.ts'
import { type Desk, openDesk } from '../orders/support.ts'

let desk: Desk
let contactId: string
beforeAll(async () => {
  desk = await openDesk()
  contactId = await desk.contact()
  await desk.order(contactId, { number: 'O-1', placedAt: '2026-01-01T00:00:00Z' })
  await desk.order(contactId, { number: 'O-3', placedAt: '2026-03-03T00:00:00Z' })
  await desk.order(contactId, { number: 'O-2', placedAt: '2026-02-02T00:00:00Z' })
  for (let index = 0; index < 5; index++) await desk.order(await desk.contact())
})
afterAll(() => desk.close())

const query = (args = '') =>
  `query ($id: ID!) { contact(id: $id) { overview${args} { category count newest { at kind title } } } }`

test('tells how many records there are in each category, and of the newest', async () => {
  const { contact } = await desk.ask(query(), { id: contactId })
  const declared = modules.flatMap(({ overview }) => overview ?? [])
  expect(contact.overview.map(({ category }: { category: string }) => category)).toHaveLength(declared.length)
  expect(contact.overview).toContainEqual({
    ...{ category: 'ORDERS', count: 3 },
    newest: { at: '2026-03-03T00:00:00.000Z', kind: 'placed', title: 'O-3' },
  })
  expect(contact.overview).toContainEqual({ category: 'REQUESTS', count: 0, newest: null })
  const few = await desk.ask(query('(categories: [ORDERS])'), { id: contactId })
  expect(few.contact.overview).toHaveLength(1)
})

test('leaves out what the caller may not read, without a word', async () => {
  const { key: client } = await desk.program('Shop', ['contacts.contact', 'orders.orders'])
  const { data, errors } = await desk.send(query(), { id: contactId }, client)
  expect(errors).toBeUndefined()
  expect(data.contact.overview.map(({ category }: { category: string }) => category)).toEqual(['ORDERS'])
  const none = await desk.send(query('(categories: [MAILS])'), { id: contactId }, client)
  expect(none.data.contact.overview).toEqual([])
})

test('takes one statement a category that is asked for, for however many contacts', async () => {
  const ask = async (first: number, categories: string) => {
    const list = `{ contacts(first: ${first}) { edges { node { id overview(categories: [${categories}]) { count } } } } }`
    const { data, statements } = await desk.counting(list)
    expect(data.contacts.edges).toHaveLength(first)
    return statements
  }
  const none = await ask(6, '')
  expect(await ask(6, 'ORDERS')).toBe(none + 1)
  expect(await ask(2, 'ORDERS, DOCUMENTS')).toBe(none + 2)
  expect(await ask(6, 'ORDERS, DOCUMENTS')).toBe(none + 2)
})

test('finds every category by an index, however much there is of others', async () => {
  const parts = modules.flatMap(({ overview }) => overview ?? [])
  expect(parts.length).toBeGreaterThanOrEqual(7)
  const context = { ...desk.work, requestId: randomUUID(), rights: rightsOf([]) }
  for (const { category, from, where, newestFirst } of parts) {
    const condition = typeof where === 'function' ? where(context) : where
    const plan = await desk.planOf(from, condition, newestFirst)
    expect([category, plan]).toEqual([category, expect.not.stringContaining('Seq Scan')])
  }
})

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPeople } from '../identity/access-support.ts'
import { giveBasis, prepareBases, tellingBases } from '../support/basis.ts'
import { type Desk, openDesk } from './support.ts'

// Who is bound to purposes, and what is kept about contacts beside them: orders, documents, notices to recipients, the overview.

let desk: Desk
let bound: string
const seen = { contact: '', document: '' }
const hidden = { contact: '', document: '', order: '', invoice: '' }
const secret = /zqhidden|H-\d/i

beforeAll(async () => {
  desk = await openDesk({}, [tellingBases])
  await prepareBases(desk.config.databaseUrl ?? '')
  bound = (await createPeople(desk.work).person({ '*': 'rw' }, { purposes: ['newsletter'] })).token
  seen.contact = await desk.contact({ givenName: 'Seen' })
  hidden.contact = await desk.contact({ givenName: 'Zqhidden' })
  await giveBasis(desk.database, 'newsletter', desk.uuid(seen.contact))
  const line = { description: 'Zqhidden cup', articleNumber: 'ZQHIDDEN', quantity: '1', unitPrice: '77' }
  for (const [number, placedAt] of [
    ['H-0', '2026-01-01T00:00:00Z'],
    ['H-9', '2026-09-09T00:00:00Z'],
  ])
    hidden.order = (await desk.order(hidden.contact, { number, placedAt, lines: [line], notes: 'Zqhidden' })).id
  await desk.order(seen.contact, { number: 'S-1', placedAt: '2026-05-05T00:00:00Z' })
  seen.document = await desk.document('invoice', seen.contact)
  hidden.document = await desk.document('invoice', hidden.contact)
  const title = { id: hidden.document, version: 1, title: 'Zqhidden invoice' }
  await desk.ask('mutation ($i: UpdateDocumentInput!) { updateDocument(input: $i) { id } }', { i: title })
  for (const contact of [seen.contact, hidden.contact]) {
    const notice = { contactId: desk.uuid(contact), id: randomUUID(), kind: 'rectified', fields: ['email'] }
    const recipient = contact === seen.contact ? 'Shop' : 'Zqhidden shop'
    await desk.transact((tx) => tx.recipientNotice.create({ data: { ...notice, recipient, changedAt: new Date() } }))
  }
}, 60_000)
afterAll(() => desk?.close())

const asBound = async (query: string, variables: object = {}) => {
  const { data, errors } = await desk.send(query, variables, bound)
  return { data, errors: errors?.map(({ message, extensions }) => [message, extensions.code, extensions.faults]) }
}

test('what lies with contacts that one doesn’t see is in no list, no count, no filter and no page', async () => {
  const orders = 'edges { node { number total lines { description } } } pageInfo { hasNextPage hasPreviousPage }'
  const nobodys = { edges: [], pageInfo: { hasNextPage: false, hasPreviousPage: false } }
  for (const filter of [
    'number: "H-0"',
    `contact: "${hidden.contact}"`,
    'articleNumber: "ZQHIDDEN"',
    'totalFrom: "50"',
    'placedUntil: "2026-02-01T00:00:00Z"',
    'placedFrom: "2026-06-01T00:00:00Z"',
  ])
    expect(await asBound(`{ orders(filter: { ${filter} }) { ${orders} } }`)).toEqual({ data: { orders: nobodys } })
  // Others lie before and after it.
  const { data } = await asBound(`{
    orders(first: 1) { edges { cursor } ${orders} }
    recipientNotices { edges { node { recipient } } }
    documents { edges { node { id title contactCount } } }
    documentCount
    contacts(first: 50) { totalCount edges { node { id overview { category count newest { id title } } } } } }`)
  expect(JSON.stringify(data)).not.toMatch(secret)
  expect(data.orders).toMatchObject({
    ...{ edges: [{ node: { number: 'S-1' } }], pageInfo: { hasNextPage: false, hasPreviousPage: false } },
  })
  expect(data.recipientNotices.edges).toEqual([{ node: { recipient: 'Shop' } }])
  expect(data.documents.edges).toEqual([{ node: { id: seen.document, title: 'Invoice', contactCount: 1 } }])
  expect(data.documentCount).toBe(1)
  expect(data.contacts.edges.map(({ node }: { node: { id: string } }) => node.id)).toEqual([seen.contact])
  const counts = data.contacts.edges[0].node.overview
  expect(counts).toContainEqual({ category: 'ORDERS', count: 1, newest: { id: expect.any(String), title: 'S-1' } })
  expect(counts).toContainEqual({ category: 'DOCUMENTS', count: 1, newest: { id: seen.document, title: 'Invoice' } })
  const { edges } = data.orders
  for (const [direction, cursor] of [
    ['first: 5, after', edges[0].cursor],
    ['last: 5, before', edges[0].cursor],
  ])
    expect(
      (await asBound(`{ orders(${direction}: "${cursor}") { edges { node { number } } } }`)).data.orders.edges,
    ).toEqual([])
  expect(
    (await asBound('{ documents(filter: { title: "zqhidden" }) { edges { node { id } } } }')).data.documents.edges,
  ).toEqual([])
  const overview = 'query ($id: ID!) { contact(id: $id) { overview { count } } }'
  expect(await asBound(overview, { id: hidden.contact })).toEqual({ data: { contact: null } })
})

test('what is hidden is refused as what is not there, in the same words', async () => {
  const nobody = Buffer.from(`Contact:${randomUUID()}`).toString('base64')
  const line = { description: 'Cup', quantity: '1', unitPrice: '1' }
  const attempts = (contactId: string, id: string, document: string): [string, object][] => [
    [
      'mutation ($i: CreateOrderInput!) { createOrder(input: $i) { id } }',
      { i: { contactId, number: 'new', currency: 'EUR', lines: [line] } },
    ],
    ['mutation ($i: UpdateOrderInput!) { updateOrder(input: $i) { id } }', { i: { contactId, id, version: 7 } }],
    ['mutation ($o: OrderVersionInput!) { deleteOrder(order: $o) }', { o: { contactId, id, version: 7 } }],
    [
      'mutation ($o: OrderVersionInput!) { changeOrderStatus(order: $o, status: CONFIRMED) { id } }',
      { o: { contactId, id, version: 7 } },
    ],
    [
      'mutation ($o: OrderVersionInput!, $d: ID!) { attachInvoice(order: $o, documentId: $d) { id } }',
      { o: { contactId, id, version: 7 }, d: document },
    ],
    ['mutation ($d: ID!) { deleteDocument(id: $d, version: 7) }', { d: document }],
    [
      'mutation ($c: ID!, $d: ID!) { linkDocument(document: $d, contact: $c) { id } }',
      { c: seen.contact, d: document },
    ],
    [
      'mutation ($c: ID!, $n: ID!) { recordRecipientTold(contactId: $c, id: $n, how: "letter") { id } }',
      { c: contactId, n: id },
    ],
  ]
  const absent = attempts(nobody, randomUUID(), randomUUID())
  for (const [index, [query, variables]] of attempts(hidden.contact, hidden.order, hidden.document).entries()) {
    const { errors } = await asBound(query, variables)
    expect([query, errors?.[0]?.[1]]).toEqual([query, 'NOT_FOUND'])
    expect([query, errors]).toEqual([query, (await asBound(...(absent[index] ?? ['', {}]))).errors])
  }
  const importing = 'mutation { importOrders(input: { format: JSONL, source: "shop", content: "" }) { created } }'
  expect((await asBound(importing)).errors?.[0]?.[1]).toBe('FORBIDDEN')
})

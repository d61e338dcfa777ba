import { once } from 'node:events'
import { request } from 'node:https'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { recipients } from '../../src/modules/recipients/index.ts'
import { type Office, openOffice } from './support.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
type Data = any

let office: Office
let desk: Office['desk']
let shop: Awaited<ReturnType<Office['desk']['program']>>
let deaf: typeof shop

beforeAll(async () => {
  office = await openOffice()
  ;({ desk } = office)
  const rights = ['contacts.*', 'orders.*', 'calendar.*', 'documents.*', 'fields.*']
  shop = await desk.program('Shop', rights)
  deaf = await desk.program('Deaf', rights)
  await office.endpoint(shop.id, '/hook')
}, 60_000)
beforeEach(async () => {
  office.partner.behave(() => 'ok')
  await office.tell()
})
afterAll(() => office?.close())

const told = async (id: string): Promise<Data[]> => {
  await office.look()
  await office.tell()
  return office.notices(id)
}

/** A real request, with a body if it brings a file. Returns the status. */
async function send(url: string, key: string, body?: string): Promise<number> {
  const headers = { authorization: `Bearer ${key}`, ...(body && { 'content-length': String(body.length) }) }
  const method = body ? 'POST' : 'GET'
  const sent = request(url.replace(/^https:\/\/[^/]+/, desk.url), { method, headers, ca: desk.ca })
  const answered = once(sent, 'response')
  sent.end(body)
  const [response] = await answered
  response.resume()
  return response.statusCode
}

const rectified = (record: string, fields: string[]) => ({
  kind: 'rectified',
  recipient: 'Shop',
  state: 'TOLD',
  record,
  fields,
})

describe('who read an order', () => {
  const look = (id: string, fields: string, key = shop.key) =>
    office.read(id, `orders { edges { node { id ${fields} } } }`, key)

  test('is told when it is corrected, of that order and of what they read; not of how it goes on', async () => {
    const id = await office.contact()
    const [order, other] = [await desk.order(id), await desk.order(id)]
    await desk.send(
      'query ($n: String!) { orders(filter: { number: $n }) { edges { node { number lines { description } } } } }',
      { n: order.number },
      shop.key,
    )
    await desk.send('mutation ($o: OrderVersionInput!) { changeOrderStatus(order: $o, status: CONFIRMED) { id } }', {
      o: { contactId: id, id: order.id, version: 1 },
    })
    const line = { description: 'Mug', quantity: '1', unitPrice: '10', taxRate: '19' }
    await desk.update({ contactId: id, id: order.id, version: 2, lines: [line], billingAddress: { city: 'Bonn' } })
    await desk.update({ contactId: id, id: other.id, version: 1, lines: [line] })
    expect(await told(id)).toMatchObject([rectified(order.id, ['Order.lines'])])
    const body = office.messagesOf(id)[0]?.body
    expect(body).toMatchObject({
      type: 'contact.rectified',
      data: { record: order.id, fields: ['Order.lines'], values: {} },
    })
    expect(JSON.stringify(body)).not.toContain('Mug')
  })

  test('or brought it is told, also when it is gone; who only added something is told of nothing', async () => {
    const id = await office.contact()
    const line = { description: 'Cup', quantity: '1', unitPrice: '10' }
    const input = { contactId: id, number: 'brought-1', currency: 'EUR', lines: [line] }
    const creation = 'mutation ($input: CreateOrderInput!) { createOrder(input: $input) { id } }'
    const { createOrder } = (await desk.send(creation, { input }, shop.key)).data
    await look(id, 'number', deaf.key)
    await desk.update({ contactId: id, id: createOrder.id, version: 1, billingAddress: { city: 'Bonn' } })
    expect(await told(id)).toEqual([])
    await desk.remove({ contactId: id, id: createOrder.id, version: 2 })
    const notices = await told(id)
    expect(notices).toMatchObject([
      { recipient: 'Shop', record: createOrder.id, state: 'TOLD' },
      { recipient: 'Deaf', record: createOrder.id, state: 'OPEN', fields: ['Order.number'] },
    ])
    expect(notices[0].fields).toEqual(expect.arrayContaining(['Order.lines', 'Order.number', 'Order.total']))
  })
})

describe('who read an appointment', () => {
  const usual = { title: 'Talk', begin: '2026-03-27T09:00', end: '2026-03-27T10:00', timeZone: 'Europe/Berlin' }
  const enter = async (contacts: string[]): Promise<Data> =>
    (
      await desk.ask('mutation ($input: CreateAppointmentInput!) { createAppointment(input: $input) { id } }', {
        input: { ...usual, contacts: contacts.map((contactId) => ({ contactId })) },
      })
    ).createAppointment
  const change = (input: object) =>
    desk.ask('mutation ($input: UpdateAppointmentInput!) { updateAppointment(input: $input) { id } }', { input })

  test('is told when it moves or is called otherwise, about each contact of whom they read it', async () => {
    const [ida, eva] = [await office.contact(), await office.contact()]
    const { id } = await enter([ida, eva])
    await desk.send('query ($id: ID!) { appointment(id: $id) { begin title } }', { id }, shop.key)
    await change({ id, version: 1, begin: '2026-03-27T11:00', end: '2026-03-27T12:00', title: 'Long talk' })
    for (const contact of [ida, eva])
      expect(await told(contact)).toMatchObject([rectified(id, ['Appointment.begin', 'Appointment.title'])])
    await desk.ask('mutation ($input: AppointmentTargetInput!) { deleteAppointment(input: $input) }', {
      input: { id, version: 2 },
    })
    expect((await told(ida)).map(({ fields }) => fields)).toContainEqual(['Appointment.begin', 'Appointment.title'])
    expect(await office.notices(ida)).toHaveLength(2)
  })

  test('as a file is told, too, and of the names that stood in it', async () => {
    const ida = await office.contact()
    const { id } = await enter([ida])
    const { data } = await desk.send('query ($id: ID!) { iCalendar(contact: $id) }', { id: ida }, shop.key)
    expect(data.iCalendar).toContain('Ida Old')
    await change({ id, version: 1, place: 'Room 1' })
    await office.rename(ida)
    expect(await told(ida)).toMatchObject([{ fields: ['displayName'], record: null }])
    await change({ id, version: 2, place: 'Room 2' })
    expect((await told(ida))[1]).toMatchObject({ record: id, fields: ['Appointment.place'] })
  })
})

test('who downloaded a document is told of its next version, and when it turns out to be another person’s', async () => {
  const [ida, eva] = [await office.contact(), await office.contact()]
  const id = await desk.document('contract', ida)
  await desk.ask('mutation ($d: ID!, $c: ID!) { linkDocument(document: $d, contact: $c) { id } }', { d: id, c: eva })
  const query = 'query ($id: ID!) { document(id: $id) { title version versions { number url } } }'
  const { data } = await desk.send(query, { id }, shop.key)
  expect(await send(data.document.versions[0].url, shop.key)).toBe(200)
  const announced =
    'mutation ($d: ID!) { createDocumentVersionUpload(document: $d, mediaType: "application/pdf") { url } }'
  const { createDocumentVersionUpload } = await desk.ask(announced, { d: id })
  expect(await send(createDocumentVersionUpload.url, desk.token, '%PDF-1.7\n% two\n%%EOF\n')).toBe(201)
  for (const contact of [ida, eva]) expect(await told(contact)).toMatchObject([rectified(id, ['Document.content'])])
  await desk.ask('mutation ($d: ID!, $c: ID!) { unlinkDocument(document: $d, contact: $c) { id } }', { d: id, c: eva })
  expect((await told(eva))[1]).toMatchObject({ record: id, fields: ['Document.content', 'Document.title'] })
  expect(await office.notices(ida)).toHaveLength(1)
})

test('who read a custom field is told when it is corrected, and not when it is filled for the first time', async () => {
  const retention =
    'key: "kept", names: [{ language: "en", text: "Kept" }], period: "P2Y", start: LAST_CONTACT, action: ERASE'
  await desk.ask(`mutation { createRetentionClass(input: { ${retention} }) { key } }`)
  const labels = [{ language: 'en', text: 'Size' }]
  await desk.ask('mutation ($input: DefineFieldInput!) { defineField(input: $input) { key } }', {
    input: {
      key: 'size',
      kind: 'TEXT',
      partners: 'SEE',
      labels,
      category: 'details',
      purpose: 'newsletter',
      retentionClass: 'kept',
    },
  })
  const id = await office.contact()
  await office.read(id, 'customFields { key }', shop.key)
  await office.rename(id, { customFields: [{ key: 'size', value: { text: 'XL' } }] })
  expect(await told(id)).toEqual([])
  const { data } = await office.read(id, 'customFields { key }', shop.key)
  expect(data.contact.customFields).toEqual([{ key: 'size' }])
  await office.rename(id, { customFields: [{ key: 'size', value: { text: 'M' } }] })
  expect(await told(id)).toMatchObject([{ fields: ['customFields.size'], state: 'TOLD', record: null }])
})

test('whoever has anything is told that processing is restricted, and when it is no longer', async () => {
  const id = await office.contact()
  await desk.order(id)
  await office.read(id, 'orders { edges { node { number } } }', shop.key)
  await office.read(id, 'givenName', deaf.key)
  await desk.ask('mutation ($input: RecordLawfulBasisInput!) { recordLawfulBasis(input: $input) { id } }', {
    input: { contactId: id, purpose: 'newsletter', ground: 'CONTRACT' },
  })
  const receive = 'mutation ($input: ReceiveSubjectRequestInput!) { receiveSubjectRequest(input: $input) { id } }'
  const input = { contactId: id, kinds: ['RESTRICTION'], channel: 'LETTER', statement: 'It is wrong' }
  const [{ id: request }] = (await desk.ask(receive, { input })).receiveSubjectRequest
  await desk.ask('mutation ($id: ID!) { verifyIdentity(id: $id, method: IN_PERSON) { id } }', { id: request })
  expect(await told(id)).toEqual([])
  await desk.ask('mutation ($id: ID!) { fulfilSubjectRequest(id: $id) { id } }', { id: request })
  const names = async () =>
    (await told(id)).map(({ kind, recipient, state }) => `${kind} ${recipient} ${state}`).toSorted()
  const restricted = ['restricted Deaf OPEN', 'restricted Printers Ltd OPEN', 'restricted Shop TOLD']
  expect(await names()).toEqual(restricted)
  expect(office.messagesOf(id).map(({ body }) => Object.keys(body.data))).toEqual([['id', 'contact']])
  const from = new Date(Date.now() + 3_600_000).toISOString()
  const lift =
    'mutation ($id: ID!, $from: DateTime) { liftRestriction(id: $id, reason: "Checked", from: $from) { id } }'
  await desk.ask(lift, { id: request, from })
  expect(await names()).toEqual([
    ...restricted,
    'unrestricted Deaf OPEN',
    'unrestricted Printers Ltd OPEN',
    'unrestricted Shop OPEN',
  ])
  await desk.database.recipientSending.updateMany({ data: { dueAt: new Date() } })
  expect(await names()).toContain('unrestricted Shop TOLD')
  expect(office.messagesOf(id).map(({ body }) => [body.type, body.timestamp])[1]).toEqual([
    'contact.unrestricted',
    from,
  ])
  const disclosed = await desk.disclosed(id, recipients.personalData)
  expect(disclosed.map(({ record }) => record['kind'])).toEqual(expect.arrayContaining(['restricted', 'unrestricted']))
})

describe('a partner with several endpoints', () => {
  let two: typeof shop
  const hooks: string[] = []
  beforeAll(async () => {
    two = await desk.program('Two', ['contacts.*'])
    for (const path of ['/two/a', '/two/b']) hooks.push(await office.endpoint(two.id, path))
  })
  const renamed = async () => {
    const id = await office.contact()
    await office.read(id, 'familyName', two.key)
    await office.rename(id)
    await office.look()
    return id
  }

  test('is told at each, and is told once all have it', async () => {
    const id = await renamed()
    office.partner.behave(({ path }) => (path === '/two/b' ? 'later' : 'ok'))
    await office.tell()
    expect(await office.notices(id)).toMatchObject([{ state: 'OPEN', fault: null }])
    office.partner.behave(() => 'ok')
    await desk.database.recipientSending.updateMany({ data: { dueAt: new Date() } })
    await office.tell()
    expect(office.messagesOf(id).map(({ path, behaviour }) => `${path} ${behaviour}`)).toEqual([
      ...['/two/a ok', '/two/b later', '/two/b ok'],
    ])
    expect(new Set(office.messagesOf(id).map((one) => one.id)).size).toBe(1)
    expect(await office.notices(id)).toMatchObject([{ recipient: 'Two', state: 'TOLD', how: 'webhook' }])
    expect(await desk.database.recipientSending.count()).toBe(0)
  })

  test('is left to staff if one never takes it, which is measured; one that is gone meanwhile is nobody’s', async () => {
    const id = await renamed()
    office.partner.behave(({ path }) => (path === '/two/b' ? 'gone' : 'ok'))
    await office.tell()
    expect(await office.notices(id)).toMatchObject([{ state: 'OPEN', fault: 'HTTP 410' }])
    const page = await (await desk.app.fetch(new Request(`${desk.url}/metrics`))).text()
    expect(page).toMatch(/lethe_queue_given_up\{queue="recipient_notices"\} [1-9]/)
    expect(page).toMatch(/lethe_queue_waiting\{queue="recipient_notices"\} 0\n/)
    expect(page).toMatch(/lethe_recipient_log_behind \d+\n/)
    office.partner.behave(() => 'ok')
    const next = await renamed()
    await desk.ask('mutation ($id: ID!) { deleteWebhook(id: $id) { id } }', { id: hooks[1] })
    await office.tell()
    expect(await office.notices(next)).toMatchObject([{ state: 'TOLD', fault: null }])
  })
})

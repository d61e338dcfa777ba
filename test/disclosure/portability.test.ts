import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ZipFile } from 'yazl'
import { transact } from '../../src/database/transact.ts'
import { insertAppointment } from '../../src/modules/calendar/store.ts'
import { openPackage } from '../../src/modules/disclosure/import/open.ts'
import { takePackage } from '../../src/modules/disclosure/import/take.ts'
import { stageContent } from '../../src/modules/documents/content/stage.ts'
import { addVersion, storeDocument } from '../../src/modules/documents/store.ts'
import { type Data, jsonIn, type Office, openOffice } from './support.ts'

let [here, there]: Office[] = []
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lethe-package-'))
  here = await openOffice()
  there = await openOffice()
})
afterAll(async () => {
  await here?.close()
  await there?.close()
  await rm(folder, { recursive: true, force: true })
})

const person = {
  ...{
    title: 'Dr.',
    givenName: 'Zqida',
    familyName: 'Muster',
    birthDate: '1980-05-06',
    language: 'de',
    jobTitle: 'Zqjob',
  },
  emails: [{ address: 'zqida@example.org', label: 'work', primary: true }, { address: 'zqida@example.com' }],
  phones: [{ number: '+4930123456' }],
  addresses: [{ street: 'Hauptstraße 1', postalCode: '10115', city: 'Berlin', country: 'DE' }],
  messengers: [{ service: 'matrix', handle: '@zqida:example.org' }],
  websites: [{ url: 'https://zqida.example/' }],
}

const statement = {
  fileName: 'x.zip',
  source: 'the person',
  sourceAt: new Date(),
  ground: 'consent',
  groundNote: '',
} as const
const look = `query ($id: ID!) { contact(id: $id) { title givenName familyName birthDate language jobTitle source
  emails { address label primary } phones { number } addresses { street postalCode city country } messengers { service handle }
  websites { url } customFields { key ... on TextFieldValue { text } ... on IntegerFieldValue { integer } ... on FileFieldValue { name content } } } }`

const retentionOf = async ({ database }: Office) => (await database.retentionClass.findFirstOrThrow()).key

const zipped = async (files: ReadonlyMap<string, Buffer>) => {
  const zip = new ZipFile()
  for (const [name, content] of files) zip.addBuffer(content, name)
  zip.end()
  return buffer(zip.outputStream)
}

test('a person moves from one installation to another with all that they gave', async () => {
  if (!here || !there) throw new Error('nothing has started')
  const purpose = 'mutation ($input: CreatePurposeInput!) { createPurpose(input: $input) { key } }'
  for (const office of [here, there]) {
    await office.ask(purpose, {
      input: { key: 'sales', names: [{ language: 'en', text: 'Sales' }], grounds: ['CONSENT'] },
    })
    for (const [key, kind] of [
      ['size', 'TEXT'],
      ['shoes', 'INTEGER'],
      ['proof', 'FILE'],
    ]) {
      await office.ask('mutation ($input: DefineFieldInput!) { defineField(input: $input) { key } }', {
        input: {
          ...{ key, kind, labels: [{ language: 'en', text: key }], contact: 'FILL', sensitive: key === 'size' },
          ...{ category: 'customer data', purpose: 'sales', retentionClass: await retentionOf(office) },
        },
      })
    }
  }
  const contact = await here.contact({
    ...person,
    customFields: [
      { key: 'size', value: { text: 'Zqsize' } },
      { key: 'shoes', value: { integer: 42 } },
      { key: 'proof', value: { file: { name: 'a.txt', mediaType: 'text/plain', content: btoa('Zqproof') } } },
    ],
  })
  const { id, files } = await here.packageOf(contact, { kind: 'PORTABILITY' })
  const path = join(folder, 'whole.zip')
  await writeFile(path, await here.contentsOf(id))
  const keys = await (await here.app.fetch(new Request(`${here.url}/.well-known/jwks.json`))).json()

  const opened = await openPackage(path, keys)
  const work = { ...there.work, requestId: crypto.randomUUID() }
  expect(await takePackage(work, opened, statement)).toMatchObject({ created: 1, rejected: 0, faults: [] })
  // Again: the same person.
  expect(await takePackage(work, opened, statement)).toMatchObject({ created: 0, changed: 0, unchanged: 1 })
  opened.close()
  const { id: arrived } = await there.database.contact.findFirstOrThrow({ where: { givenName: 'Zqida' } })
  const [one, other] = [
    (await here.ask(look, { id: contact })).contact,
    (await there.ask(look, { id: Buffer.from(`Contact:${arrived}`).toString('base64') })).contact,
  ]
  expect(other).toEqual({ ...one, source: 'the person' })

  // Whatever is changed in it is noticed, and who else signed it.
  for (const [name, content] of files) {
    const altered = Buffer.from(content)
    altered.writeUInt8(altered.readUInt8(altered.length >> 1) ^ 1, altered.length >> 1)
    await writeFile(path, await zipped(new Map([...files, [name, altered]])))
    await expect(openPackage(path, keys)).rejects.toThrow()
  }
  await writeFile(path, await zipped(new Map([...files, ['files/more.txt', Buffer.from('more')]])))
  await expect(openPackage(path, keys)).rejects.toThrow('does not know this file')
  await writeFile(path, await zipped(files))
  const others = await (await there.app.fetch(new Request(`${there.url}/.well-known/jwks.json`))).json()
  await expect(openPackage(path, others)).rejects.toThrow('None of these keys')
  ;(await openPackage(path)).close()
})

/** What somebody has besides, here. */
async function relate(office: Office, contactId: string) {
  const lines = [{ articleNumber: 'Zq-1', description: 'Zqarticle', quantity: '2', unitPrice: '9.90', taxRate: '19' }]
  const ordered = async (number: string) => {
    const input = {
      ...{ contactId, source: 'shop', number, placedAt: '2026-01-02T10:00:00Z', currency: 'EUR', lines },
      ...{ notes: 'Zqours', shippingAddress: { street: 'Zqstreet 1', city: 'Berlin', country: 'DE' } },
    }
    const query = 'mutation ($input: CreateOrderInput!) { createOrder(input: $input) { id } }'
    return (await office.ask(query, { input })).createOrder.id
  }
  const other = await office.contact({ givenName: 'Zqother', emails: [{ address: 'zqother@example.org' }] })
  for (const input of [
    { title: 'Zqseries', rule: 'FREQ=WEEKLY;COUNT=3', contacts: [{ contactId }] },
    { title: 'Zqtogether', contacts: [{ contactId }, { contactId: other }] },
  ]) {
    const when = { begin: '2026-05-06T10:00', end: '2026-05-06T11:00', timeZone: 'Europe/Berlin' }
    await office.ask('mutation ($input: CreateAppointmentInput!) { createAppointment(input: $input) { __typename } }', {
      input: { ...when, ...input },
    })
  }
  const context = { ...office.work, requestId: crypto.randomUUID() }
  const stage = (text: string, contentKey?: Uint8Array) =>
    stageContent(context, {
      content: (async function* () {
        yield Buffer.from(text)
      })(),
      ...(contentKey && { contentKey }),
    })
  const staged = await stage('Zqfirst version')
  const further = await stage('Zqsecond version', staged.contentKey)
  await transact(context, 'storeDocument', async (tx) => {
    const draft = { title: 'Zqdocument', typeKey: 'contract', personal: 'linked' as const, staged }
    const { id } = await storeDocument(tx, context, { ...draft, contacts: [office.uuid(contactId)] })
    await addVersion(tx, context, { documentId: id, staged: further })
  })
  const attach =
    'mutation ($o: OrderVersionInput!, $d: ID!, $at: DateTime) { attachInvoice(order: $o, documentId: $d, invoicedAt: $at) { id } }'
  const change =
    'mutation ($o: OrderVersionInput!, $s: OrderStatus!) { changeOrderStatus(order: $o, status: $s) { id } }'
  for (const [number, states] of [
    ['4711', ['CONFIRMED', 'FULFILLED']],
    ['4712', ['CANCELLED']],
  ] as const) {
    const order = { contactId, id: await ordered(number) }
    const invoice = await stage(`%PDF-1.7\nZqinvoice ${number}\n`)
    const documentId = await transact(context, 'storeDocument', async (tx) => {
      const draft = { title: `Zqinvoice ${number}`, typeKey: 'invoice', personal: 'linked' as const, staged: invoice }
      return (await storeDocument(tx, context, { ...draft, contacts: [office.uuid(contactId)] })).id
    })
    await office.ask(attach, { o: { ...order, version: 1 }, d: documentId, at: '2026-01-03T10:00:00Z' })
    for (const [version, s] of states.entries()) await office.ask(change, { o: { ...order, version: version + 2 }, s })
  }
}

test('orders, appointments and documents come along, once, and nobody else does', async () => {
  if (!here || !there) throw new Error('nothing has started')
  const contact = await here.contact({ givenName: 'Zqrelated', emails: [{ address: 'zqrelated@example.org' }] })
  await relate(here, contact)
  const path = join(folder, 'related.zip')
  const taking = async (id: string) => {
    await writeFile(path, await (here as Office).contentsOf(id))
    const opened = await openPackage(path)
    try {
      return await takePackage({ ...(there as Office).work, requestId: crypto.randomUUID() }, opened, statement)
    } finally {
      opened.close()
    }
  }
  const { id, files } = await here.packageOf(contact)
  const none = { created: 0, known: 0 }
  // Somebody else has an appointment there which the package says is theirs.
  const mine = jsonIn(files, 'data.json').data.appointment.find(({ record }: Data) => record.title === 'Zqtogether')
  const stranger = await there.contact({ givenName: 'Zqstranger' })
  const [uid, name] = [mine.record.uid, 'importAppointments']
  await transact({ ...there.work, requestId: crypto.randomUUID() }, name, async (tx) => {
    const draft = {
      ...{
        begin: '2026-05-06T10:00:00',
        end: '2026-05-06T11:00:00',
        timeZone: 'Europe/Berlin',
        rule: '',
        dates: [],
        exceptions: [],
      },
      ...{ title: 'Zqtheirs', place: '', description: '', guests: [], status: 'confirmed' as const, staff: [] },
      contacts: [
        { contactId: (there as Office).uuid(stranger), role: 'required' as const, participation: 'accepted' as const },
      ],
    }
    await insertAppointment(tx, { ...(there as Office).work, requestId: 'x' }, draft, {
      uid,
      instanceOf: null,
      sequence: 0,
    })
  })

  const first = await taking(id)
  expect(first).toMatchObject({
    created: 1,
    related: {
      orders: { created: 2, known: 0 },
      appointments: { created: 1, known: 0 },
      documents: { created: 3, known: 0 },
    },
    faults: [
      { field: expect.stringMatching(/^appointment \d$/), message: expect.stringContaining('others take part') },
    ],
  })
  expect(Object.keys(first.left)).toContain('auditEntry')
  const second = await taking(id)
  expect(second).toMatchObject({
    unchanged: 1,
    related: {
      orders: { created: 0, known: 2 },
      appointments: { created: 0, known: 1 },
      documents: { created: 0, known: 3 },
    },
  })

  const { id: arrived } = await there.database.contact.findFirstOrThrow({ where: { givenName: 'Zqrelated' } })
  expect(await there.database.contact.count({ where: { givenName: 'Zqother' } })).toBe(0)
  const { files: again } = await there.packageOf(Buffer.from(`Contact:${arrived}`).toString('base64'))
  const [before, after] = [files, again].map((some) => jsonIn(some, 'data.json').data)
  const invoiceOf = (number: string) =>
    after.document.find(({ record }: Data) => record.title === `Zqinvoice ${number}`).record.id
  expect(after.order[1].record).toMatchObject({ number: '4712', status: 'cancelled', invoices: [invoiceOf('4712')] })
  expect(after.order[0].record).toMatchObject({
    ...{ number: '4711', source: 'shop (the person)', total: before.order[0].record.total, notes: '' },
    ...{ status: 'fulfilled', invoicedAt: '2026-01-03T10:00:00.000Z', retainedUntil: '2034-12-31' },
    invoices: [invoiceOf('4711')],
    lines: before.order[0].record.lines,
    shippingAddress: before.order[0].record.shippingAddress,
  })
  const { record: series } = after.appointment[0]
  expect(after.appointment).toHaveLength(1)
  expect(series).toMatchObject({
    ...{ title: 'Zqseries', rule: 'FREQ=WEEKLY;COUNT=3', begin: '2026-05-06T10:00:00', timeZone: 'Europe/Berlin' },
    otherParticipants: { contacts: 0, staff: 0, guests: false },
  })
  expect(after.document[0].record.versions.map(({ sha256 }: Data) => sha256)).toEqual(
    before.document[0].record.versions.map(({ sha256 }: Data) => sha256),
  )
  expect(after.document[0].files.map((file: string) => String(again.get(file)))).toEqual([
    'Zqfirst version',
    'Zqsecond version',
  ])

  // What the person gave has their orders; appointments and documents are others' to give.
  const { id: portable } = await here.packageOf(contact, { kind: 'PORTABILITY' })
  expect(await taking(portable)).toMatchObject({
    related: { orders: { created: 0, known: 2 }, appointments: none, documents: none },
    faults: [],
  })
})

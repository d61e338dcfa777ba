import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { uuidOf } from '../../src/graphql/ids.ts'
import { producePackage } from '../../src/modules/disclosure/produce.ts'
import { packageWork } from '../../src/modules/disclosure/queue.ts'
import { stageContent } from '../../src/modules/documents/content/stage.ts'
import { storeDocument } from '../../src/modules/documents/store.ts'
import { receiveRequest } from '../../src/modules/requests/steps.ts'
import { type Data, jsonIn, type Office, openOffice, unzip } from './support.ts'

let office: Office
beforeAll(async () => {
  office = await openOffice()
})
afterAll(() => office.close())

const context = () => ({ ...office.work, requestId: randomUUID() })

async function merge(targetId: string, ...sourceIds: string[]): Promise<string> {
  const { contact } = await office.ask('query ($id: ID!) { contact(id: $id) { version } }', { id: targetId })
  const { mergeContacts } = await office.ask(
    'mutation ($input: MergeContactsInput!) { mergeContacts(input: $input) { merges { id } } }',
    { input: { targetId, version: contact.version, sourceIds } },
  )
  return mergeContacts.merges.at(-1).id
}

const undo = (targetId: string, mergeId: string) =>
  office.ask(
    'mutation ($targetId: ID!, $mergeId: ID!) { undoMerge(targetId: $targetId, mergeId: $mergeId) { __typename } }',
    {
      targetId,
      mergeId,
    },
  )

/** A contact with something of each kind that a merge copies or leaves; `mark` is in all of it. */
async function furnished(mark: string) {
  const id = await office.contact({
    ...{ givenName: `Zq${mark}`, familyName: 'Zqshared' },
    emails: [{ address: `zq${mark}@example.org` }, { address: 'zqshared@example.org' }],
    customFields: [{ key: 'size', value: { text: 'Zqsize' } }],
  })
  await office.ask(`mutation ($input: CreateOrderInput!) { createOrder(input: $input) { __typename } }`, {
    input: {
      ...{
        contactId: id,
        source: 'shop',
        number: `Zqorder-${mark}`,
        placedAt: '2026-01-02T10:00:00Z',
        currency: 'EUR',
      },
      lines: [{ description: `Zqarticle-${mark}`, quantity: '1', unitPrice: '2.00' }],
    },
  })
  await office.ask('mutation ($input: CreateAppointmentInput!) { createAppointment(input: $input) { __typename } }', {
    input: {
      ...{
        title: `Zqappointment-${mark}`,
        begin: '2026-05-06T10:00',
        end: '2026-05-06T11:00',
        timeZone: 'Europe/Berlin',
      },
      contacts: [{ contactId: id }],
    },
  })
  await document([id], `Zqdocument-${mark}`)
  return id
}

async function document(contacts: readonly string[], title: string) {
  const staged = await stageContent(context(), {
    content: (async function* () {
      yield Buffer.from(`Zqcontent of ${title}`)
    })(),
  })
  await transact(context(), 'storeDocument', (tx) =>
    storeDocument(tx, context(), {
      ...{ title, typeKey: 'other', personal: 'linked', staged },
      contacts: contacts.map((id) => office.uuid(id)),
    }),
  )
}

const marks = (data: Data, kind: string, field: string): string[] =>
  (data[kind] ?? []).map(({ record }: Data) => record[field]).toSorted()

test('what is held with contacts that were merged into one is in its package, once each', async () => {
  await office.ask('mutation ($input: CreatePurposeInput!) { createPurpose(input: $input) { key } }', {
    input: { key: 'sales', names: [{ language: 'en', text: 'Sales' }], grounds: ['CONSENT'] },
  })
  await office.ask('mutation ($input: DefineFieldInput!) { defineField(input: $input) { key } }', {
    input: {
      ...{
        key: 'size',
        kind: 'TEXT',
        labels: [{ language: 'en', text: 'Size' }],
        contact: 'FILL',
        category: 'customer data',
      },
      ...{ purpose: 'sales', retentionClass: (await office.database.retentionClass.findFirstOrThrow()).key },
    },
  })
  const [one, two, three] = [await furnished('one'), await furnished('two'), await furnished('three')]
  await document([one, two, three], 'Zqdocument-all')
  // A chain, since merged contacts may be merged.
  await merge(two, three)
  await merge(one, two)
  const { files } = await office.packageOf(one)
  const { data } = jsonIn(files, 'data.json')
  const each = (word: string) => ['one', 'three', 'two'].map((mark) => `${word}${mark}`)
  expect(marks(data, 'contact', 'givenName')).toEqual(each('Zq'))
  expect(marks(data, 'contactPoint', 'value')).toEqual(
    [...each('zq').map((name) => `${name}@example.org`), 'zqshared@example.org'].toSorted(),
  )
  expect(marks(data, 'customField', 'value')).toEqual(['Zqsize'])
  expect(marks(data, 'order', 'number')).toEqual(each('Zqorder-'))
  expect(marks(data, 'appointment', 'title')).toEqual(each('Zqappointment-'))
  expect(marks(data, 'document', 'title')).toEqual(['Zqdocument-all', ...each('Zqdocument-')])
  const calendars = [...files].filter(([path]) => path.endsWith('.ics')).map(([, content]) => content.toString())
  for (const name of each('Zqappointment-')) expect(calendars.join('').split(name)).toHaveLength(2)
  const contents = [...files]
    .filter(([path]) => path.startsWith('files/document/'))
    .map(([, content]) => String(content))
  expect(contents.toSorted()).toEqual(['Zqcontent of Zqdocument-all', ...each('Zqcontent of Zqdocument-')])
  // The log of each of them.
  const created = data.auditEntry.filter(
    ({ record }: Data) => record.operation === 'createContact' && record.entity === 'Contact',
  )
  expect(created).toHaveLength(3)
})

test('of a contact merged meanwhile, the package is made of the one that stays, and its request is told', async () => {
  const [stays, goes] = [await office.contact({ givenName: 'Zqstays' }), await office.contact({ givenName: 'Zqgoes' })]
  const [request] = await receiveRequest(context(), {
    contactId: office.uuid(goes),
    kinds: ['access'],
    channel: 'letter',
  })
  const id = await office.order(goes, { requestId: request?.id })
  const claimed = await packageWork.claim(office.database)
  if (!claimed) throw new Error('nothing is queued')
  await merge(stays, goes)
  // Who was at it has lost it.
  await producePackage(context(), office.modules, claimed)
  await office.make()
  const row = await office.database.accessPackage.findFirstOrThrow({ where: { id: uuidOf('AccessPackage', id) } })
  expect(row).toMatchObject({ contactId: office.uuid(stays), state: 'ready' })
  expect(await office.database.subjectRequest.findFirst({ where: { id: request?.id ?? '' } })).toMatchObject({
    contactId: office.uuid(stays),
    producedAt: expect.any(Date),
  })
})

test('a package that was made before its request went along in a merge is not handed out unverified either', async () => {
  const [stays, goes] = [await office.contact(), await office.contact()]
  const [request] = await receiveRequest(context(), {
    contactId: office.uuid(goes),
    kinds: ['access'],
    channel: 'letter',
  })
  const requestId = request?.id
  const { id } = await office.packageOf(goes, { requestId })
  await merge(stays, goes)
  const linking = 'mutation ($id: ID!) { createAccessPackageLink(id: $id, handOver: true) { url } }'
  expect(await office.fail(linking, { id })).toMatchObject({ code: 'CONFLICT' })
})

test('when a merge is taken back, what was made of both persons is gone, and what waits is made of one', async () => {
  const [one, other] = [await office.contact({ givenName: 'Zqfirst' }), await office.contact({ givenName: 'Zqsecond' })]
  const { id: before } = await office.packageOf(one)
  const mergeId = await merge(one, other)
  const { id: both, files } = await office.packageOf(one)
  expect(jsonIn(files, 'data.json').data.contact).toHaveLength(2)
  const waiting = await office.order(one, { kind: 'PORTABILITY' })
  const claimed = await packageWork.claim(office.database)
  await undo(one, mergeId)
  if (!claimed) throw new Error('nothing is queued')
  await expect(producePackage(context(), office.modules, claimed)).rejects.toThrow('another process')
  await office.make()
  const stateOf = async (id: string) =>
    (await office.database.accessPackage.findFirstOrThrow({ where: { id: uuidOf('AccessPackage', id) } })).state
  expect([await stateOf(before), await stateOf(both), await stateOf(waiting)]).toEqual(['ready', 'expired', 'ready'])
  const left = jsonIn(await unzip(await office.contentsOf(waiting)), 'data.json')
  expect(marks(left.data, 'contact', 'givenName')).toEqual(['Zqfirst'])
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { uuidOf } from '../../src/graphql/ids.ts'
import { eraseExpiredPackages } from '../../src/modules/disclosure/housekeeping.ts'
import { verificationMethods } from '../../src/modules/requests/kinds.ts'
import { receiveRequest } from '../../src/modules/requests/steps.ts'
import { pastTheGuards } from '../support/database.ts'
import { wholeContact } from '../support/erasure.ts'
import { disclosing, type Office, openOffice, unzip } from './support.ts'

let office: Office
beforeAll(async () => {
  office = await openOffice()
})
afterAll(() => office.close())

const fields = 'id state deliveredHow deliveredAt linkUsedAt size sha256 url expiresAt fault: sha256'
const look = `query ($id: ID!) { accessPackage(id: $id) { ${fields} recordsDone } }`
const linking =
  'mutation ($id: ID!, $handOver: Boolean) { createAccessPackageLink(id: $id, handOver: $handOver) { url expiresAt } }'
const marking =
  'mutation ($id: ID!) { markAccessPackageDelivered(id: $id, how: LETTER) { state deliveredHow deliveredAt expiresAt } }'

const state = async (id: string) => (await office.ask(look, { id })).accessPackage
const rowOf = (id: string) =>
  office.database.accessPackage.findFirstOrThrow({ where: { id: uuidOf('AccessPackage', id) } })

async function ready() {
  const contact = await office.contact()
  const { id } = await office.packageOf(contact)
  return { contact, id }
}

const get = (url: string) => office.app.fetch(new Request(url.replace(/^https:\/\/[^/]+/, office.url)))
const post = (token: string) =>
  office.app.fetch(
    new Request(`${office.url}/access`, {
      method: 'POST',
      headers: { origin: office.url, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ t: token }).toString(),
    }),
  )

async function linkOf(id: string) {
  const { createAccessPackageLink } = await office.ask(linking, { id, handOver: true })
  const { url } = createAccessPackageLink
  return { url, token: new URL(url).searchParams.get('t') ?? '' }
}

describe('the link', () => {
  test('shows by GET and gives by POST, once; who breaks off may begin again for half an hour', async () => {
    const { id } = await ready()
    const { url, token } = await linkOf(id)
    const page = await get(url)
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('<form method="post"')
    expect((await get(url)).status).toBe(200)
    expect(await state(id)).toMatchObject({ state: 'READY', linkUsedAt: null })

    const broken = await post(token)
    await broken.body?.cancel()
    expect(await state(id)).toMatchObject({ state: 'READY', linkUsedAt: expect.any(String) })

    const usedSince = (ago: string) =>
      pastTheGuards(
        office.config.databaseUrl ?? '',
        'UPDATE access_package SET link_used_at = now() - $2::interval WHERE id = $1',
        [uuidOf('AccessPackage', id), ago],
      )
    await usedSince('31 minutes')
    expect((await post(token)).status).toBe(410)
    expect((await get(url)).status).toBe(410)
    await usedSince('29 minutes')

    const answer = await post(token)
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="/)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const zip = Buffer.from(await answer.arrayBuffer())
    expect([...(await unzip(zip)).keys()]).toContain('data.json')
    expect(await state(id)).toMatchObject({ state: 'DELIVERED', deliveredHow: 'download', size: zip.length })

    expect((await post(token)).status).toBe(410)
    expect((await get(url)).status).toBe(410)
  })

  test('works no more when it is too old, when there is a newer one, and never if it was not made', async () => {
    const { id } = await ready()
    const { token: older } = await linkOf(id)
    const { token } = await linkOf(id)
    expect((await post(older)).status).toBe(410)
    await pastTheGuards(
      office.config.databaseUrl ?? '',
      `UPDATE access_package SET link_until = now() - interval '1 second' WHERE id = $1`,
      [uuidOf('AccessPackage', id)],
    )
    expect((await post(token)).status).toBe(410)
    expect((await post('x'.repeat(65))).status).toBe(410)
    expect(await state(id)).toMatchObject({ state: 'READY' })
  })

  test('is mailed to the contact in the language of the package, and says nothing of them', async () => {
    const contact = await office.contact({
      givenName: 'Zqname',
      language: 'de',
      emails: [{ address: 'zq@example.org' }],
    })
    const { id } = await office.packageOf(contact)
    expect(await office.fail(linking, { id })).toMatchObject({ code: 'INVALID_INPUT' }) // No mails are sent from here.
    const { createPackageLink } = await import('../../src/modules/disclosure/delivery/link.ts')
    const context = { ...office.work, mail: true, requestId: crypto.randomUUID() }
    expect(await createPackageLink(context, uuidOf('AccessPackage', id), { handOver: false })).not.toHaveProperty('url')
    const mail = await office.database.outgoingMail.findFirstOrThrow({ where: { contactId: office.uuid(contact) } })
    const { openContactMessage } = await import('../../src/mail/outbox.ts')
    const message = await openContactMessage(office.work.keys, {
      ...mail,
      contactId: office.uuid(contact),
      message: mail.message ?? Buffer.of(),
    })
    expect(message).toMatchObject({ to: 'zq@example.org', subject: 'Ihre Daten liegen bereit' })
    expect(message.text).toMatch(/\/access\?t=[\w-]{65}/)
    expect(message.text).not.toContain('Zqname')
  })
})

describe('a request', () => {
  test('is told when its package is produced and when it is delivered, each a step that is logged', async () => {
    const contact = await office.contact()
    const contactId = office.uuid(contact)
    const context = { ...office.work, requestId: crypto.randomUUID() }
    const [request] = await receiveRequest(context, {
      contactId,
      kinds: ['access'],
      channel: 'letter',
      verification: verificationMethods[0],
    })
    const requestId = request?.id
    expect(
      await office.fail(disclosing, { input: { contactId: contact, requestId, kind: 'PORTABILITY' } }),
    ).toMatchObject({
      code: 'INVALID_INPUT',
    })
    const { id } = await office.packageOf(contact, { requestId })
    const now = () => office.database.subjectRequest.findFirstOrThrow({ where: { contactId } })
    expect(await now()).toMatchObject({ producedAt: expect.any(Date), deliveredAt: null })
    expect((await office.ask(marking, { id })).markAccessPackageDelivered).toMatchObject({
      state: 'DELIVERED',
      deliveredHow: 'letter',
    })
    expect(await now()).toMatchObject({ deliveredAt: expect.any(Date) })
    const entries = await office.database.auditEntry.findMany({
      where: { contactId, entity: 'AccessPackage' },
      orderBy: { sequence: 'asc' },
    })
    expect(entries.map(({ operation }) => operation)).toEqual([
      'discloseContact',
      'produceAccessPackage',
      'markAccessPackageDelivered',
    ])
  })
})

test('nothing is handed out for a request while nobody knows who asks', async () => {
  const contact = await office.contact()
  const context = { ...office.work, requestId: crypto.randomUUID() }
  const [request] = await receiveRequest(context, {
    contactId: office.uuid(contact),
    kinds: ['access'],
    channel: 'letter',
  })
  const requestId = request?.id
  const { id } = await office.packageOf(contact, { requestId })
  expect((await office.ask('query ($id: ID!) { accessPackage(id: $id) { requestId } }', { id })).accessPackage).toEqual(
    {
      requestId, // As `SubjectRequest.id` says it.
    },
  )
  expect(await office.fail(linking, { id, handOver: true })).toMatchObject({ code: 'CONFLICT' })
  expect(await office.fail(marking, { id })).toMatchObject({ code: 'CONFLICT' })
  const found = await state(id)
  expect(found).toMatchObject({ state: 'READY' })
  const byStaff = () =>
    office.app.fetch(
      new Request(found.url.replace(/^https:\/\/[^/]+/, office.url), {
        headers: { authorization: `Bearer ${office.token}` },
      }),
    )
  expect((await byStaff()).status).toBe(409)
  await office.ask('mutation ($id: ID!) { verifyIdentity(id: $id, method: IN_PERSON) { __typename } }', {
    id: requestId,
  })
  expect((await byStaff()).status).toBe(200)
})

describe('staff', () => {
  test('downloads with the right alone, of which the log tells', async () => {
    const { contact, id } = await ready()
    const { url } = await state(id)
    const as = (token: string) =>
      office.app.fetch(
        new Request(url.replace(/^https:\/\/[^/]+/, office.url), { headers: { authorization: `Bearer ${token}` } }),
      )
    const other = await office.user(['contacts.*', 'requests.*'])
    expect((await as(other)).status).toBe(403)
    expect((await get(url)).status).toBe(403)
    expect((await get(`${office.url}/access-packages?id=nonsense`)).status).toBe(403)
    const officer = await office.user(['disclosure.packages'], false)
    const answer = await as(officer)
    expect([...(await unzip(Buffer.from(await answer.arrayBuffer()))).keys()]).toContain('report.pdf')
    expect(await state(id)).toMatchObject({ state: 'READY' }) // Nobody has handed it over yet.
    const read = await office.database.auditEntry.findFirst({
      where: { contactId: office.uuid(contact), operation: 'downloadAccessPackage', action: 'read' },
    })
    expect(read).not.toBeNull()
    expect(await office.fail(disclosing, { input: { contactId: contact } }, officer)).toMatchObject({
      code: 'FORBIDDEN',
    })
    expect(await office.fail(look, { id }, other)).toMatchObject({ code: 'FORBIDDEN' })
    expect(await office.fail(linking, { id, handOver: true }, officer)).toMatchObject({ code: 'FORBIDDEN' })
  })

  test('gets one package of a kind at a time, whoever asks at once', async () => {
    const contact = await office.contact()
    const answers = await Promise.all(
      [1, 2, 3].map(() => office.graphql(disclosing, { input: { contactId: contact } }, office.token)),
    )
    expect(answers.filter(({ errors }) => !errors).length).toBe(1)
    for (const { errors } of answers) if (errors) expect(errors[0].extensions.code).toBe('CONFLICT')
    await office.order(contact, { kind: 'PORTABILITY' })
    await Promise.all([office.make(), office.make(), office.make()])
    const rows = await office.database.accessPackage.findMany({ where: { contactId: office.uuid(contact) } })
    expect(rows.map((row) => row.state)).toEqual(['ready', 'ready'])
  })
})

test('how far it is can be heard of, until it is ready', async () => {
  const contact = await office.contact()
  const id = await office.order(contact)
  const subscribe = (token: string) =>
    office.app.fetch(
      new Request(`${office.url}/graphql`, {
        method: 'POST',
        headers: {
          ...{ accept: 'text/event-stream', 'content-type': 'application/json', authorization: `Bearer ${token}` },
        },
        body: JSON.stringify({
          query: 'subscription ($id: ID!) { accessPackageProgress(id: $id) { id state recordsDone recordsTotal } }',
          variables: { id },
        }),
      }),
    )
  const other = await office.user(['contacts.*'])
  expect(await (await subscribe(other)).text()).toContain('FORBIDDEN')
  const stream = await subscribe(office.token)
  const [told] = await Promise.all([stream.text(), office.make()])
  expect(told).toMatch(/"state":"(QUEUED|BUILDING)"/)
  expect(told).toContain('"state":"READY"')
  expect(told).toMatch(/event: complete/)
})

describe('the file', () => {
  test('is erased when its time is over, and with the contact; what nothing leads to is removed', async () => {
    const { id } = await ready()
    const { id: gone, contact } = await ready()
    const keys = [(await rowOf(id)).storageKey, (await rowOf(gone)).storageKey]
    await pastTheGuards(
      office.config.databaseUrl ?? '',
      `UPDATE access_package SET expires_at = now() - interval '1 second' WHERE id = $1`,
      [uuidOf('AccessPackage', id)],
    )
    const context = { ...office.work, requestId: crypto.randomUUID() }
    const own = office.modules.find(({ name }) => name === 'disclosure')?.personalData
    if (!own || own === 'none') throw new Error('the module keeps data')
    await transact(context, 'erase', (tx) => own.erase(tx, [office.uuid(contact)], wholeContact(), context))
    // As if it were old: nothing leads to the second one any more.
    const { storage } = office.work
    const aged = {
      ...storage,
      list: async function* (prefix: string) {
        for await (const file of storage.list(prefix)) yield { ...file, modifiedAt: new Date(0) }
      },
    }
    await eraseExpiredPackages({ ...context, storage: aged })
    const left = []
    for await (const { key } of storage.list('access-packages/')) left.push(key)
    for (const key of keys) expect(left).not.toContain(key)
    expect(left.length).toBeGreaterThan(0)
    expect(await state(id)).toMatchObject({ state: 'EXPIRED', url: null })
    expect(await office.fail(linking, { id, handOver: true })).toMatchObject({ code: 'CONFLICT' })
  })
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { discloseContact } from '../../src/modules/disclosure/packages.ts'
import { makeNext } from '../../src/modules/disclosure/worker.ts'
import { modules } from '../../src/modules/index.ts'
import { receiveRequest } from '../../src/modules/requests/steps.ts'
import { browse, type Desk, formIn, linkIn, openDesk } from '../selfservice/support.ts'

let desk: Desk
beforeAll(async () => {
  desk = await openDesk()
})
afterAll(() => desk?.close())

/** A contact on their page, with a package; by the link that was mailed. */
async function visit(verification?: 'in_person') {
  const { id, uuid, email } = await desk.person()
  const asking = { contactId: uuid, kinds: ['access' as const], channel: 'letter' as const, verification }
  const [request] = await receiveRequest(desk.work, asking)
  const order = { contactId: uuid, requestId: request?.id ?? null, kind: 'access' as const, language: null }
  const made = await discloseContact(desk.work, order)
  await makeNext(desk.work, modules)
  // The receipt of the request is mailed, too.
  const create = 'mutation ($input: CreateSelfServiceLinkInput!) { createSelfServiceLink(input: $input) { url } }'
  await desk.server.takesFor(email)
  await desk.ask(create, { input: { contactId: id } })
  const mails = await desk.server.takesFor(email, 2)
  const mail = mails.find((one) => linkIn(one).includes('/my?'))
  const reader = browse(desk)
  const page = await reader.enter(mail ? linkIn(mail) : '')
  const now = () => desk.database.accessPackage.findFirstOrThrow({ where: { id: made.id } })
  return { id, reader, page, now }
}

test('a package waits on the contact’s page, is got there once, and is delivered by that', async () => {
  const { id, reader, page, now } = await visit('in_person')
  expect(page.body).toContain('Your data to download')
  const form = formIn(page, '/my/package')
  expect((await reader.post('/my/package', { ...form, form: 'x' })).status).toBe(403)
  const other = await browse(desk).post('/my/package', form)
  expect(other.headers.get('content-type')).not.toBe('application/zip')
  expect(await now()).toMatchObject({ state: 'ready', linkUsedAt: null })

  const answer = await reader.post('/my/package', form)
  expect(answer.headers.get('content-type')).toBe('application/zip')
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(await now()).toMatchObject({ state: 'delivered', deliveredHow: 'download', linkUsedAt: expect.any(Date) })
  expect((await reader.get('/my')).body).not.toContain('/my/package')

  // Whoever was handed a link by staff may be anybody.
  const handed = await browse(desk).enter(await desk.handOver(id))
  expect(handed.body).not.toContain('/my/package')
})

test('nothing waits there while nobody knows who asked', async () => {
  const { page } = await visit()
  expect(page.body).not.toContain('/my/package')
})

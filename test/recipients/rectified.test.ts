import { fork } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { recipients } from '../../src/modules/recipients/index.ts'
import { noteRectifications } from '../../src/modules/recipients/rectified.ts'
import { startTellingRecipients } from '../../src/modules/recipients/worker.ts'
import { databaseEnvironment } from '../support/environment.ts'
import { type Office, openOffice } from './support.ts'

let office: Office
let desk: Office['desk']
let partner: Office['partner']
let shop: Awaited<ReturnType<Office['desk']['program']>>

beforeAll(async () => {
  office = await openOffice()
  ;({ desk, partner } = office)
  shop = await desk.program('Shop', ['contacts.contact', 'contacts.email', 'contacts.name'])
  await office.endpoint(shop.id, '/hook')
})
beforeEach(async () => {
  partner.behave(() => 'ok')
  await office.tell()
})
afterAll(() => office?.close())

test('a partner that read an address gets a signed webhook when it is corrected, with what it may read; one that did not read it isn’t told', async () => {
  const deaf = await desk.program('Deaf', ['contacts.*'])
  const id = await office.contact()
  const other = await office.contact()
  expect((await office.read(id, 'emails { address }', shop.key)).data.contact.emails).toHaveLength(1)
  await office.read(id, 'givenName phones { number }', deaf.key)
  const { contact: before } = await desk.ask('query ($id: ID!) { contact(id: $id) { emails { id } } }', { id })
  await office.rename(id, {
    updateEmails: [{ id: before.emails[0].id, address: 'ida@new.example' }],
    familyName: 'New',
  })
  await office.rename(other, { familyName: 'New' })
  await office.look()
  await office.tell()
  expect(office.messagesOf(id).map(({ body, path }) => ({ body, path }))).toMatchObject([
    {
      path: '/hook',
      body: {
        type: 'contact.rectified',
        data: { fields: ['emails'], values: { emails: [{ address: 'ida@new.example' }] } },
      },
    },
  ])
  expect(office.messagesOf(id)[0]?.body.data.values).toEqual({ emails: [{ address: 'ida@new.example' }] })
  expect(partner.faults).toEqual([])
  expect(office.messagesOf(other)).toEqual([])
  expect(await office.notices(other)).toEqual([])
  expect(await office.notices(id)).toMatchObject([
    { recipient: 'Shop', state: 'TOLD', how: 'webhook', toldAt: expect.any(String) },
  ])
})

test('what is added is no rectification, and who may not read the field any more hears only that it changed', async () => {
  const quiet = await desk.program('Quiet', ['contacts.contact', 'contacts.name'])
  await office.endpoint(quiet.id, '/quiet')
  const id = await office.contact()
  await office.read(id, 'familyName emails { address } jobTitle', quiet.key)
  await office.rename(id, { addEmails: [{ address: 'more@new.example' }], jobTitle: 'Baker', tags: ['vip'] })
  await office.look()
  expect(await office.notices(id)).toEqual([])
  await office.rename(id)
  await desk.ask(
    'mutation ($c: ID!) { revokeScope(client: $c, right: "contacts.name", read: true, write: true) { id } }',
    {
      c: quiet.id,
    },
  )
  await office.look()
  await office.tell()
  expect(office.messagesOf(id).map(({ body }) => body.data)).toMatchObject([{ fields: ['familyName'], values: {} }])
})

test('whoever brought the old value is told, but not of what they changed themselves; the register’s recipients are for staff', async () => {
  const bringer = await desk.program('Bringer', ['contacts.*'])
  const { data } = await desk.send(
    'mutation { createContact(input: { givenName: "Ida", familyName: "Brought" }) { id } }',
    {},
    bringer.key,
  )
  const id = data.createContact.id
  await desk.ask('mutation ($input: RecordLawfulBasisInput!) { recordLawfulBasis(input: $input) { id } }', {
    input: { contactId: id, purpose: 'newsletter', ground: 'CONTRACT' },
  })
  await office.read(id, 'familyName', shop.key)
  const change = 'mutation ($input: UpdateContactInput!) { updateContact(input: $input) { id } }'
  await desk.send(change, { input: { id, version: 1, familyName: 'Own' } }, bringer.key)
  await office.look()
  const named = (found: { recipient: string }[]) => found.map(({ recipient }) => recipient).toSorted()
  expect(named(await office.notices(id))).toEqual(['Printers Ltd', 'Shop'])
  await office.rename(id)
  await office.look()
  expect(named(await office.notices(id))).toEqual(['Bringer', 'Printers Ltd', 'Printers Ltd', 'Shop', 'Shop'])

  const open = (await office.notices(id)).filter(({ recipient }: { recipient: string }) => recipient === 'Printers Ltd')
  const record = (field: string, args: string, notice: number) =>
    desk.send(`mutation ($c: ID!, $id: ID!) { ${field}(contactId: $c, id: $id, ${args}) { state how } }`, {
      ...{ c: id, id: open[notice].id },
    })
  expect(
    (await record('recordRecipientTold', 'how: "letter", at: "2999-01-01T00:00:00Z"', 0)).errors?.[0],
  ).toMatchObject({
    extensions: { faults: [{ field: 'at' }] },
  })
  expect((await record('recordRecipientTold', 'how: "letter"', 0)).data.recordRecipientTold).toEqual({
    state: 'TOLD',
    how: 'letter',
  })
  expect((await record('recordRecipientTold', 'how: "phone"', 0)).errors?.[0].extensions.code).toBe('INVALID_INPUT')
  expect((await record('recordRecipientNotTold', 'reason: "dissolved"', 1)).data.recordRecipientNotTold).toEqual({
    ...{ state: 'NOT_POSSIBLE', how: 'dissolved' },
  })

  const disclosed = await desk.disclosed(id, recipients.personalData)
  expect(disclosed.map(({ kind, record: one }) => [kind, one['recipient'], one['field'] ?? one['state']])).toEqual(
    expect.arrayContaining([
      ['recipient', 'Shop', 'familyName'],
      ['recipientNotice', 'Printers Ltd', 'told'],
      ['recipientNotice', 'Printers Ltd', 'not_possible'],
    ]),
  )
})

test('a server that fails is tried again with the same id; one that never answers well is left to staff', async () => {
  const id = await office.contact()
  await office.read(id, 'familyName', shop.key)
  await office.rename(id)
  await office.look()
  let tries = 0
  partner.behave(() => (++tries < 3 ? 'error' : 'ok'))
  const pace = { firstPause: 0, longestPause: 0 }
  await office.tell(pace)
  expect(new Set(office.messagesOf(id).map(({ id: message }) => message)).size).toBe(1)
  expect(office.messagesOf(id)).toHaveLength(3)
  expect(await office.notices(id)).toMatchObject([{ state: 'TOLD', fault: null }])

  await office.rename(id, { familyName: 'Newer' })
  await office.look()
  partner.behave(() => 'error')
  await office.tell({ firstPause: 7_200_000, longestPause: 7_200_000 })
  expect((await office.notices(id))[1]).toMatchObject({ state: 'OPEN', fault: 'HTTP 500' })
})

test('a server that asks for time gets it, and one that is gone for good is left to staff at once', async () => {
  const id = await office.contact()
  await office.read(id, 'familyName', shop.key)
  await office.rename(id)
  await office.look()
  partner.behave(() => 'later')
  const pace = { firstPause: 0, longestPause: 0 }
  await office.tell(pace)
  expect(office.messagesOf(id)).toHaveLength(1)
  expect(await office.notices(id)).toMatchObject([{ state: 'OPEN', fault: null }])
  await desk.database.recipientSending.updateMany({ data: { dueAt: new Date() } })
  partner.behave(() => 'gone')
  await office.tell(pace)
  expect(office.messagesOf(id)).toHaveLength(2)
  expect(await office.notices(id)).toMatchObject([{ state: 'OPEN', fault: 'HTTP 410' }])
  expect(await desk.database.recipientSending.count()).toBe(0)
})

test('a worker that is killed at any point loses nothing, and tells nobody twice', async () => {
  const ids = await Promise.all([office.contact(), office.contact(), office.contact()])
  for (const id of ids) await office.read(id, 'familyName', shop.key)
  await Promise.all(ids.map((id) => office.rename(id)))
  await desk.integrated()
  // Killed when it has noted some, but not how far it came: both go together.
  const killed = new AbortController()
  const context = { ...office.work(), signal: killed.signal }
  const dying = noteRectifications(context, 0)
  killed.abort(new Error('killed'))
  await dying.catch(() => undefined)
  // Killed after it has sent, before it could note that: sent again, with the same id.
  await Promise.all([office.look(), office.look()])
  let first = true
  partner.behave(() => {
    const behaviour = first ? ('taken' as const) : ('ok' as const)
    first = false
    return behaviour
  })
  const workers = [0, 1].map(() =>
    startTellingRecipients(office.work(), { pause: 20, settledFor: 0, pace: { lease: 500, firstPause: 20 } }),
  )
  const states = async () =>
    (await Promise.all(ids.map(office.notices))).flat().map(({ state }: { state: string }) => state)
  await expect.poll(states, { timeout: 20_000 }).toEqual(['TOLD', 'TOLD', 'TOLD'])
  await Promise.all(workers.map((worker) => worker.close()))
  for (const id of ids) {
    expect(new Set(office.messagesOf(id).map(({ id: message }) => message)).size).toBe(1)
  }
})

test('a process that is killed while it tells somebody leaves that to the next, which sends it with the same id', async () => {
  const ids = await Promise.all([office.contact(), office.contact()])
  for (const id of ids) await office.read(id, 'familyName', shop.key)
  await Promise.all(ids.map((id) => office.rename(id)))
  await desk.integrated()
  const start = () =>
    fork(new URL('./telling-process.ts', import.meta.url), {
      env: {
        ...{ PATH: process.env['PATH'], LETHE_DATA: desk.config.data, PARTNER_CA: partner.ca },
        ...databaseEnvironment(desk.config.databaseUrl ?? ''),
      },
    })
  partner.behave(() => 'hang')
  const killed = start()
  const messages = () => ids.flatMap(office.messagesOf)
  await expect.poll(() => messages().length, { timeout: 30_000 }).toBe(1)
  const killing = once(killed, 'exit')
  killed.kill('SIGKILL')
  expect(await killing).toEqual([null, 'SIGKILL'])
  partner.behave(() => 'ok')
  const next = start()
  const states = async () =>
    (await Promise.all(ids.map(office.notices))).flat().map(({ state }: { state: string }) => state)
  await expect.poll(states, { timeout: 30_000 }).toEqual(['TOLD', 'TOLD'])
  const ended = once(next, 'exit')
  next.disconnect()
  expect(await ended).toEqual([0, null])
  expect(messages()).toHaveLength(3)
  expect(new Set(messages().map(({ id }) => id)).size).toBe(2)
}, 90_000)

import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createPoster } from '../../src/modules/deliveries/sending/post.ts'
import { recipients } from '../../src/modules/recipients/index.ts'
import { noteRectifications } from '../../src/modules/recipients/rectified.ts'
import { tellNext } from '../../src/modules/recipients/tell.ts'
import { startTellingRecipients } from '../../src/modules/recipients/worker.ts'
import { type Partner, startPartner } from '../deliveries/partner.ts'
import { type Desk, openDesk } from '../orders/support.ts'
import { databaseEnvironment } from '../support/environment.ts'

let desk: Desk
let partner: Partner
let shop: Awaited<ReturnType<Desk['program']>>
let count = 0

beforeAll(async () => {
  partner = await startPartner()
  desk = await openDesk({ webhooks: { allowPrivate: true, giveUpAfter: 3_600_000, ca: partner.ca } })
  await desk.ask('mutation ($input: CreatePurposeInput!) { createPurpose(input: $input) { key } }', {
    input: {
      ...{ key: 'newsletter', grounds: ['CONTRACT'], recipients: ['Printers Ltd', 'shop'] },
      names: [{ language: 'en', text: 'Newsletter' }],
    },
  })
  shop = await desk.program('Shop', ['contacts.contact', 'contacts.email', 'contacts.name'])
  const { createWebhook } = await desk.ask(
    'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { secret } }',
    {
      input: { client: shop.id, url: `${partner.url}/hook`, purposes: ['newsletter'] },
    },
  )
  partner.expectSigned('/hook', createWebhook.secret)
})
beforeEach(async () => {
  partner.behave(() => 'ok')
  await tell()
})
afterAll(async () => {
  await desk.close()
  await partner.close()
})

const work = () => ({
  ...desk.work,
  requestId: randomUUID(),
  webhooks: { allowPrivate: true, giveUpAfter: 3_600_000, ca: partner.ca },
})

/** Somebody with an address of their own. */
const contact = () =>
  desk.contact({ givenName: 'Ida', familyName: 'Old', emails: [{ address: `ida-${++count}@old.example` }] })

const read = (id: string, fields: string, key: string) =>
  desk.send(`query ($id: ID!) { contact(id: $id) { ${fields} } }`, { id }, key)

/** Waits until the log's tree has what was changed, and then looks through it as the worker does. */
const look = async (context = work()) => {
  await desk.integrated()
  while (await noteRectifications(context, 0));
}

const tell = async (pace = {}) => {
  const poster = createPoster(work().webhooks)
  while (await tellNext(work(), poster, new AbortController().signal, pace));
  poster.close()
}

const rename = async (id: string, change: object = { familyName: 'New' }) => {
  const { contact: current } = await desk.ask('query ($id: ID!) { contact(id: $id) { version } }', { id })
  await desk.ask('mutation ($input: UpdateContactInput!) { updateContact(input: $input) { id } }', {
    input: { id, version: current.version, ...change },
  })
}

const notices = async (id: string) => {
  const { recipientNotices } = await desk.ask(
    `query ($id: ID!) { recipientNotices(contact: $id) { edges { node { id recipient fields state how toldAt fault } } } }`,
    { id },
  )
  return recipientNotices.edges.map(({ node }: { node: object }) => node)
}

const messagesOf = (id: string) => partner.received.filter(({ body }) => body.data.contact === id)

test('a partner that read an address gets a signed webhook when it is corrected, with what it may read; one that did not read it isn’t told', async () => {
  const deaf = await desk.program('Deaf', ['contacts.*'])
  const id = await contact()
  const other = await contact()
  expect((await read(id, 'emails { address }', shop.key)).data.contact.emails).toHaveLength(1)
  await read(id, 'givenName phones { number }', deaf.key)
  const { contact: before } = await desk.ask('query ($id: ID!) { contact(id: $id) { emails { id } } }', { id })
  await rename(id, { updateEmails: [{ id: before.emails[0].id, address: 'ida@new.example' }], familyName: 'New' })
  await rename(other, { familyName: 'New' })
  await look()
  await tell()
  expect(messagesOf(id).map(({ body, path }) => ({ body, path }))).toMatchObject([
    {
      path: '/hook',
      body: {
        type: 'contact.rectified',
        data: { fields: ['emails'], values: { emails: [{ address: 'ida@new.example' }] } },
      },
    },
  ])
  expect(messagesOf(id)[0]?.body.data.values).toEqual({ emails: [{ address: 'ida@new.example' }] })
  expect(partner.faults).toEqual([])
  expect(messagesOf(other)).toEqual([])
  expect(await notices(other)).toEqual([])
  expect(await notices(id)).toMatchObject([
    { recipient: 'Shop', state: 'TOLD', how: 'webhook', toldAt: expect.any(String) },
  ])
})

test('what is added is no rectification, and who may not read the field any more hears only that it changed', async () => {
  const quiet = await desk.program('Quiet', ['contacts.contact', 'contacts.name'])
  const { createWebhook } = await desk.ask(
    'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { secret } }',
    {
      input: { client: quiet.id, url: `${partner.url}/quiet`, purposes: ['newsletter'] },
    },
  )
  partner.expectSigned('/quiet', createWebhook.secret)
  const id = await contact()
  await read(id, 'familyName emails { address } jobTitle', quiet.key)
  await rename(id, { addEmails: [{ address: 'more@new.example' }], jobTitle: 'Baker', tags: ['vip'] })
  await look()
  expect(await notices(id)).toEqual([])
  await rename(id)
  await desk.ask(
    'mutation ($c: ID!) { revokeScope(client: $c, right: "contacts.name", read: true, write: true) { id } }',
    {
      c: quiet.id,
    },
  )
  await look()
  await tell()
  expect(messagesOf(id).map(({ body }) => body.data)).toMatchObject([{ fields: ['familyName'], values: {} }])
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
  await read(id, 'familyName', shop.key)
  const change = 'mutation ($input: UpdateContactInput!) { updateContact(input: $input) { id } }'
  await desk.send(change, { input: { id, version: 1, familyName: 'Own' } }, bringer.key)
  await look()
  const named = (found: { recipient: string }[]) => found.map(({ recipient }) => recipient).toSorted()
  expect(named(await notices(id))).toEqual(['Printers Ltd', 'Shop'])
  await rename(id)
  await look()
  expect(named(await notices(id))).toEqual(['Bringer', 'Printers Ltd', 'Printers Ltd', 'Shop', 'Shop'])

  const open = (await notices(id)).filter(({ recipient }: { recipient: string }) => recipient === 'Printers Ltd')
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
  const id = await contact()
  await read(id, 'familyName', shop.key)
  await rename(id)
  await look()
  let tries = 0
  partner.behave(() => (++tries < 3 ? 'error' : 'ok'))
  const pace = { firstPause: 0, longestPause: 0 }
  await tell(pace)
  expect(new Set(messagesOf(id).map(({ id: message }) => message)).size).toBe(1)
  expect(messagesOf(id)).toHaveLength(3)
  expect(await notices(id)).toMatchObject([{ state: 'TOLD', fault: null }])

  await rename(id, { familyName: 'Newer' })
  await look()
  partner.behave(() => 'error')
  await tell({ firstPause: 7_200_000, longestPause: 7_200_000 })
  expect((await notices(id))[1]).toMatchObject({ state: 'OPEN', fault: 'HTTP 500' })
})

test('a server that asks for time gets it, and one that is gone for good is left to staff at once', async () => {
  const id = await contact()
  await read(id, 'familyName', shop.key)
  await rename(id)
  await look()
  partner.behave(() => 'later')
  const pace = { firstPause: 0, longestPause: 0 }
  await tell(pace)
  expect(messagesOf(id)).toHaveLength(1)
  expect(await notices(id)).toMatchObject([{ state: 'OPEN', fault: null }])
  await desk.database.recipientSending.updateMany({ data: { dueAt: new Date() } })
  partner.behave(() => 'gone')
  await tell(pace)
  expect(messagesOf(id)).toHaveLength(2)
  expect(await notices(id)).toMatchObject([{ state: 'OPEN', fault: 'HTTP 410' }])
  expect(await desk.database.recipientSending.count()).toBe(0)
})

test('a worker that is killed at any point loses nothing, and tells nobody twice', async () => {
  const ids = await Promise.all([contact(), contact(), contact()])
  for (const id of ids) await read(id, 'familyName', shop.key)
  await Promise.all(ids.map((id) => rename(id)))
  await desk.integrated()
  // Killed when it has noted some, but not how far it came: both go together.
  const killed = new AbortController()
  const context = { ...work(), signal: killed.signal }
  const dying = noteRectifications(context, 0)
  killed.abort(new Error('killed'))
  await dying.catch(() => undefined)
  // Killed after it has sent, before it could note that: sent again, with the same id.
  await Promise.all([look(), look()])
  let first = true
  partner.behave(() => {
    const behaviour = first ? ('taken' as const) : ('ok' as const)
    first = false
    return behaviour
  })
  const workers = [0, 1].map(() =>
    startTellingRecipients(work(), { pause: 20, settledFor: 0, pace: { lease: 500, firstPause: 20 } }),
  )
  const states = async () => (await Promise.all(ids.map(notices))).flat().map(({ state }: { state: string }) => state)
  await expect.poll(states, { timeout: 20_000 }).toEqual(['TOLD', 'TOLD', 'TOLD'])
  await Promise.all(workers.map((worker) => worker.close()))
  for (const id of ids) {
    expect(new Set(messagesOf(id).map(({ id: message }) => message)).size).toBe(1)
  }
})

test('a process that is killed while it tells somebody leaves that to the next, which sends it with the same id', async () => {
  const ids = await Promise.all([contact(), contact()])
  for (const id of ids) await read(id, 'familyName', shop.key)
  await Promise.all(ids.map((id) => rename(id)))
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
  const messages = () => ids.flatMap(messagesOf)
  await expect.poll(() => messages().length, { timeout: 30_000 }).toBe(1)
  const killing = once(killed, 'exit')
  killed.kill('SIGKILL')
  expect(await killing).toEqual([null, 'SIGKILL'])
  partner.behave(() => 'ok')
  const next = start()
  const states = async () => (await Promise.all(ids.map(notices))).flat().map(({ state }: { state: string }) => state)
  await expect.poll(states, { timeout: 30_000 }).toEqual(['TOLD', 'TOLD'])
  const ended = once(next, 'exit')
  next.disconnect()
  expect(await ended).toEqual([0, null])
  expect(messages()).toHaveLength(3)
  expect(new Set(messages().map(({ id }) => id)).size).toBe(2)
}, 90_000)

import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { deliveriesData } from '../../src/modules/deliveries/personal-data.ts'
import { pinnedLookup } from '../../src/modules/deliveries/sending/address.ts'
import { createPoster } from '../../src/modules/deliveries/sending/post.ts'
import { wholeContact } from '../support/erasure.ts'
import { type Behaviour, type Partner, startPartner } from './partner.ts'
import { quick, type Stage, startStage, uuidIn } from './support.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
type Data = any

let stage: Stage
let partner: Partner

beforeAll(async () => {
  partner = await startPartner()
  stage = await startStage(partner.ca)
})
afterEach(() => stage.quiet())
afterAll(async () => {
  await stage.close()
  await partner.close()
})

const at = (path: string) => partner.received.filter((one) => one.path === path)
const unlimited = new AbortController().signal
const disableAll = async () => {
  const { webhooks } = await stage.ask('{ webhooks { edges { node { id } } } }')
  for (const { node } of webhooks.edges)
    await stage.ask('mutation ($id: ID!) { deleteWebhook(id: $id) { id } }', { id: node.id })
}

const fault = fc.constantFrom<Behaviour>('error', 'reset', 'taken', 'slow', 'hang', 'redirect', 'ok', 'ok')

test('whatever faults there are, each change arrives, those about one contact in order, and with one id each', async () => {
  let run = 0
  const contacts = [await stage.contact(), await stage.contact(), await stage.contact()]
  await fc.assert(
    fc.asyncProperty(
      fc.array(fault, { maxLength: 12 }),
      fc.array(fc.nat(2), { minLength: 1, maxLength: 8 }),
      async (faults, contactsOfChanges) => {
        const path = `/property-${run++}`
        await disableAll()
        const { secret } = await stage.webhook(partner.url + path)
        partner.expectSigned(path, secret)
        const ahead = [...faults]
        partner.behave(() => ahead.shift() ?? 'ok')
        const sender = stage.sender({ notifications: await stage.notified(), patience: 200 })
        const made = new Map<string, string[]>()
        for (const index of contactsOfChanges) {
          const contact = contacts[index] ?? ''
          await stage.give(contact, 'newsletter', { source: path })
          made.set(contact, [...(made.get(contact) ?? []), 'given'])
        }
        const left = () => stage.database.webhookDelivery.count({ where: { state: { in: ['queued', 'sending'] } } })
        await expect.poll(left, { timeout: 30_000 }).toBe(0)
        await sender.close()
        const all = await stage.database.consentChange.findMany({ orderBy: [{ transactionId: 'asc' }, { id: 'asc' }] })
        for (const contact of made.keys()) {
          const came = at(path).filter(({ body }) => body.data.contact === contact)
          const expected = all.filter(({ id }) => came.some((one) => one.id === id)).map(({ id }) => id)
          expect(expected.length).toBe(made.get(contact)?.length)
          // Each is repeated until it was taken; only then the next one comes.
          expect(came.map(({ id }) => id).filter((id, index, ids) => id !== ids[index - 1])).toEqual(expected)
          for (const id of expected) expect(came.filter((one) => one.id === id).at(-1)?.behaviour).toMatch(/ok|slow/)
        }
        expect(partner.faults).toEqual([])
      },
    ),
    { numRuns: 5 },
  )
})

test('what fails for one contact holds back what comes later about it, and nothing else', async () => {
  await disableAll()
  await stage.webhook(`${partner.url}/held`)
  const [bad, good] = [await stage.contact(), await stage.contact()]
  partner.behave(({ id }) => (id === first ? 'error' : 'ok'))
  let first = ''
  await stage.give(bad)
  first = (await stage.deliveries({ contact: bad }))[0]?.changeId
  const sender = stage.sender({
    pace: { ...quick, firstPause: 60_000, longestPause: 60_000 },
    notifications: await stage.notified(),
  })
  await partner.until(() => at('/held').length === 1)
  await stage.object(bad)
  await stage.give(good)
  await partner.until(() => at('/held').length === 2)
  await sender.close()
  expect(at('/held').map(({ body }) => body.data.contact)).toEqual([bad, good])
  const [waiting, failed] = await stage.deliveries({ contact: bad })
  expect(failed).toMatchObject({
    state: 'QUEUED',
    attempts: 1,
    fault: 'HTTP 500',
    tries: [{ status: 500, fault: 'HTTP 500' }],
  })
  expect(waiting).toMatchObject({ state: 'QUEUED', attempts: 0 })
  expect(Date.parse(failed.nextTryAt) - Date.now()).toBeGreaterThan(30_000)
})

test('a break after the message was sent is marked: perhaps it comes twice, with the same id', async () => {
  await disableAll()
  await stage.webhook(`${partner.url}/twice`)
  const behaviours: Behaviour[] = ['taken', 'ok']
  partner.behave(() => behaviours.shift() ?? 'ok')
  const contact = await stage.contact()
  await stage.give(contact)
  const sender = stage.sender()
  await partner.until(() => at('/twice').length === 2)
  await expect
    .poll(async () => (await stage.deliveries({ contact }))[0])
    .toMatchObject({
      ...{ state: 'DELIVERED', attempts: 2, perhapsTwice: true, fault: '' },
      tries: [
        { status: null, fault: 'ECONNRESET' },
        { status: 200, fault: '' },
      ],
    })
  await sender.close()
  expect(new Set(at('/twice').map(({ id }) => id)).size).toBe(1)
})

test('an endpoint that asks for peace gets it, and one that is gone is disabled', async () => {
  await disableAll()
  const { id } = await stage.webhook(`${partner.url}/peace`)
  partner.behave(() => 'later')
  const contact = await stage.contact()
  await stage.give(contact)
  const sender = stage.sender({ notifications: await stage.notified() })
  await expect.poll(async () => (await stage.deliveries({ contact }))[0]?.fault).toBe('HTTP 429')
  const wait = Date.parse((await stage.deliveries({ contact }))[0]?.nextTryAt) - Date.now()
  expect(wait).toBeGreaterThan(4000)
  expect(wait).toBeLessThan(7100)

  partner.behave(() => 'gone')
  await stage.give(await stage.contact())
  const state = async () => {
    const { webhooks } = await stage.ask('{ webhooks { edges { node { id disabledBecause } } } }')
    return webhooks.edges.find(({ node }: { node: { id: string } }) => node.id === id).node.disabledBecause
  }
  await expect.poll(state).toBe('GONE')
  const { length } = at('/peace')
  await stage.give(await stage.contact())
  await stage.ask('mutation ($id: ID!) { updateWebhook(id: $id, input: { enabled: true }) { id } }', { id })
  partner.behave(() => 'ok')
  await partner.until(() => at('/peace').length > length)
  await sender.close()
})

test('what is tried for too long is a dead letter, until somebody lets it be delivered again', async () => {
  await disableAll()
  const { id } = await stage.webhook(`${partner.url}/dead`)
  partner.behave(() => 'error')
  const contact = await stage.contact()
  await stage.give(contact)
  await stage.object(contact)
  await stage.database.webhookDelivery.updateMany({
    where: { finishedAt: null },
    data: { giveUpAt: new Date(Date.now() + 200) },
  })
  const sender = stage.sender({ notifications: await stage.notified() })
  await expect
    .poll(async () => (await stage.deliveries({ webhook: id, state: 'DEAD' })).length, { timeout: 10_000 })
    .toBe(2)
  const page = await stage.app.fetch(new Request(`${stage.url}/metrics`))
  expect(await page.text()).toMatch(/lethe_queue_given_up\{queue="webhooks"\} 2/)
  partner.behave(() => 'ok')
  const { length } = at('/dead')
  const again = await stage.ask('mutation ($id: ID!) { redeliver(webhook: $id) }', { id })
  expect(again.redeliver).toBe(2)
  await partner.until(() => at('/dead').length === length + 2)
  await sender.close()
  const last = at('/dead').slice(length)
  expect(last.map(({ body }) => body.type)).toEqual(['consent.given', 'consent.objected'])
  expect(new Set(last.map((one) => one.id))).toEqual(new Set(at('/dead').map((one) => one.id)))
  expect((await stage.fail('mutation { redeliver }')).code).toBe('INVALID_INPUT')
  const log = `query ($c: ID) { auditLog(filter: { contactId: $c, entity: "WebhookDelivery" }, first: 10) { edges { node {
    operation entityId changes { field old new } } } } }`
  const entries = (await stage.ask(log, { c: contact })).auditLog.edges.map(({ node }: Data) => node)
  const changes = [{ field: 'state', old: 'DEAD', new: 'QUEUED' }]
  expect(entries).toEqual(Array(2).fill({ operation: 'redeliver', entityId: expect.any(String), changes }))
})

test('a dead letter is not delivered after something newer about the same purpose', async () => {
  await disableAll()
  const { id } = await stage.webhook(`${partner.url}/newer`)
  partner.behave(() => 'ok')
  const contact = await stage.contact()
  await stage.give(contact)
  await stage.give(contact, 'offers')
  await stage.database.webhookDelivery.updateMany({ where: { state: 'queued' }, data: { state: 'dead' } })
  await stage.object(contact)
  stage.sender()
  await partner.until(() => at('/newer').length === 1)
  await expect.poll(async () => (await stage.deliveries({ contact }))[0]?.state).toBe('DELIVERED')
  const again = await stage.ask('mutation ($id: ID!) { redeliver(webhook: $id) }', { id })
  expect(again.redeliver).toBe(1)
  expect(await stage.deliveries({ contact, state: 'CANCELLED' })).toMatchObject([
    { kind: 'GIVEN', purpose: 'newsletter', fault: 'SUPERSEDED' },
  ])
})

test('what waited before a restore into another server, whose transactions count anew, still comes first', async () => {
  await disableAll()
  const { id } = await stage.webhook(`${partner.url}/moved`)
  partner.behave(() => 'ok')
  const contact = await stage.contact()
  await stage.give(contact)
  await stage.object(contact)
  const waiting = { state: 'queued' }
  const [first, second] = await stage.database.webhookDelivery.findMany({
    where: waiting,
    orderBy: { transactionId: 'asc' },
  })
  for (const [one, transactionId] of [
    [first, 9_000_000_000n],
    [second, 9_000_000_001n],
  ] as const)
    await stage.database.webhookDelivery.updateMany({ where: { id: one?.id ?? '' }, data: { transactionId } })
  await stage.give(contact)
  const sender = stage.sender()
  await partner.until(() => at('/moved').length === 3)
  await sender.close()
  expect(
    at('/moved')
      .slice(0, 2)
      .map((one) => one.id),
  ).toEqual([first?.changeId, second?.changeId])
  expect(await stage.deliveries({ webhook: id, state: 'DELIVERED' })).toHaveLength(3)
})

test('who was told of a contact, or was about to be, is told that it was erased, and of nothing after that', async () => {
  await disableAll()
  const { id, secret } = await stage.webhook(`${partner.url}/erased`)
  await stage.webhook(`${partner.url}/never-told`, { purposes: ['support'] })
  const { secret: other } = await stage.webhook(`${partner.url}/waiting`)
  partner.expectSigned('/erased', secret)
  partner.expectSigned('/waiting', other)
  let works = false
  partner.behave(({ path }) => (path === '/erased' || works ? 'ok' : 'error'))
  const sender = stage.sender({ notifications: await stage.notified() })
  const contact = await stage.contact({ emails: [{ address: 'zqerased@example.org' }] })
  await stage.give(contact)
  await stage.object(contact)
  await expect.poll(() => at('/erased').length).toBe(2)
  await partner.until(() => at('/waiting').length > 1)
  const erase = { ...stage.work, requestId: randomUUID() }
  await transact(erase, 'erase', (tx) => deliveriesData.erase(tx, [uuidIn(contact)], wholeContact(), stage.work))
  await partner.until(() => at('/erased').length === 3)
  const notice = at('/erased')[2]
  expect(notice?.body).toEqual({
    type: 'contact.erased',
    timestamp: expect.any(String),
    data: { id: notice?.id, contact },
  })

  // Those to whom nothing came are told of nothing else any more, as soon as they answer.
  await partner.until(() => at('/waiting').some(({ body }) => body.type === 'contact.erased'))
  works = true
  // Both at once: one that failed goes from the one to the other.
  const isUnderWay = ({ state }: { state: string }) => ['QUEUED', 'SENDING'].includes(state)
  await expect.poll(async () => (await stage.deliveries({})).filter(isUnderWay)).toEqual([])
  const types = at('/waiting').map(({ body }) => body.type)
  expect(types.slice(types.indexOf('contact.erased')).every((type) => type === 'contact.erased')).toBe(true)
  expect(at('/waiting').at(-1)).toMatchObject({ behaviour: 'ok' })
  expect(at('/never-told')).toEqual([])
  expect(partner.faults).toEqual([])
  const rest = await stage.deliveries({ webhook: id })
  expect(rest).toMatchObject([
    { state: 'DELIVERED', isErasure: true, contact: null, kind: null, purpose: null, tries: [] },
  ])
  // Nothing is left by which one would know whom it was about.
  expect(await stage.database.erasureNotice.count({ where: { erasedId: { not: null } } })).toBe(0)
  await sender.close()
})

test('a notice of an erasure that nobody takes is a dead letter, too, and goes with its webhook', async () => {
  await disableAll()
  const { id } = await stage.webhook(`${partner.url}/notice`)
  partner.behave(() => 'error')
  const contact = await stage.contact()
  await stage.give(contact)
  await transact({ ...stage.work, requestId: randomUUID() }, 'erase', (tx) =>
    deliveriesData.erase(tx, [uuidIn(contact)], wholeContact(), stage.work),
  )
  await stage.database.erasureNotice.updateMany({ where: { state: 'queued' }, data: { waitsSince: new Date(0) } })
  const sender = stage.sender({ notifications: await stage.notified() })
  const dead = () => stage.deliveries({ webhook: id, state: 'DEAD' })
  await expect.poll(dead).toMatchObject([{ isErasure: true, fault: 'HTTP 500', attempts: 1 }])
  const again = 'mutation ($ids: [ID!]) { redeliver(deliveries: $ids) }'
  const ids = (await dead()).map((one) => one.id)
  expect((await stage.ask(again, { ids })).redeliver).toBe(1)
  await partner.until(() => at('/notice').length > 1)
  expect(new Set(at('/notice').map((one) => one.id)).size).toBe(1)
  await sender.close()
  await stage.ask('mutation ($id: ID!) { deleteWebhook(id: $id) { id } }', { id })
  expect(await stage.database.erasureNotice.count({ where: { erasedId: { not: null } } })).toBe(0)
})

test('nothing goes to servers with a wrong certificate, to private addresses, or after a redirect', async () => {
  const posting = { url: `${partner.url}/unsafe`, headers: {}, body: '{}' }
  partner.behave(() => 'redirect')
  const trusting = { allowPrivate: true, giveUpAfter: 0, ca: partner.ca }
  const post = (settings: Parameters<typeof createPoster>[0], url = posting.url) =>
    createPoster(settings, { patience: 2000 }).post({ ...posting, url }, unlimited)
  expect(await post(trusting)).toMatchObject({ status: 307, fault: 'HTTP 307' })
  expect((await post({ ...trusting, ca: undefined })).fault).toMatch(/CERT|SELF_SIGNED/)
  const { length } = partner.received
  const guarded = { ...trusting, allowPrivate: false }
  const hosts = [
    'localhost',
    '127.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '10.0.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '[fe80::1]',
    '[fd00::1]',
    '100.64.0.1',
    '0.0.0.0',
    '[64:ff9b::7f00:1]',
    '[64:ff9b:1::a9fe:a9fe]',
    '[::7f00:1]',
    '[2002:7f00:1::]',
    '198.18.0.1',
    '168.63.129.16',
    '2130706433',
    '0x7f.1',
  ]
  for (const host of hosts) {
    const url = Object.assign(new URL(posting.url), { host }).href
    expect((await post(guarded, url)).fault, host).toBe('PRIVATE_ADDRESS')
  }
  expect(partner.received.length).toBe(length)
})

test('a name goes to public addresses only, and to those that were looked at, whatever it leads to a moment later', async () => {
  const found = (allowPrivate: boolean, hostname: string, all: boolean) =>
    new Promise<unknown>((done) => {
      pinnedLookup(allowPrivate)(hostname, { all }, (error, addresses) => done(error ?? addresses))
    })
  for (const all of [true, false]) {
    expect(await found(false, 'localhost', all)).toMatchObject({ code: 'PRIVATE_ADDRESS' })
    expect(await found(true, 'localhost', all)).not.toBeInstanceOf(Error)
    expect(await found(false, '8.8.8.8', all)).toEqual(all ? [{ address: '8.8.8.8', family: 4 }] : '8.8.8.8')
  }
})

test('an answer without end is not read, and one that does not come is not waited for', async () => {
  const poster = createPoster({ allowPrivate: true, giveUpAfter: 0, ca: partner.ca }, { patience: 2000 })
  const posting = { url: `${partner.url}/bounds`, headers: {}, body: '{}' }
  partner.behave(() => 'long')
  const cut = partner.cut()
  expect(await poster.post(posting, unlimited)).toMatchObject({ status: 200, fault: '' })
  await cut
  partner.behave(() => 'hang')
  expect(await poster.post(posting, unlimited)).toMatchObject({ status: null, fault: 'TIMEOUT', perhapsTaken: true })
  poster.close()
})

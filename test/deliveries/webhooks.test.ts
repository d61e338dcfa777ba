import { createHmac, randomUUID } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { deliveriesData } from '../../src/modules/deliveries/personal-data.ts'
import { statementsOf } from '../contacts/lists-support.ts'
import { disclosedBy } from '../support/disclosed.ts'
import { type Partner, type Received, startPartner } from './partner.ts'
import { type Stage, startStage, uuidIn } from './support.ts'

let stage: Stage
let partner: Partner
let sender: ReturnType<Stage['sender']>

beforeAll(async () => {
  partner = await startPartner()
  stage = await startStage(partner.ca)
  sender = stage.sender({ notifications: await stage.notified() })
})
afterAll(async () => {
  await sender.close()
  await stage.close()
  await partner.close()
})

const nothing: Received = { id: '', body: {}, headers: {}, behaviour: 'ok', path: '' }

/** What came to one path. */
const at = (path: string) => partner.received.filter((one) => one.path === path)

test('a change reaches the recipient signed, under ids alone', async () => {
  const { secret } = await stage.webhook(`${partner.url}/plain`, { purposes: ['support'] })
  partner.expectSigned('/plain', secret)
  const contact = await stage.contact({ familyName: 'Zqfamily', emails: [{ address: 'zqida@example.org' }] })
  await stage.give(contact, 'support', { validUntil: '2099-01-01T00:00:00Z' })
  await partner.until(() => at('/plain').length === 1)
  expect(partner.faults).toEqual([])
  const { id, body, headers } = at('/plain')[0] ?? nothing
  expect(body).toEqual({
    type: 'consent.given',
    timestamp: expect.any(String),
    data: {
      id,
      contact,
      purpose: 'support',
      ground: 'consent',
      valid: true,
      since: expect.any(String),
      until: '2099-01-01T00:00:00.000Z',
    },
  })
  expect(JSON.stringify([body, headers])).not.toMatch(/zqfamily|zqida|example.org/i)
  expect(Math.abs(Number(headers['webhook-timestamp']) * 1000 - Date.now())).toBeLessThan(60_000)
})

test('what is withdrawn or objected to is told of every purpose below, too, with how it stands then', async () => {
  await stage.webhook(`${partner.url}/tree`)
  const contact = await stage.contact()
  await stage.give(contact, 'newsletter')
  await stage.give(contact, 'offers')
  await stage.give(contact, 'offers', { ground: 'CONTRACT' })
  await stage.withdraw(contact, 'marketing')
  const told = () => at('/tree').map(({ body: { type, data } }) => `${type} ${data.purpose} ${data.valid}`)
  await partner.until(() => told().length === 6)
  expect(told().slice(0, 3)).toEqual([
    'consent.given newsletter true',
    'consent.given offers true',
    'consent.given offers true',
  ])
  expect(told().slice(3).sort()).toEqual([
    'consent.withdrawn marketing false',
    'consent.withdrawn newsletter false',
    'consent.withdrawn offers true', // There is a contract, too.
  ])
})

test('only the purposes and events that were asked for are told', async () => {
  await stage.webhook(`${partner.url}/some`, { purposes: ['offers'], events: ['OBJECTED'] })
  const contact = await stage.contact()
  await stage.give(contact, 'newsletter')
  await stage.give(contact, 'offers')
  await stage.object(contact, 'offers')
  await partner.until(() => at('/some').length > 0)
  expect((await stage.deliveries({ contact })).filter(({ webhook }) => webhook.id).length).toBeGreaterThan(0)
  expect(at('/some').map(({ body }) => body.type)).toEqual(['consent.objected'])
})

test('while a secret is rotated, messages verify with either', async () => {
  const former = await stage.webhook(`${partner.url}/rotated`, { purposes: ['support'] })
  const rotate =
    'mutation ($id: ID!, $hours: Float) { rotateWebhookSecret(id: $id, overlapHours: $hours) { secret addressKey } }'
  const newer = (await stage.ask(rotate, { id: former.id, hours: 1 })).rotateWebhookSecret
  expect(newer.addressKey).toBe(former.addressKey)
  await stage.give(await stage.contact(), 'support')
  await partner.until(() => at('/rotated').length === 1)
  const verifies = (secret: string) => {
    const { body, headers } = at('/rotated').at(-1) ?? nothing
    try {
      return Boolean(new Webhook(secret).verify(JSON.stringify(body), headers))
    } catch {
      return false
    }
  }
  expect([verifies(former.secret), verifies(newer.secret)]).toEqual([true, true])
  const newest = (await stage.ask(rotate, { id: former.id, hours: 0 })).rotateWebhookSecret
  await stage.give(await stage.contact(), 'support')
  await partner.until(() => at('/rotated').length === 2)
  expect([verifies(former.secret), verifies(newer.secret), verifies(newest.secret)]).toEqual([false, false, true])
  expect((await stage.fail(rotate, { id: former.id, hours: 1000 })).code).toBe('INVALID_INPUT')
})

test('who knows persons by e-mail finds them by a keyed hash, as long as the client may read addresses', async () => {
  const input = { client: stage.client, url: `${partner.url}/hashes`, purposes: ['support'], emailHashes: true }
  expect(await stage.fail(stage.create, { input })).toMatchObject({
    code: 'INVALID_INPUT',
    faults: [{ rule: 'scope_missing' }],
  })
  const scope = (name: string) =>
    stage.ask(`mutation ($c: ID!) { ${name}(client: $c, right: "contacts.email", read: true) { id } }`, {
      c: stage.client,
    })
  await scope('grantScope')
  const { addressKey } = await stage.webhook(input.url, input)
  const contact = await stage.contact({ emails: [{ address: 'Ida.Example@example.org' }] })
  await stage.give(contact, 'support')
  await partner.until(() => at('/hashes').length === 1)
  const expected = createHmac('sha256', Buffer.from(addressKey, 'base64'))
    .update('ida.example@example.org')
    .digest('base64')
  expect(at('/hashes')[0]?.body.data.emailHashes).toEqual([expected])
  await scope('revokeScope')
  await stage.object(contact, 'support')
  await partner.until(() => at('/hashes').length === 2)
  expect(at('/hashes')[1]?.body.data).not.toHaveProperty('emailHashes')
})

test('a webhook can be tried, changed, disabled and deleted; the log tells of it, and never of secrets', async () => {
  const { id, secret } = await stage.webhook(`${partner.url}/changed`, { purposes: ['support'] })
  const tried = await stage.ask('mutation ($id: ID!) { testWebhook(id: $id) { delivered status duration fault } }', {
    id,
  })
  expect(tried.testWebhook).toEqual({ delivered: true, status: 200, duration: expect.any(Number), fault: '' })
  expect(at('/changed')[0]?.body).toEqual({ type: 'webhook.test', timestamp: expect.any(String), data: {} })

  const update =
    'mutation ($id: ID!, $input: UpdateWebhookInput!) { updateWebhook(id: $id, input: $input) { disabledBecause } }'
  expect((await stage.ask(update, { id, input: { enabled: false } })).updateWebhook.disabledBecause).toBe('STAFF')
  const [one, other] = [await stage.contact(), await stage.contact()]
  await stage.give(one, 'support')
  await stage.ask(update, { id, input: { purposes: ['offers', 'support'] } })
  await stage.give(other, 'offers')
  const states = async () =>
    (await stage.deliveries({ webhook: id })).map(({ state, purpose }) => `${purpose} ${state}`.toLowerCase())
  expect(await states()).toEqual(['offers queued', 'support queued'])
  // What it isn't to know any more isn't sent.
  await stage.ask(update, { id, input: { purposes: ['offers'], enabled: true } })
  await expect.poll(states).toEqual(['offers delivered', 'support cancelled'])

  await stage.ask('mutation ($id: ID!) { deleteWebhook(id: $id) { deletedAt } }', { id })
  await stage.give(await stage.contact(), 'offers')
  expect(await states()).toEqual(['offers delivered', 'support cancelled'])
  const { webhooks } = await stage.ask('{ webhooks { edges { node { id } } } }')
  expect(JSON.stringify(webhooks)).not.toContain(id)
  expect((await stage.fail(update, { id, input: { enabled: true } })).code).toBe('NOT_FOUND')

  const log = await stage.database.systemAuditEntry.findMany({ where: { entity: 'Webhook' } })
  const operations = log.map(({ operation }) => operation)
  expect(operations).toEqual(
    expect.arrayContaining(['createWebhook', 'updateWebhook', 'deleteWebhook', 'rotateWebhookSecret']),
  )
  expect(JSON.stringify(log.map(({ values }) => Buffer.from(values ?? '').toString()))).not.toContain(secret.slice(6))
  const [{ secret: sealed } = { secret: new Uint8Array() }] = await stage.database.webhook.findMany({
    where: { url: { endsWith: '/plain' } },
  })
  expect(Buffer.from(sealed).toString('latin1')).not.toContain('whsec_')
})

test('to tell of an import takes as few statements however many grounds it brings, one of them for all webhooks', async () => {
  const told = async (number: number, purpose: string) => {
    const statements = await statementsOf(() => stage.importMany(number, purpose))
    return statements
      .map(
        ({ text }) =>
          /"(consent_change|webhook|webhook_delivery)" |is_valid THEN|hasBasis|lawful_basis_period b/.exec(text)?.[0],
      )
      .filter(Boolean)
  }
  await stage.webhook(`${partner.url}/imported`, { purposes: ['marketing'] })
  await stage.webhook(`${partner.url}/imported`, { purposes: ['marketing'] })
  const few = await told(3, 'marketing')
  expect(few.length).toBeLessThanOrEqual(4)
  const many = await told(40, 'marketing')
  expect(many).toEqual(few)
})

test('what could not be a webhook is refused with every fault', async () => {
  const faults = async (input: object) => {
    const given = { client: stage.client, url: 'https://shop.example/', purposes: ['support'], ...input }
    return ((await stage.fail(stage.create, { input: given }))?.faults ?? []).map(
      ({ field }: { field: string }) => field,
    )
  }
  for (const url of [
    'http://shop.example/',
    'https://ida:secret@shop.example/',
    'https://shop.example/#x',
    'shop',
    'file:///etc/passwd',
  ]) {
    expect(await faults({ url }), url).toEqual(['url'])
  }
  expect(await faults({ purposes: [] })).toEqual(['purposes'])
  expect(await faults({ purposes: ['nothing'] })).toEqual(['purposes'])
  expect(await faults({ url: 'http://shop.example/', purposes: [] })).toEqual(['url', 'purposes'])
})

test('nobody sends changes to where they may not hear them themselves', async () => {
  const input = { client: stage.client, url: `${partner.url}/stolen`, purposes: ['support'] }
  const without = await stage.user(['deliveries.webhooks', 'identity.clients'])
  expect((await stage.fail(stage.create, { input }, without.token)).code).toBe('FORBIDDEN')
  const bound = await stage.user(['deliveries.*'], ['support'])
  expect((await stage.fail(stage.create, { input }, bound.token)).code).toBe('FORBIDDEN')
  const holds = await stage.user(['deliveries.*'])
  expect(
    (await stage.ask(stage.create.replace('addressKey', ''), { input }, holds.token)).createWebhook.webhook.id,
  ).toBeTruthy()
  expect(
    (await stage.fail('{ webhooks { edges { node { id } } } }', {}, (await stage.user(['deliveries.changes'])).token))
      .code,
  ).toBe('FORBIDDEN')
})

test('deliveries are listed only about contacts that the caller sees, and disclosed to them', async () => {
  await stage.webhook(`${partner.url}/seen`, { purposes: ['support', 'newsletter'] })
  const [seen, unseen] = [await stage.contact(), await stage.contact()]
  await stage.give(seen, 'support')
  await stage.give(unseen, 'newsletter')
  const { token } = await stage.user(['deliveries.*', 'contacts.*'], ['support'])
  const listed = (await stage.deliveries({}, token)).map(({ contact }) => contact.id)
  expect(listed).toContain(seen)
  expect(listed).not.toContain(unseen)
  expect(await stage.deliveries({ contact: unseen }, token)).toEqual([])
  const disclosed = await transact({ ...stage.work, requestId: randomUUID() }, 'test', (tx) =>
    disclosedBy(deliveriesData, { ...stage.work, tx, contactId: uuidIn(seen) }),
  )
  expect(disclosed).toMatchObject({
    consentChange: [{ kind: 'given', purpose: 'support', valid: true }],
    webhookDelivery: expect.arrayContaining([expect.objectContaining({ recipient: 'Shop' })]),
  })
})

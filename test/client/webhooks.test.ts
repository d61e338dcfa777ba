import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { verifyWebhook, WebhookError } from '../.generated/lethe.ts'

const secretOf = (bytes: Buffer) => `whsec_${bytes.toString('base64')}`
const now = () => Math.floor(Date.now() / 1000)

/** As the library of Standard Webhooks signs. */
function signed(body: string, key: Buffer, { id = 'msg_1', timestamp = now() } = {}) {
  const value = new Webhook(secretOf(key)).sign(id, new Date(timestamp * 1000), body)
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': value }
}

const key = randomBytes(32)
const body = JSON.stringify({ type: 'consent.given', data: { purpose: 'newsletter', name: 'Zoë' } })

test('what the server signed is told, from headers of any kind', async () => {
  const headers = signed(body, key)
  const expected = { id: 'msg_1', event: JSON.parse(body) }
  for (const each of [headers, new Headers(headers)])
    expect(await verifyWebhook({ body, headers: each, secret: secretOf(key) })).toEqual(expected)
})

test('while a secret follows another one, either is enough, and other versions of signatures do no harm', async () => {
  const former = randomBytes(24)
  const headers = signed(body, key)
  const both = { ...headers, 'webhook-signature': `v1a,${'x'.repeat(88)} ${signed(body, former)['webhook-signature']}` }
  const secret = [secretOf(key), secretOf(former)]
  expect(await verifyWebhook({ body, headers, secret })).toMatchObject({ id: 'msg_1' })
  expect(await verifyWebhook({ body, headers: both, secret })).toMatchObject({ id: 'msg_1' })
})

test('nothing that was altered passes, whichever part it is', async () => {
  const headers = signed(body, key)
  const whole = { body, ...headers }
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('body', 'webhook-id', 'webhook-timestamp', 'webhook-signature'),
      fc.nat(1000),
      fc.string({ minLength: 0, maxLength: 3 }),
      async (part, place, put) => {
        const before = whole[part]
        const at = place % before.length
        const after = before.slice(0, at) + put + before.slice(at + 1)
        fc.pre(after !== before && !after.split(' ').includes(headers['webhook-signature']))
        const { body: its, ...others } = { ...whole, [part]: after }
        const received = { body: its, headers: others, secret: secretOf(key) }
        await expect(verifyWebhook(received)).rejects.toBeInstanceOf(WebhookError)
      },
    ),
  )
})

test('old ones, ones from the future, others’ and unsigned ones are refused', async () => {
  const secret = secretOf(key)
  const others = signed(body, randomBytes(32))
  const { 'webhook-signature': _left, ...unsigned } = signed(body, key)
  for (const headers of [
    signed(body, key, { timestamp: now() - 400 }),
    signed(body, key, { timestamp: now() + 400 }),
    others,
    unsigned,
    { ...others, 'webhook-signature': '' },
    {},
  ]) {
    await expect(verifyWebhook({ body, headers, secret })).rejects.toBeInstanceOf(WebhookError)
  }
  const late = signed(body, key, { timestamp: now() - 400 })
  expect(await verifyWebhook({ body, headers: late, secret, tolerance: 900 })).toMatchObject({ id: 'msg_1' })
})

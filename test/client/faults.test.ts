import { expect, test } from 'vitest'
import { createLethe, isLetheError, LetheError } from '../.generated/lethe.ts'
import { answer, away, hang, refuse, reset, startFaultyServer } from './faulty-server.ts'

const key = 'sk_test'
const wish = { person: { email: 'a@example.org' }, purposes: [{ purpose: 'newsletter' }] }
const given = { outcomes: [{ purpose: 'newsletter', state: 'GIVEN', error: null }], token: null }

test('what passes is tried again until it is answered, always with one idempotency key', async () => {
  const faults = [
    reset,
    away(502),
    away(503, { 'retry-after': '0' }),
    away(429, { 'retry-after': '0' }),
    refuse('UNAVAILABLE'),
    refuse('TOO_MANY_ATTEMPTS', { retryAfter: 0 }),
  ] as const
  await using server = await startFaultyServer(...faults, answer({ data: { giveConsent: given } }))
  const lethe = createLethe({ url: server.url, key, attempts: 9, firstPause: 1 })
  expect(await lethe.giveConsent(wish)).toEqual(given)
  expect(server.asked).toHaveLength(faults.length + 1)
  const [first] = server.asked
  expect(first?.authorization).toBe(`Bearer ${key}`)
  expect(first?.variables).toMatchObject({
    input: { ...wish, idempotencyKey: expect.stringMatching(/^[\da-f-]{36}$/) },
  })
  for (const asked of server.asked) expect(asked).toEqual(first)
})

test('each call has an idempotency key of its own, unless it brings one', async () => {
  await using server = await startFaultyServer(answer({ data: { giveConsent: given } }))
  const lethe = createLethe({ url: server.url, key })
  await lethe.giveConsent(wish)
  await lethe.giveConsent(wish)
  await lethe.giveConsent({ ...wish, idempotencyKey: 'order-4711' })
  const keys = server.asked.map(({ variables }) => Object(variables['input']).idempotencyKey)
  expect(new Set(keys).size).toBe(3)
  expect(keys[2]).toBe('order-4711')
})

test('what no repetition mends is told at once, by its code', async () => {
  const faults = [{ field: 'purposes.0.purpose', message: 'There is no such purpose.' }]
  await using server = await startFaultyServer(
    refuse('INVALID_INPUT', { faults }),
    refuse('TOO_MANY_ATTEMPTS', { retryAfter: 3600 }),
    refuse('UNAUTHENTICATED'),
    away(404),
    answer({ data: { giveConsent: null } }),
  )
  const lethe = createLethe({ url: server.url, key })
  const refusals: unknown[] = []
  for (let count = 0; count < 5; count++) refusals.push(await lethe.giveConsent(wish).catch((error: unknown) => error))
  expect(server.asked).toHaveLength(5)
  expect(refusals[0]).toMatchObject({ code: 'INVALID_INPUT', faults, requestId: 'r1' })
  expect(refusals[1]).toMatchObject({ code: 'TOO_MANY_ATTEMPTS', retryAfter: 3600 })
  expect(refusals[2]).toMatchObject({ code: 'UNAUTHENTICATED', message: 'refused: UNAUTHENTICATED' })
  expect(refusals[3]).toMatchObject({ code: 'BAD_REQUEST' })
  expect(refusals[4]).toMatchObject({ code: 'INTERNAL' })
  for (const refusal of refusals) expect(refusal).toBeInstanceOf(LetheError)
  expect(isLetheError(refusals[0])).toBe(true)
  expect(isLetheError(refusals[0], 'CONFLICT')).toBe(false)
  expect(isLetheError(refusals[1], 'CONFLICT', 'TOO_MANY_ATTEMPTS')).toBe(true)
})

test('a server that never answers costs the attempts that were allowed, and no more', async () => {
  await using server = await startFaultyServer(hang)
  const lethe = createLethe({ url: server.url, key, attempts: 2, timeout: 50, firstPause: 1 })
  const refusal = await lethe.ownConsents({ token: 't' }).catch((error: unknown) => error)
  expect(refusal).toMatchObject({ code: 'NO_ANSWER', cause: { message: 'no answer within 50 ms' } })
  expect(server.asked).toHaveLength(2)
})

test('whoever gives up waits no longer, neither for an answer nor in a pause', async () => {
  await using silent = await startFaultyServer(hang)
  await using busy = await startFaultyServer(refuse('TOO_MANY_ATTEMPTS', { retryAfter: 20 }))
  for (const { url } of [silent, busy]) {
    const reason = new Error('enough')
    const controller = new AbortController()
    const call = createLethe({ url, key }).consentOffers({}, { signal: controller.signal })
    setTimeout(() => controller.abort(reason), 100)
    await expect(call).rejects.toBe(reason)
  }
  const over = createLethe({ url: silent.url, key }).consentOffers({}, { signal: AbortSignal.abort('over') })
  await expect(over).rejects.toBe('over')
})

test('the key goes nowhere else: neither unencrypted over a network nor along with a redirect', async () => {
  expect(() => createLethe({ url: 'http://lethe.example', key })).toThrow('Use https')
  await using other = await startFaultyServer(answer({ data: { ownConsents: [] } }))
  await using server = await startFaultyServer(away(307, { location: `${other.url}/graphql` }))
  const lethe = createLethe({ url: server.url, key, attempts: 1 })
  await expect(lethe.ownConsents({ token: 't' })).rejects.toMatchObject({ code: 'NO_ANSWER' })
  expect(other.asked).toEqual([])
})

test('what takes a right of another module is asked for where the call says so', async () => {
  await using server = await startFaultyServer(answer({ data: { giveConsent: { ...given, contact: { id: 'c' } } } }))
  const lethe = createLethe({ url: server.url, key })
  await lethe.giveConsent(wish)
  expect((await lethe.giveConsent(wish, { contact: true })).contact?.id).toBe('c')
  expect(server.asked.map(({ variables }) => variables['contact'])).toEqual([false, true])
  expect(server.asked[0]?.query).toContain('contact @include(if: $contact)')
})

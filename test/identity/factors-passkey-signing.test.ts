import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Deviation } from '../support/authenticator.ts'
import { systemEntries } from '../support/log.ts'
import { answerLike, givePasskey, newPerson, origin, passkeysOf } from './factors-support.ts'
import { type Installation, install } from './support.ts'

let lethe: Installation
beforeAll(async () => {
  lethe = await install()
})
afterAll(() => lethe.close())

describe('signing with a passkey', () => {
  test('is asked for with a fresh challenge, for keys of this user that know them', async () => {
    const [person, other] = [await newPerson(lethe), await newPerson(lethe)]
    const { authenticator } = await givePasskey(person)
    await givePasskey(other)
    const [one, two] = [await person.asked(), await person.asked()]
    expect(one.options).toMatchObject({
      rpId: 'lethe.test',
      challenge: one.challenge,
      userVerification: 'required',
      allowCredentials: [{ id: authenticator.id, type: 'public-key', transports: ['internal', 'hybrid'] }],
    })
    expect(one.challenge).not.toBe(two.challenge)
    expect(Buffer.from(one.challenge, 'base64url')).toHaveLength(32)
  })

  test('is noted', async () => {
    const person = await newPerson(lethe)
    const { authenticator } = await givePasskey(person)
    const { challenge } = await person.asked()
    const userHandle = Buffer.from(person.id.replaceAll('-', ''), 'hex').toString('base64url')
    expect(await person.offer({ passkey: authenticator.get({ challenge }, { userHandle }) }, challenge)).toBe('passkey')
    const [{ lastUsedAt }] = await passkeysOf(person)
    expect(Math.abs(Date.parse(lastUsedAt) - Date.now())).toBeLessThan(60_000)
  })

  test.each<[string, Deviation]>([
    ['on another page', { origin: 'https://lethe.test.example' }],
    ['on another port', { origin: 'https://lethe.test:8443' }],
    ['without TLS', { origin: 'http://lethe.test' }],
    ['inside a page of somebody else', { crossOrigin: true }],
    ['for another relying party', { rpId: 'example.org' }],
    ['to another challenge', { challenge: 'YW5vdGhlcg' }],
    ['that is one to the wish for a new key', { type: 'webauthn.create' }],
    ['of an authenticator that nobody touched', { present: false }],
    ['of an authenticator that does not know who', { verified: false }],
    ['in the name of somebody else', { userHandle: 'AAAAAAAAAAAAAAAAAAAAAA' }],
  ])('is refused %s', async (_what, deviation) => {
    const person = await newPerson(lethe)
    const { authenticator } = await givePasskey(person)
    const { challenge } = await person.asked()
    expect(await person.offer({ passkey: authenticator.get({ challenge }, deviation) }, challenge)).toBeUndefined()
    expect(await person.offer({ passkey: authenticator.get({ challenge }) }, challenge)).toBe('passkey')
  })

  test('is refused with any byte of it changed', async () => {
    const person = await newPerson(lethe)
    const { authenticator } = await givePasskey(person)
    const { challenge } = await person.asked()
    const answer = authenticator.get({ challenge })
    const changed = (part: 'clientDataJSON' | 'authenticatorData' | 'signature', at: number, change: number) => {
      const data = Buffer.from(answer.response[part], 'base64url')
      data[at % data.length] = (data[at % data.length] ?? 0) ^ change
      return { ...answer, response: { ...answer.response, [part]: data.toString('base64url') } }
    }
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('clientDataJSON', 'authenticatorData'),
        fc.nat(500),
        fc.integer({ min: 1, max: 255 }),
        async (part, at, change) => {
          expect(await person.offer({ passkey: changed(part, at, change) }, challenge)).toBeUndefined()
        },
      ),
      { numRuns: 60 },
    )
    // In the middle of r, and of s.
    for (const at of [20, 50]) {
      expect(await person.offer({ passkey: changed('signature', at, 1) }, challenge)).toBeUndefined()
    }
    expect(await person.offer({ passkey: answer }, challenge)).toBe('passkey')
  })

  test('is refused by a key of somebody else, and by another key under the same id', async () => {
    const [person, other] = [await newPerson(lethe), await newPerson(lethe)]
    const [own, foreign] = [await givePasskey(person), await givePasskey(other)]
    const { challenge } = await person.asked()
    const answer = foreign.authenticator.get({ challenge })
    const { id } = own.authenticator
    for (const passkey of [answer, { ...answer, id, rawId: id }]) {
      expect(await person.offer({ passkey }, challenge)).toBeUndefined()
    }
  })

  test('is refused when nothing was asked', async () => {
    const person = await newPerson(lethe)
    const { authenticator } = await givePasskey(person)
    expect(await person.offer({ passkey: authenticator.get({ challenge: '' }) }, '')).toBeUndefined()
  })

  test('is refused when the count of signatures does not go up, and that is in the audit log', async () => {
    const person = await newPerson(lethe)
    const { authenticator } = await givePasskey(person)
    const sign = async (counter: number) => {
      const { challenge } = await person.asked()
      return person.offer({ passkey: authenticator.get({ challenge }, { counter }) }, challenge)
    }
    const answers = []
    for (const counter of [7, 6, 7, 0, 4_294_967_295, 8]) answers.push(await sign(counter))
    expect(answers).toEqual(['passkey', undefined, undefined, undefined, 'passkey', undefined])
    const entries = (await systemEntries(lethe.database, { operation: 'usePasskey' })).filter(
      ({ changes }) => changes['user']?.new === person.id,
    )
    expect(entries[0]).toMatchObject({ action: 'refused', entity: 'Passkey', actorKind: 'anonymous' })
    expect(entries.map(({ changes }) => changes['signatureCount'])).toEqual([
      { old: 7, new: 6 },
      { old: 7, new: 7 },
      { old: 7, new: 0 },
      { old: 4_294_967_295, new: 8 },
    ])
  })

  test('is right for one of several with the same count at once', async () => {
    const person = await newPerson(lethe)
    const { authenticator } = await givePasskey(person)
    const { challenge } = await person.asked()
    const copies = Array.from({ length: 6 }, () => authenticator.get({ challenge }, { counter: 9 }))
    const answers = await Promise.all(copies.map((passkey) => person.offer({ passkey }, challenge)))
    expect(answers.filter((answer) => answer === 'passkey')).toHaveLength(1)
  })

  test('works with keys that are on several devices, and do not count', async () => {
    const person = await newPerson(lethe)
    const { authenticator } = await givePasskey(person, { counts: false })
    for (let time = 0; time < 3; time++) {
      const { challenge } = await person.asked()
      expect(await person.offer({ passkey: authenticator.get({ challenge }) }, challenge)).toBe('passkey')
    }
  })

  test('is refused when it is no answer at all', async () => {
    const person = await newPerson(lethe)
    const { authenticator } = await givePasskey(person)
    const { challenge } = await person.asked()
    const client = Buffer.from(JSON.stringify({ type: 'webauthn.get', challenge, origin })).toString('base64url')
    await fc.assert(
      fc.asyncProperty(answerLike(client, authenticator.id), async (passkey) => {
        expect(await person.offer({ passkey }, challenge)).toBeUndefined()
      }),
      { numRuns: 100 },
    )
  })
})

import { sign, X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { generate } from 'selfsigned'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { hashToken } from '../../src/modules/identity/sign-in/sessions.ts'
import { type Deviation, softwareAuthenticator } from '../support/authenticator.ts'
import { systemEntries } from '../support/log.ts'
import {
  addPasskey,
  answerLike,
  givePasskey,
  newPerson,
  origin,
  passkeysOf,
  removePasskey,
  startPasskey,
} from './factors-support.ts'
import { type Installation, install } from './support.ts'

let lethe: Installation
beforeAll(async () => {
  lethe = await install()
})
afterAll(() => lethe.close())
afterEach(() => {
  vi.useRealTimers()
})

describe('adding a passkey', () => {
  test('asks for a key that knows its user, without attestation, and not for one that is there', async () => {
    const person = await newPerson(lethe)
    const { authenticator } = await givePasskey(person)
    const options = await startPasskey(person)
    expect(options).toMatchObject({
      rp: { name: 'Lethe', id: 'lethe.test' },
      user: { name: person.email, id: Buffer.from(person.id.replaceAll('-', ''), 'hex').toString('base64url') },
      attestation: 'none',
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
      excludeCredentials: [{ id: authenticator.id, type: 'public-key', transports: ['internal', 'hybrid'] }],
      pubKeyCredParams: [-7, -8, -257].map((alg) => ({ alg, type: 'public-key' })),
    })
    expect(Buffer.from(options.challenge, 'base64url')).toHaveLength(32)
    expect((await startPasskey(person)).challenge).not.toBe(options.challenge)
  })

  test('makes it a second factor, with recovery codes if it is the first', async () => {
    const person = await newPerson(lethe)
    const answer = softwareAuthenticator({ origin }).create(await startPasskey(person))
    const { data } = await addPasskey(person, answer, '  My phone ')
    expect(data?.['addPasskey'].recoveryCodes).toHaveLength(10)
    expect(data?.['addPasskey'].passkey).toMatchObject({ name: 'My phone', lastUsedAt: null })
    expect(await passkeysOf(person)).toEqual([data?.['addPasskey'].passkey])
  })

  test('wants a name of one line, and waits for one', async () => {
    const person = await newPerson(lethe)
    const answer = softwareAuthenticator({ origin }).create(await startPasskey(person))
    for (const name of ['', ' \n ', 'x'.repeat(101), 'two\nlines', 'bell\u0007', 'nul\0', 'half\ud800']) {
      expect((await addPasskey(person, answer, name)).codes).toEqual(['INVALID_INPUT'])
    }
    expect((await addPasskey(person, answer, 'ü'.repeat(100))).codes).toEqual([])
  })

  test.each<[string, Deviation]>([
    ['on another page', { origin: 'https://lethe.test.example' }],
    ['on another port', { origin: 'https://lethe.test:8443' }],
    ['without TLS', { origin: 'http://lethe.test' }],
    ['inside a page of somebody else', { crossOrigin: true }],
    ['for another relying party', { rpId: 'example.org' }],
    ['for the domain above', { rpId: 'test' }],
    ['to another challenge', { challenge: 'YW5vdGhlcg' }],
    ['to no challenge', { challenge: '' }],
    ['that is one to a question for a signature', { type: 'webauthn.get' }],
    ['of an authenticator that nobody touched', { present: false }],
    ['of an authenticator that does not know who', { verified: false }],
    ['with an attestation of no kind', { attestation: () => ({ fmt: 'new', attStmt: new Map() }) }],
  ])('refuses an answer %s', async (_what, deviation) => {
    const person = await newPerson(lethe)
    const authenticator = softwareAuthenticator({ origin })
    const answer = authenticator.create(await startPasskey(person), deviation)
    expect((await addPasskey(person, answer)).codes).toEqual(['INVALID_INPUT'])
    // It is this deviation that is wrong with it.
    expect((await addPasskey(person, authenticator.create(await startPasskey(person)))).codes).toEqual([])
  })

  test('takes a key that vouches for itself, and none that a certificate vouches for', async () => {
    const person = await newPerson(lethe)
    const own: Deviation['attestation'] = ({ authData, clientDataHash, privateKey }) => {
      const sig = new Uint8Array(sign('sha256', Buffer.concat([authData, clientDataHash]), privateKey))
      return {
        fmt: 'packed',
        attStmt: new Map<string, number | Uint8Array>([
          ['alg', -7],
          ['sig', sig],
        ]),
      }
    }
    const answer = softwareAuthenticator({ origin }).create(await startPasskey(person), { attestation: own })
    expect((await addPasskey(person, answer)).codes).toEqual([])

    const maker = await generate([{ name: 'commonName', value: 'Maker' }], { keyType: 'ec', curve: 'P-256' })
    const certified: Deviation['attestation'] = ({ authData, clientDataHash, id, publicKey }) => {
      const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
      const point = [Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]
      const signed = Buffer.concat([Buffer.from([0]), authData.subarray(0, 32), clientDataHash, id, ...point])
      const sig = new Uint8Array(sign('sha256', signed, maker.private))
      const x5c = [new Uint8Array(new X509Certificate(maker.cert).raw)]
      return {
        fmt: 'fido-u2f',
        attStmt: new Map<string, Uint8Array | Uint8Array[]>([
          ['sig', sig],
          ['x5c', x5c],
        ]),
      }
    }
    const refused = softwareAuthenticator({ origin }).create(await startPasskey(person), { attestation: certified })
    expect((await addPasskey(person, refused)).codes).toEqual(['INVALID_INPUT'])
  })

  test('takes keys of three algorithms, and no other', async () => {
    const person = await newPerson(lethe)
    for (const algorithm of ['ES256', 'EdDSA', 'RS256'] as const) {
      const { authenticator } = await givePasskey(person, { algorithm })
      const { challenge } = await person.asked()
      expect(await person.offer({ passkey: authenticator.get({ challenge }) }, challenge)).toBe('passkey')
    }
    const answer = softwareAuthenticator({ origin, algorithm: 'ES384' }).create(await startPasskey(person))
    expect((await addPasskey(person, answer)).codes).toEqual(['INVALID_INPUT'])
  })

  test('refuses an answer under another id than the key has', async () => {
    const person = await newPerson(lethe)
    const answer = softwareAuthenticator({ origin }).create(await startPasskey(person))
    const id = Buffer.from('another').toString('base64url')
    expect((await addPasskey(person, { ...answer, id, rawId: id })).codes).toEqual(['INVALID_INPUT'])
  })

  test('takes one answer to a question, right or wrong', async () => {
    const person = await newPerson(lethe)
    const options = await startPasskey(person)
    const [first, second] = [softwareAuthenticator({ origin }), softwareAuthenticator({ origin })]
    const answers = await Promise.all([first, second].map((key) => addPasskey(person, key.create(options))))
    expect(answers.flatMap(({ codes }) => codes)).toEqual(['INVALID_INPUT'])
    const next = await startPasskey(person)
    await addPasskey(person, second.create(next, { verified: false }))
    expect((await addPasskey(person, second.create(next))).codes).toEqual(['INVALID_INPUT'])
    expect(await passkeysOf(person)).toHaveLength(1)
  })

  test("refuses an answer to somebody else's question, or in another session", async () => {
    const [person, other] = [await newPerson(lethe), await newPerson(lethe)]
    const again = await lethe.signIn(person.email)
    const answer = softwareAuthenticator({ origin }).create(await startPasskey(person))
    expect((await addPasskey(other, answer)).codes).toEqual(['INVALID_INPUT'])
    const elsewhere = { ...person, run: (source: string, variables = {}) => lethe.run(source, variables, again) }
    expect((await addPasskey(elsewhere, answer)).codes).toEqual(['INVALID_INPUT'])
    expect((await addPasskey(person, answer)).codes).toEqual([])
  })

  test('refuses an answer that comes after five minutes', async () => {
    const person = await newPerson(lethe)
    const authenticator = softwareAuthenticator({ origin })
    const options = await startPasskey(person)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 301_000 })
    expect((await addPasskey(person, authenticator.create(options))).codes).toEqual(['INVALID_INPUT'])
    expect((await addPasskey(person, authenticator.create(await startPasskey(person)))).codes).toEqual([])
  })

  test('keeps its question apart from those of sign-ins', async () => {
    const person = await newPerson(lethe)
    const { challenge } = await startPasskey(person)
    const kept = await lethe.database.signInChallenge.findMany({ where: { userId: person.id } })
    expect(kept).toMatchObject([{ methods: [], passkeyChallenge: '' }])
    expect(kept[0]?.tokenHash).not.toBe(hashToken(challenge))
  })

  test('refuses a key that somebody has already', async () => {
    const [person, other] = [await newPerson(lethe), await newPerson(lethe)]
    const { authenticator } = await givePasskey(person)
    for (const one of [person, other]) {
      const { codes, errors } = await addPasskey(one, authenticator.create(await startPasskey(one)))
      expect(codes).toEqual(['INVALID_INPUT'])
      expect(errors[0]?.message).toContain('added before')
    }
  })

  test('ends at twenty', async () => {
    const person = await newPerson(lethe)
    const row = (n: number) => ({ id: uuidv7(), userId: person.id, name: '', credentialId: `${person.id}${n}` })
    const rows = Array.from({ length: 19 }, (_, n) => ({ ...row(n), publicKey: new Uint8Array(), transports: [] }))
    await transact(lethe.system, 'test', (tx) => tx.passkey.createMany({ data: rows }))
    const [one, two] = [await startPasskey(person), await startPasskey(person)]
    const answers = await Promise.all(
      [one, two].map((options) => addPasskey(person, softwareAuthenticator({ origin }).create(options))),
    )
    expect(answers.flatMap(({ codes }) => codes)).toEqual(['INVALID_INPUT'])
    expect((await person.run('mutation { startPasskey }')).codes).toEqual(['INVALID_INPUT'])
    expect(await passkeysOf(person)).toHaveLength(20)
  })

  test('refuses whatever is no answer at all', async () => {
    const person = await newPerson(lethe)
    const { challenge } = await startPasskey(person)
    const client = Buffer.from(JSON.stringify({ type: 'webauthn.create', challenge, origin })).toString('base64url')
    await fc.assert(
      fc.asyncProperty(
        answerLike(client, 'AAAA').filter((answer) => answer !== null),
        async (answer) => {
          expect((await addPasskey(person, answer)).codes).toEqual(['INVALID_INPUT'])
        },
      ),
      { numRuns: 60 },
    )
  })

  test('takes or refuses a damaged answer, and breaks on none', async () => {
    const person = await newPerson(lethe)
    await fc.assert(
      fc.asyncProperty(fc.nat(500), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const options = await startPasskey(person)
        const answer = softwareAuthenticator({ origin }).create(options)
        const object = Buffer.from(answer.response.attestationObject, 'base64url')
        object[at % object.length] = (object[at % object.length] ?? 0) ^ change
        const attestationObject = object.toString('base64url')
        const { codes } = await addPasskey(person, { ...answer, response: { ...answer.response, attestationObject } })
        expect(['INVALID_INPUT', undefined]).toContain(codes[0])
        for (const { id } of await passkeysOf(person)) await removePasskey(person, id)
      }),
      { numRuns: 40 },
    )
  })
})

describe('a passkey', () => {
  test('can be removed by its owner, and is worth nothing then', async () => {
    const [person, other] = [await newPerson(lethe), await newPerson(lethe)]
    const { authenticator, id } = await givePasskey(person)
    const { challenge } = await person.asked()
    for (const wrong of [id.slice(1), '', Buffer.from(`User:${person.id}`).toString('base64')]) {
      expect((await removePasskey(person, wrong)).codes).toEqual(['NOT_FOUND'])
    }
    expect((await removePasskey(other, id)).codes).toEqual(['NOT_FOUND'])
    expect((await removePasskey(person, id)).data).toEqual({ removePasskey: true })
    expect(await passkeysOf(person)).toEqual([])
    expect(await person.offer({ passkey: authenticator.get({ challenge }) }, challenge)).toBeUndefined()
  })

  test('is in the audit log when it comes and goes, without its key', async () => {
    const person = await newPerson(lethe)
    const { id } = await givePasskey(person)
    await removePasskey(person, id)
    const entries = await systemEntries(lethe.database, { entity: 'Passkey', actorId: person.id })
    const user = person.id
    expect(entries.map(({ operation, action, changes }) => ({ operation, action, changes }))).toEqual([
      { operation: 'addPasskey', action: 'created', changes: { user: { new: user }, name: { new: 'Key' } } },
      { operation: 'removePasskey', action: 'removed', changes: { user: { old: user }, name: { old: 'Key' } } },
    ])
  })
})

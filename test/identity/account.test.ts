import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pastTheGuards, withClient } from '../support/database.ts'
import { systemEntries } from '../support/log.ts'
import { codeOf, givePasskey, giveTotp, newPerson } from './factors-support.ts'
import { type From, type Installation, install, password } from './support.ts'

let lethe: Installation
beforeAll(async () => {
  lethe = await install()
})
afterAll(() => lethe.close())

const newUser = () => lethe.newUser()

/** As if the user had proved long ago who they are. */
const stale = (userId: string) =>
  withClient(lethe.url, (client) =>
    client.query("UPDATE session SET confirmed_at = now() - interval '10 minutes' WHERE user_id = $1", [userId]),
  )

const mySessions = async (from: From) =>
  (await lethe.run('{ mySessions { id current createdAt lastSeenAt expiresAt address userAgent methods } }', {}, from))
    .data?.['mySessions']

const end = (id: string, from: From) => lethe.run('mutation ($id: ID!) { endSession(id: $id) }', { id }, from)

const me = async (from: From) => (await lethe.run('{ me { email } }', {}, from)).data?.['me']

const refresh = (token: string) =>
  lethe.run('mutation ($token: String!) { refreshSession(refreshToken: $token) { token } }', { token })

describe("one's own sessions", () => {
  test('ASVS 7.5.2: are seen, with where and how they began, and nobody else sees them', async () => {
    const { email } = await newUser()
    await lethe.signIn((await newUser()).email)
    const first = await lethe.signIn(email, password, { address: '2001:db8::7', userAgent: 'Browser 1' })
    const { bearer } = await lethe.signIn(email, password, { userAgent: 'Browser 2' })
    expect(await mySessions({ bearer })).toMatchObject([
      { current: true, address: '192.0.2.7', userAgent: 'Browser 2', methods: ['PASSWORD'] },
      { current: false, address: '2001:db8::7', userAgent: 'Browser 1', methods: ['PASSWORD'] },
    ])
    await lethe.run('mutation { signOut }', {}, { bearer: first.bearer })
    expect(await mySessions({ bearer })).toHaveLength(1)
    const nobody = await lethe.run('{ mySessions { id } }')
    expect([nobody.data, nobody.codes]).toEqual([{ mySessions: null }, ['UNAUTHENTICATED']])
  })

  test('that ran out are not among them', async () => {
    const { id, email } = await newUser()
    for (let n = 0; n < 3; n++) await lethe.signIn(email)
    const [one, other] = await lethe.database.session.findMany({ where: { userId: id } })
    await pastTheGuards(lethe.url, `UPDATE session SET expires_at = now() WHERE id = '${one?.id}'`)
    await pastTheGuards(
      lethe.url,
      `UPDATE session SET last_seen_at = now() - interval '61 minutes' WHERE id = '${other?.id}'`,
    )
    expect(await mySessions({ bearer: (await lethe.signIn(email)).bearer })).toHaveLength(2)
  })

  test('ASVS 7.5.2: are ended one by one, at once, after a fresh proof of who one is', async () => {
    const { id, email } = await newUser()
    const other = await lethe.signIn(email)
    const { bearer } = await lethe.signIn(email)
    expect(await me({ cookie: other.cookie })).toEqual({ email })
    const [, theirs] = await mySessions({ bearer })
    await stale(id)
    expect((await end(theirs.id, { bearer })).codes).toEqual(['CONFIRMATION_NEEDED'])
    await confirm({ password }, { bearer })
    expect((await end(theirs.id, { bearer })).data).toEqual({ endSession: true })
    expect(await me({ cookie: other.cookie })).toBeNull()
    expect((await refresh(other.payload.refreshToken)).codes).toEqual(['UNAUTHENTICATED'])
    expect(await me({ bearer })).toEqual({ email })
    // The own one is signed out, whenever it was confirmed.
    await stale(id)
    const [own] = await mySessions({ bearer })
    const { codes, cookies } = await end(own.id, { bearer })
    expect([codes, cookies]).toEqual([[], [null]])
    await expect(me({ bearer })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  test("of others can't be ended, and the answer is that of ones that there are not", async () => {
    const { bearer } = await lethe.signIn((await newUser()).email)
    const victim = await lethe.signIn((await newUser()).email)
    const [theirs] = await mySessions({ bearer: victim.bearer })
    const ids = [
      theirs.id,
      Buffer.from(`MySession:${randomUUID()}`).toString('base64'),
      Buffer.from(`Session:${randomUUID()}`).toString('base64'),
      'x',
    ]
    const answers = []
    for (const id of ids) answers.push((await end(id, { bearer })).codes)
    expect(answers).toEqual(ids.map(() => ['NOT_FOUND']))
    expect(await me({ cookie: victim.cookie })).not.toBeNull()
    expect((await end(theirs.id, {})).codes).toEqual(['UNAUTHENTICATED'])
  })

  test('ASVS 7.5.2: end everywhere at once, this one included', async () => {
    const { id, email } = await newUser()
    const others = [await lethe.signIn(email), await lethe.signIn(email)]
    const last = await lethe.signIn(email)
    for (const { cookie } of [...others, last]) expect(await me({ cookie })).toEqual({ email })
    await stale(id)
    const everywhere = () => lethe.run('mutation { signOutEverywhere }', {}, { bearer: last.bearer })
    expect((await everywhere()).codes).toEqual(['CONFIRMATION_NEEDED'])
    await confirm({ password }, { bearer: last.bearer })
    const before = Date.now()
    const { data, cookies } = await everywhere()
    expect([data, cookies]).toEqual([{ signOutEverywhere: true }, [null]])
    for (const { cookie, payload } of [...others, last]) {
      expect(await me({ cookie })).toBeNull()
      expect((await refresh(payload.refreshToken)).codes).toEqual(['UNAUTHENTICATED'])
    }
    const { signedOutAt } = await lethe.database.user.findUniqueOrThrow({ where: { id } })
    expect(signedOutAt?.getTime()).toBeGreaterThanOrEqual(before)
    expect((await lethe.run('mutation { signOutEverywhere }')).codes).toEqual(['UNAUTHENTICATED'])
  })
})

type Proof = { password?: string; factor?: object; challenge?: string }

const confirm = (proof: Proof, from: From) =>
  lethe.run(
    `mutation ($password: String, $factor: SecondFactorInput, $challenge: String) {
      confirmIdentity(password: $password, factor: $factor, challenge: $challenge)
    }`,
    proof,
    from,
  )

const change = (newPassword: string, from: From) =>
  lethe.run(
    'mutation ($newPassword: String!) { changePassword(newPassword: $newPassword) { token } }',
    { newPassword },
    from,
  )

describe('a proof of who one is', () => {
  test('ASVS 7.5.1: is as old as the sign-in, or as the last confirmation, and counts for ten minutes', async () => {
    const { id, email } = await newUser()
    const first = await change(`${password} 1`, await lethe.signIn(email))
    expect(first.codes).toEqual([])
    const bearer: string = first.data?.['changePassword'].token
    await stale(id)
    expect((await change(`${password} 2`, { bearer })).codes).toEqual(['CONFIRMATION_NEEDED'])
    expect((await confirm({ password: 'wrong' }, { bearer })).codes).toEqual(['SIGN_IN_FAILED'])
    expect((await change(`${password} 2`, { bearer })).codes).toEqual(['CONFIRMATION_NEEDED'])
    expect((await confirm({ password: `${password} 1` }, { bearer })).data).toEqual({ confirmIdentity: true })
    expect((await change(`${password} 2`, { bearer })).codes).toEqual([])
    const [refused] = await lethe.database.systemAuditEntry.findMany({ where: { operation: 'confirmIdentity' } })
    expect(refused).toMatchObject({ action: 'refused', entityId: id, actorKind: 'user', actorId: id })
  })

  test('of one session is none of another', async () => {
    const { id, email } = await newUser()
    const [{ bearer }, other] = [await lethe.signIn(email), await lethe.signIn(email)]
    await stale(id)
    await confirm({ password }, { bearer })
    expect((await change(`${password} 1`, { bearer: other.bearer })).codes).toEqual(['CONFIRMATION_NEEDED'])
  })

  test('wants all that a sign-in wants, and names what is missing', async () => {
    const person = await newPerson(lethe)
    const { secret, recoveryCodes } = await giveTotp(person)
    await stale(person.id)
    const from = { bearer: person.bearer }
    const missing = async (proof: Proof) =>
      (await confirm(proof, from)).errors[0]?.extensions['faults'] as { field: string }[] | undefined
    expect(await missing({})).toMatchObject([{ field: 'password' }, { field: 'factor' }])
    expect(await missing({ password })).toMatchObject([{ field: 'factor' }])
    const totp = codeOf(secret, Date.now() + 30_000)
    expect(await missing({ factor: { totp } })).toMatchObject([{ field: 'password' }])
    expect((await confirm({ password, factor: { totp: '000000' } }, from)).codes).toEqual(['SIGN_IN_FAILED'])
    expect((await confirm({ password: 'wrong', factor: { totp } }, from)).codes).toEqual(['SIGN_IN_FAILED'])
    expect((await change('x', from)).codes).toEqual(['CONFIRMATION_NEEDED'])
    expect((await confirm({ password, factor: { totp } }, from)).codes).toEqual([])
    expect((await confirm({ password, factor: { recoveryCode: recoveryCodes[0] } }, from)).codes).toEqual([])
    expect((await change('x', from)).codes).toEqual(['INVALID_INPUT'])
  })

  test('is given by a passkey that answers a question, once', async () => {
    const person = await newPerson(lethe)
    const from = { bearer: person.bearer }
    const start = 'mutation { startConfirmation { token factors passkeyOptions } }'
    expect((await lethe.run(start, {}, from)).data).toEqual({ startConfirmation: null })
    const { authenticator } = await givePasskey(person, { counts: false })
    await stale(person.id)
    const {
      token: challenge,
      factors,
      passkeyOptions,
    } = (await lethe.run(start, {}, from)).data?.['startConfirmation'] ?? {}
    expect(factors).toEqual(['PASSKEY', 'RECOVERY_CODE'])
    const factor = { passkey: authenticator.get(passkeyOptions) }
    // It signs nobody in.
    const completed = await lethe.run(
      'mutation ($challenge: String!, $factor: SecondFactorInput!) { completeSignIn(challenge: $challenge, factor: $factor) { token } }',
      { challenge, factor },
    )
    expect(completed.codes).toEqual(['SIGN_IN_FAILED'])
    expect((await confirm({ password, factor }, from)).codes).toEqual(['SIGN_IN_FAILED'])
    // Nor does the question of a sign-in confirm anything.
    const asked = (await lethe.signIn(person.email)).payload.challenge
    const answer = { passkey: authenticator.get(asked.passkeyOptions) }
    expect((await confirm({ password, factor: answer, challenge: asked.token }, from)).codes).toEqual([
      'SIGN_IN_FAILED',
    ])
    expect((await confirm({ password, factor, challenge }, from)).codes).toEqual([])
    expect((await confirm({ password, factor, challenge }, from)).codes).toEqual(['SIGN_IN_FAILED'])
  })

  test('ASVS 6.3.1: is limited together with signing in', async () => {
    const { email } = await newUser()
    const { bearer } = await lethe.signIn(email)
    const codes = []
    for (let n = 0; n < 7; n++) {
      await lethe.database.attemptLevel.updateMany({ data: { blockedUntil: new Date(0) } })
      codes.push(...(await confirm({ password: 'wrong' }, { bearer })).codes)
    }
    expect(codes).toEqual([...Array(6).fill('SIGN_IN_FAILED'), 'TOO_MANY_ATTEMPTS'])
    expect((await lethe.signIn(email)).codes).toEqual(['TOO_MANY_ATTEMPTS'])
  })

  test('is for who is signed in', async () => {
    for (const source of ['mutation { confirmIdentity(password: "x") }', 'mutation { startConfirmation { token } }']) {
      expect((await lethe.run(source)).codes).toEqual(['UNAUTHENTICATED'])
    }
  })
})

describe('changing the password', () => {
  const other = 'another fine password'

  test('again and again is stopped, before it keeps others from signing in', async () => {
    const { email } = await newUser()
    let from: From = await lethe.signIn(email)
    const codes: unknown[] = []
    for (let n = 0; n < 11; n++) {
      const { data, codes: found } = await change(`${other} ${n}`, from)
      codes.push(found[0])
      if (data?.['changePassword']) from = { bearer: data['changePassword'].token }
    }
    expect(codes).toEqual([...Array.from({ length: 10 }, () => undefined), 'TOO_MANY_ATTEMPTS'])
  })

  test('ASVS 7.4.3: ends the other sessions, sign-ins under way, links, and what other devices know', async () => {
    const { id, email } = await newUser()
    const others = await lethe.signIn(email)
    const { bearer, cookie, device, payload } = await lethe.signIn(email)
    for (const one of [others.cookie, cookie]) expect(await me({ cookie: one })).toEqual({ email })
    const { data, devices, cookies } = await lethe.run(
      'mutation ($other: String!) { changePassword(newPassword: $other) { token refreshToken } }',
      { other },
      { bearer, device },
    )
    const { token, refreshToken } = data?.['changePassword'] ?? {}
    expect(await me({ cookie: others.cookie })).toBeNull()
    expect((await refresh(others.payload.refreshToken)).codes).toEqual(['UNAUTHENTICATED'])
    // ASVS 7.2.4: nor is anything worth what somebody may have stolen of this session.
    expect(await me({ cookie })).toBeNull()
    await expect(me({ bearer })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    expect((await refresh(payload.refreshToken)).codes).toEqual(['UNAUTHENTICATED'])
    for (const fresh of [{ cookie: cookies[0] ?? undefined }, { bearer: token }])
      expect(await me(fresh)).toEqual({ email })
    expect((await refresh(refreshToken)).codes).toEqual([])
    expect((await lethe.signIn(email)).codes).toEqual(['SIGN_IN_FAILED'])
    expect((await lethe.signIn(email, other)).codes).toEqual([])
    // While others guess, this device is still known, and the other one isn't.
    for (let n = 0; n < 8; n++) {
      await lethe.database.attemptLevel.updateMany({ data: { blockedUntil: new Date(0) } })
      await lethe.signIn(email, 'wrong', { address: `203.0.113.${n}` })
    }
    const from = (known: string | undefined) => ({ address: '203.0.113.100', device: known })
    expect((await lethe.signIn(email, other, from(others.device))).codes).toEqual(['TOO_MANY_ATTEMPTS'])
    expect((await lethe.signIn(email, other, from(devices[0]))).codes).toEqual([])
    const entries = await systemEntries(lethe.database, { operation: 'changePassword', actorId: id })
    expect(entries.map(({ entity, fields }) => [entity, ...fields].join(' ')).toSorted()).toEqual([
      'Session endedAt',
      'Session endedAt',
      'Session user address methods expiresAt',
      'User passwordSetAt',
    ])
    expect(JSON.stringify(entries.map(({ changes }) => changes))).not.toContain('argon2')
  })

  test.each([
    ['short of it', /at least 15/],
    ['aaaaaaaaaaaaaaaaaaaa', /repetitions/],
    ['1Q2w3e4r5t6y7u8i9o0p', /repetitions/],
    ['Sunshine 1234567', /Many people/],
    ['my name is Example, and that is that', /name/],
    ['the river lethe is deep', /product/],
    [`${'very '.repeat(200)}long`, /at most 1000/],
  ])('says what is wrong with %.30s', async (bad, fault) => {
    const { bearer } = await lethe.signIn((await newUser()).email)
    const { errors } = await change(bad, { bearer })
    expect(errors[0]?.extensions).toMatchObject({
      code: 'INVALID_INPUT',
      faults: [{ field: 'newPassword', message: expect.stringMatching(fault) }],
    })
  })

  test('is for who is signed in', async () => {
    expect((await change(other, {})).codes).toEqual(['UNAUTHENTICATED'])
  })

  test('takes the one that is proposed', async () => {
    const proposed = async () => (await lethe.run('{ generatedPassword }')).data?.['generatedPassword']
    const [one, another] = [await proposed(), await proposed()]
    expect(one).not.toBe(another)
    const { email } = await newUser()
    const { bearer } = await lethe.signIn(email)
    expect((await change(one, { bearer })).codes).toEqual([])
    expect((await lethe.signIn(email, one)).codes).toEqual([])
  })
})

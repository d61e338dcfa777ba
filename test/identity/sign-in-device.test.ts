import { createHmac } from 'node:crypto'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { type Installation, install, password } from './support.ts'

let lethe: Installation
beforeAll(async () => {
  lethe = await install()
})
afterAll(() => lethe.close())

const newUser = () => lethe.newUser()

/** Guesses from many addresses until none is let through any more. */
async function besiege(email: string) {
  for (let n = 0; n < 12; n++) {
    await lethe.database.attemptLevel.updateMany({ data: { blockedUntil: new Date(0) } }) // As if they had waited.
    await lethe.signIn(email, 'wrong', { address: `203.0.${Math.floor(Math.random() * 250)}.${n}` })
  }
  expect((await lethe.signIn(email, password, { address: '203.0.113.1' })).codes).toEqual(['TOO_MANY_ATTEMPTS'])
}

let places = 0
/** Where nobody has been before. */
const elsewhere = () => ({ address: `198.51.${++places >> 8}.${places & 255}` })

describe('a device on which somebody signed in', () => {
  test('ASVS 6.3.1: lets them in while others guess, by the cookie or by the token, from anywhere', async () => {
    const { email } = await newUser()
    const { device, payload } = await lethe.signIn(email)
    await besiege(email)
    expect((await lethe.signIn(email, password, { ...elsewhere(), device })).codes).toEqual([])
    const source =
      'mutation ($email: String!, $password: String!, $device: String) { signIn(email: $email, password: $password, device: $device) { device } }'
    const byToken = await lethe.run(source, { email, password, device: payload.device }, elsewhere())
    expect(byToken.codes).toEqual([])
    expect(byToken.data?.['signIn'].device).toEqual(expect.any(String))
    expect((await lethe.signIn(email, password, elsewhere())).codes).toEqual(['TOO_MANY_ATTEMPTS'])
  })

  test('lets nobody guess for ever, either', async () => {
    const { email } = await newUser()
    const { device } = await lethe.signIn(email)
    const codes = []
    for (let n = 0; n < 12; n++) {
      await lethe.database.attemptLevel.updateMany({ data: { blockedUntil: new Date(0) } })
      codes.push(...(await lethe.signIn(email, 'wrong', { ...elsewhere(), device })).codes)
    }
    expect(codes).toEqual([...Array(10).fill('SIGN_IN_FAILED'), ...Array(2).fill('TOO_MANY_ATTEMPTS')])
  })

  test('keeps its own count when the next sign-in gives it another token', async () => {
    const { email } = await newUser()
    const first = await lethe.signIn(email)
    const second = await lethe.signIn(email, password, { device: first.device })
    expect(decodeJwt(String(second.device)).jti).toBe(decodeJwt(String(first.device)).jti)
    expect(decodeJwt(String((await lethe.signIn(email)).device)).jti).not.toBe(decodeJwt(String(first.device)).jti)
  })

  test('knows the last five who used it', async () => {
    const users = []
    let device: string | undefined
    for (let n = 0; n < 6; n++) {
      const user = await newUser()
      users.push(user)
      device = (await lethe.signIn(user.email, password, { device })).device
    }
    const subjects = device?.split('~').map((token) => decodeJwt(token).sub)
    expect(subjects).toEqual(
      users
        .slice(1)
        .reverse()
        .map(({ id }) => id),
    )
    expect(String(device).length).toBeLessThan(3500)
    const [forgotten, known] = users
    for (const [user, code] of [
      [forgotten, ['TOO_MANY_ATTEMPTS']],
      [known, []],
    ] as const) {
      await besiege(String(user?.email))
      expect((await lethe.signIn(user?.email, password, { ...elsewhere(), device })).codes).toEqual(code)
    }
  })

  test('is not known by the token of somebody else, of another password, of another kind, or forged', async () => {
    const [{ id, email }, other] = [await newUser(), await newUser()]
    const { device: good = '', bearer } = await lethe.signIn(email)
    const { device: others } = await lethe.signIn(other.email)
    await besiege(email)
    const [header = '', claims = ''] = good.split('.')
    const forge = (change: object, head: object = {}) => {
      const text = [
        { alg: 'HS256', typ: 'device+jwt', ...head },
        { ...decodeJwt(good), ...change },
      ].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      const key = lethe.system.secrets.signingKey('device')
      return `${text.join('.')}.${createHmac('sha256', key).update(text.join('.')).digest('base64url')}`
    }
    // Right in all, so that the refusals below mean something.
    expect((await lethe.signIn(email, password, { ...elsewhere(), device: forge({}) })).codes).toEqual([])
    const past = Math.floor(Date.now() / 1000) - 60
    const bad = [
      others,
      bearer,
      `${header}.${claims}.`,
      forge({ sub: other.id }),
      forge({ pwd: 0 }),
      forge({ pwd: undefined }),
      forge({ jti: undefined }),
      forge({ exp: past }),
      forge({ exp: undefined }),
      forge({ aud: 'lethe' }),
      forge({ iss: 'other' }),
      forge({}, { typ: 'at+jwt' }),
      `${Buffer.from('{"alg":"none","typ":"device+jwt"}').toString('base64url')}.${claims}.`,
      'x'.repeat(4000),
      '~~~~~~',
      '',
    ]
    for (const device of bad) {
      expect((await lethe.signIn(email, password, { ...elsewhere(), device })).codes).toEqual(['TOO_MANY_ATTEMPTS'])
    }
    // Nor is it good for anything else.
    await expect(lethe.run('{ me { email } }', {}, { bearer: good })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    await transact(lethe.system, 'test', (tx) =>
      tx.user.update({ where: { id }, data: { passwordSetAt: new Date('2030-01-01') } }),
    )
    expect((await lethe.signIn(email, password, { ...elsewhere(), device: good })).codes).toEqual(['TOO_MANY_ATTEMPTS'])
  })
})

describe('a place where somebody signed in', () => {
  test('ASVS 6.3.1: lets them in while others guess elsewhere, without a cookie', async () => {
    const { email } = await newUser()
    await lethe.signIn(email, password, { address: '2001:db8:7:7::1' })
    await besiege(email)
    expect((await lethe.signIn(email, password, { address: '2001:db8:7:7:ffff::2' })).codes).toEqual([])
    expect((await lethe.signIn(email, password, { address: '2001:db8:7:8::1' })).codes).toEqual(['TOO_MANY_ATTEMPTS'])
  })
})

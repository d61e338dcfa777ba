import { Secret } from 'otpauth'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { pastTheGuards } from '../support/database.ts'
import { everythingIn } from '../support/log.ts'
import { codeOf, confirmTotp, giveTotp, newPerson } from './factors-support.ts'
import { type Installation, install } from './support.ts'

let lethe: Installation
beforeAll(async () => {
  lethe = await install()
})
afterAll(() => lethe.close())

// In the middle of a time step, and staying there.
const period = 30_000
const now = Math.floor(Date.now() / period) * period + period / 2
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('an authenticator app', () => {
  test('gets a secret of 160 bits, as text, URI and picture', async () => {
    const person = await newPerson(lethe, 'jo+new@example.org')
    const { data } = await person.run('mutation { startTotp { secret uri qrCode } }')
    const { secret, uri, qrCode } = data?.['startTotp'] ?? {}
    expect(Secret.fromBase32(secret).bytes).toHaveLength(20)
    expect(uri).toBe(
      `otpauth://totp/Lethe:jo%2Bnew%40example.org?issuer=Lethe&secret=${secret}&algorithm=SHA1&digits=6&period=30`,
    )
    expect(qrCode).toMatch(/^<svg .*<\/svg>$/s)
    expect(qrCode).not.toMatch(/script|style|href/)
  })

  test('counts once a code of it was confirmed, and not before', async () => {
    const person = await newPerson(lethe)
    const { data } = await person.run('mutation { startTotp { secret } }')
    const secret = data?.['startTotp'].secret
    expect(await person.offer({ totp: codeOf(secret) })).toBeUndefined()
    expect((await person.run('{ mySecondFactors { totp } }')).data?.['mySecondFactors']).toEqual({ totp: false })
    expect((await confirmTotp(person, codeOf(secret, now - 10 * period))).codes).toEqual(['INVALID_INPUT'])
    const confirmed = await confirmTotp(person, codeOf(secret))
    expect(confirmed.data?.['confirmTotp'].recoveryCodes).toHaveLength(10)
    const mine = await person.run('{ mySecondFactors { totp recoveryCodesLeft passkeys { id } } }')
    expect(mine.data?.['mySecondFactors']).toEqual({ totp: true, recoveryCodesLeft: 10, passkeys: [] })
  })

  test('is replaced by starting again until then, and refused afterwards', async () => {
    const person = await newPerson(lethe)
    const start = () => person.run('mutation { startTotp { secret } }')
    const first = (await start()).data?.['startTotp'].secret
    const second = (await start()).data?.['startTotp'].secret
    expect((await confirmTotp(person, codeOf(first))).codes).toEqual(['INVALID_INPUT'])
    expect((await confirmTotp(person, codeOf(second))).codes).toEqual([])
    expect((await start()).codes).toEqual(['INVALID_INPUT'])
    expect((await confirmTotp(person, codeOf(second, now + period))).codes).toEqual(['INVALID_INPUT'])
    expect(await person.offer({ totp: codeOf(second, now + period) })).toBe('totp')
  })

  test('started several times at once is one app', async () => {
    const person = await newPerson(lethe)
    const answers = await Promise.all(Array.from({ length: 6 }, () => person.run('mutation { startTotp { secret } }')))
    expect(answers.flatMap(({ codes }) => codes)).toEqual([])
    const secrets: string[] = answers.map(({ data }) => data?.['startTotp'].secret)
    // One of them counts: which, only the server knows.
    const { secret } = await lethe.database.totp.findUniqueOrThrow({ where: { userId: person.id } })
    const kept = lethe.system.secrets.open(`totp.secret ${person.id}`, secret)
    expect(secrets).toContain(kept)
    expect((await confirmTotp(person, codeOf(kept))).codes).toEqual([])
  })

  test('ASVS 6.3.1: is not confirmed by guessing', async () => {
    const person = await newPerson(lethe)
    const { data } = await person.run('mutation { startTotp { secret } }')
    const secret = data?.['startTotp'].secret
    const wrong = codeOf(secret, now - 20 * period)
    const codes = []
    for (let guess = 0; guess < 6; guess++) codes.push(...(await confirmTotp(person, wrong)).codes)
    expect(codes).toEqual([...Array(4).fill('INVALID_INPUT'), ...Array(2).fill('TOO_MANY_ATTEMPTS')])
    const { errors } = await confirmTotp(person, codeOf(secret))
    expect(errors[0]?.extensions).toMatchObject({ code: 'TOO_MANY_ATTEMPTS', retryAfter: 1 })
  })

  test('can be removed, and then none of its codes is right', async () => {
    const person = await newPerson(lethe)
    const { secret } = await giveTotp(person, now - period)
    expect((await person.run('mutation { removeTotp }')).data).toEqual({ removeTotp: true })
    expect(await person.offer({ totp: codeOf(secret) })).toBeUndefined()
    expect((await person.run('mutation { removeTotp }')).codes).toEqual(['NOT_FOUND'])
  })

  test('is in the audit log, without its secret', async () => {
    const person = await newPerson(lethe)
    await giveTotp(person, now - period)
    await person.run('mutation { removeTotp }')
    const entries = await lethe.database.systemAuditEntry.findMany({
      where: { entity: 'Totp', entityId: person.id },
      orderBy: { id: 'asc' },
    })
    expect(entries.map(({ operation, action, fields }) => ({ operation, action, fields }))).toEqual([
      { operation: 'startTotp', action: 'created', fields: ['user'] },
      { operation: 'confirmTotp', action: 'updated', fields: ['activatedAt'] },
      { operation: 'removeTotp', action: 'removed', fields: ['user', 'activatedAt'] },
    ])
  })
})

describe('a code of an authenticator app', () => {
  test('is right in its time step and one before and after it, and no further', async () => {
    for (const [steps, expected] of [
      [-2, undefined],
      [-1, 'totp'],
      [0, 'totp'],
      [1, 'totp'],
      [2, undefined],
    ] as const) {
      const person = await newPerson(lethe)
      const { secret } = await giveTotp(person, now - period)
      // The code that confirmed it is of the step before this one.
      vi.setSystemTime(now + 5 * period)
      expect(await person.offer({ totp: codeOf(secret, now + (5 + steps) * period) })).toBe(expected)
      vi.setSystemTime(now)
    }
  })

  test('ASVS 6.5.1: is right once, and so is none from before it', async () => {
    const person = await newPerson(lethe)
    const { secret } = await giveTotp(person, now - period)
    // Confirmed the app already.
    expect(await person.offer({ totp: codeOf(secret, now - period) })).toBeUndefined()
    expect(await person.offer({ totp: codeOf(secret, now + period) })).toBe('totp')
    expect(await person.offer({ totp: codeOf(secret, now + period) })).toBeUndefined()
    expect(await person.offer({ totp: codeOf(secret) })).toBeUndefined()
    vi.setSystemTime(now + 2 * period)
    expect(await person.offer({ totp: codeOf(secret, now + period) })).toBeUndefined()
    expect(await person.offer({ totp: codeOf(secret) })).toBe('totp')
  })

  test('ASVS 6.5.1: is right for one of many who offer it at once', async () => {
    const person = await newPerson(lethe)
    const { secret } = await giveTotp(person, now - period)
    const answers = await Promise.all(Array.from({ length: 20 }, () => person.offer({ totp: codeOf(secret) })))
    expect(answers.filter((answer) => answer === 'totp')).toHaveLength(1)
  })

  test('may have blanks in it, and is wrong as anything else', async () => {
    const person = await newPerson(lethe)
    const { secret } = await giveTotp(person, now - period)
    const code = codeOf(secret)
    const fullWidth = [...code].map((digit) => String.fromCodePoint(0xff10 + Number(digit))).join('')
    const other = String((Number(code) + 1) % 1_000_000).padStart(6, '0')
    for (const wrong of [
      '',
      code.slice(1),
      `${code}0`,
      fullWidth,
      `-${code.slice(1)}`,
      'abcdef',
      '\0',
      'x'.repeat(10_000),
      other,
    ]) {
      expect(await person.offer({ totp: wrong })).toBeUndefined()
    }
    expect(await person.offer({ totp: ` ${code.slice(0, 3)} ${code.slice(3)} ` })).toBe('totp')
  })

  test("is not right for somebody else's app", async () => {
    const [one, other] = [await newPerson(lethe), await newPerson(lethe)]
    const { secret } = await giveTotp(one, now - period)
    await giveTotp(other, now - period)
    expect(await other.offer({ totp: codeOf(secret) })).toBeUndefined()
  })
})

describe('the secret of an authenticator app', () => {
  test('is nowhere in the database, in no writing', async () => {
    const { secret } = await giveTotp(await newPerson(lethe), now - period)
    const tables = (await everythingIn(lethe.url)).toLowerCase()
    const hex = Buffer.from(secret).toString('hex')
    for (const text of [secret.toLowerCase(), hex, Secret.fromBase32(secret).hex.toLowerCase()]) {
      expect(tables).not.toContain(text)
    }
  })

  test('opens only in the row of its user', async () => {
    const [victim, attacker] = [await newPerson(lethe), await newPerson(lethe)]
    await giveTotp(victim, now - period)
    const { secret } = await giveTotp(attacker, now - period)
    await pastTheGuards(
      lethe.url,
      'UPDATE totp SET secret = (SELECT secret FROM totp WHERE user_id = $1) WHERE user_id = $2',
      [attacker.id, victim.id],
    )
    await expect(victim.offer({ totp: codeOf(secret) })).rejects.toThrow('unable to authenticate data')
    expect(await attacker.offer({ totp: codeOf(secret) })).toBe('totp')
  })
})

import { parseOptions } from '@node-rs/argon2'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createAdmission } from '../../src/admission.ts'
import {
  generatePassword,
  hashPassword,
  isOutdated,
  isShort,
  passwordFault,
  passwordFits,
} from '../../src/modules/identity/sign-in/password.ts'

/** Words of all kinds, so many bytes of them. */
const longText = (bytes: number) =>
  Array.from({ length: bytes }, (_, n) => 'the quick brown fox jumps over a lazy dog '[(n * n + n) % 43] ?? '-').join(
    '',
  )

/** Not made of a few characters, and of nothing that is refused for a reason of its own. */
const varied = (text: string) =>
  new Set(text.normalize('NFKC').toLowerCase()).size > 20 && !/lethe|jo\.doe|johanna|acme|widgets|example/i.test(text)

describe('a password', () => {
  test('is hashed with argon2id, salted, and found again in any form of Unicode', async () => {
    const composed = 'Gr\u00fc\u00dfe aus K\u00f6ln am Rhein'
    const [one, other] = await Promise.all([hashPassword(composed), hashPassword(composed)])
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(parseOptions(one)).toMatchObject({ memoryCost: 19_456, timeCost: 2, parallelism: 1 })
    expect(one).not.toBe(other)
    expect(await passwordFits(one, composed.normalize('NFD'))).toBe(true)
    expect(await passwordFits(one, composed.toLowerCase())).toBe(false)
    expect(await passwordFits(undefined, composed)).toBe(false)
    expect(isOutdated(one)).toBe(false)
    for (const cheaper of [one.replace('m=19456', 'm=9000'), one.replace('t=2', 't=1')]) {
      expect(isOutdated(cheaper)).toBe(true)
    }
  })

  const owner = { email: 'jo.doe@acme-widgets.example', name: 'Johanna Doe' }
  const faultOf = (password: string, options = {}) => passwordFault(password, owner, options)?.message

  test.each([
    ['fourteen chars', /at least 15/],
    ['👩‍🚀'.repeat(3), /at least 15/],
    ['ﬁve 5 ﬂat ﬁles', undefined],
    ['plain words without mixture', undefined],
    ['grüße aus köln am rhein', undefined],
    ['correct horse battery staple', undefined],
  ])('ASVS 6.2.1: %s is judged by its length', (password, fault) => {
    if (fault) expect(faultOf(password)).toMatch(fault)
    else expect(faultOf(password)).toBeUndefined()
  })

  test('ASVS 6.2.1: may have eight characters where there is a second factor, and is then known to be short', () => {
    expect(faultOf('zebra fo', { withFactor: true })).toBeUndefined()
    expect(faultOf('zebra f', { withFactor: true })).toMatch(/at least 8/)
    expect(faultOf('zebra fo')).toMatch(/at least 15/)
    expect([isShort('fourteen chars'), isShort('fifteen letters')]).toEqual([true, false])
    for (const common of ['password', 'Letmein1', 'iloveyou!', '12345678', 'qwertzuiop']) {
      expect(faultOf(common, { withFactor: true })).toBeDefined()
    }
  })

  test.each([
    '1Q2W3E4R5T6Y7U8I',
    'passwordpassword',
    'Password Password',
    'monkeymonkeymonkey',
    'Michael19870314',
    '!!!!!sunshine!!!!!',
    'ｑｗｅｒｔｙ１２３４５６７８９',
    'aaaaaaaaaaaaaaa',
    '123456789012345',
    '111222333444555',
    'abcdefghijklmnop',
    'abcabcabcabcabc',
    'qwertzuiopasdfgh',
    'qwertyuiop[asdfg',
    '1qay2wsx3edc4rfv',
    '987654321098765',
    '😀'.repeat(20),
  ])('ASVS 6.2.4: %s is too common, or too simple', (password) => {
    expect(faultOf(password)).toMatch(/Many people|repetitions/)
  })

  test.each([
    'my name is JOHANNA indeed',
    'write to jo.doe for this',
    'nobody likes acme at all',
    'we sell a lot of widgets',
    'Lethe is the river here',
  ])('ASVS 6.2.11: %s has words in it that everybody would try', (password) => {
    expect(faultOf(password)).toMatch(/Leave the name/)
  })

  test('ASVS 6.2.5, 6.2.9: may be of any characters, and up to 1000 bytes long', () => {
    const anything = fc.string({ unit: 'grapheme', minLength: 64, maxLength: 120 })
    fc.assert(
      fc.property(anything, (password) => {
        fc.pre(varied(password) && Buffer.byteLength(password) <= 1000)
        expect(faultOf(password)).toBeUndefined()
      }),
    )
    expect(faultOf(`${'many words '.repeat(9)}and an end`)).toBeUndefined()
    expect(faultOf(longText(1000))).toBeUndefined()
    expect(faultOf(longText(1001))).toMatch(/at most 1000/)
  })

  test('ASVS 6.2.8: counts to its last character, and as it was typed', async () => {
    const long = longText(1000)
    const hashed = await hashPassword(long)
    expect(await passwordFits(hashed, long)).toBe(true)
    for (const other of [long.slice(0, -1), `${long}x`, long.toUpperCase(), `${long.slice(0, -1)}~`, ` ${long}`]) {
      expect(await passwordFits(hashed, other)).toBe(false)
    }
  })

  test('that is generated is new each time, and obeys the rules', () => {
    const made = new Set(Array.from({ length: 1000 }, generatePassword))
    expect(made.size).toBe(1000)
    for (const password of made) expect(passwordFault(password, { email: 'admin@localhost', name: '' })).toBeUndefined()
  })
})

describe('admission', () => {
  test('lets a few run, a few wait, and nobody else in', async () => {
    const admit = createAdmission({ running: 2, waiting: 3, message: 'Later.' })
    let running = 0
    let most = 0
    const work = async () => {
      most = Math.max(most, ++running)
      await new Promise((done) => setTimeout(done, 5))
      running--
    }
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => admit(work)))
    expect(results.map(({ status }) => status)).toEqual([...Array(5).fill('fulfilled'), ...Array(3).fill('rejected')])
    expect(results[7]).toMatchObject({ reason: { code: 'UNAVAILABLE' } })
    expect(most).toBe(2)
  })

  test('goes on after a work that failed', async () => {
    const admit = createAdmission({ running: 1, waiting: 1, message: 'Later.' })
    const failing = admit(() => Promise.reject(new Error('no')))
    const next = admit(() => Promise.resolve('yes'))
    await expect(failing).rejects.toThrow('no')
    expect(await next).toBe('yes')
    expect(await admit(() => Promise.resolve('still'))).toBe('still')
  })
})

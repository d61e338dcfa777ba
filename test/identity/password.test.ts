import { parseOptions } from '@node-rs/argon2'
import { describe, expect, test } from 'vitest'
import { createAdmission } from '../../src/modules/identity/sign-in/admission.ts'
import {
  generatePassword,
  hashPassword,
  passwordFault,
  passwordFits,
} from '../../src/modules/identity/sign-in/password.ts'

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
  })

  test.each([
    ['fourteen chars', /at least 15/],
    ['👩‍🚀'.repeat(3), /at least 15/],
    ['x'.repeat(1001), /at most 1000/],
    ['my name is JOHANNA indeed', /Leave the name/],
    ['write to jo.doe for this', /Leave the name/],
    ['plain words without mixture', undefined],
    ['grüße aus köln am rhein', undefined],
  ])('%s is judged', (password, fault) => {
    const found = passwordFault(password, { email: 'jo.doe@example.org', name: 'Johanna Doe' })
    if (fault) expect(found).toMatch(fault)
    else expect(found).toBeUndefined()
  })

  test('that is generated is new each time, and obeys the rules', () => {
    const made = new Set(Array.from({ length: 1000 }, generatePassword))
    expect(made.size).toBe(1000)
    for (const password of made) expect(passwordFault(password, { email: 'admin@localhost', name: '' })).toBeUndefined()
  })
})

describe('admission', () => {
  test('lets a few run, a few wait, and nobody else in', async () => {
    const admit = createAdmission({ running: 2, waiting: 3 })
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
    const admit = createAdmission({ running: 1, waiting: 1 })
    const failing = admit(() => Promise.reject(new Error('no')))
    const next = admit(() => Promise.resolve('yes'))
    await expect(failing).rejects.toThrow('no')
    expect(await next).toBe('yes')
    expect(await admit(() => Promise.resolve('still'))).toBe('still')
  })
})

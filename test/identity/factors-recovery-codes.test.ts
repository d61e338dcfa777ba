import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { everythingIn } from '../support/log.ts'
import { givePasskey, giveTotp, newPerson, type Person } from './factors-support.ts'
import { type Installation, install } from './support.ts'

let lethe: Installation
beforeAll(async () => {
  lethe = await install()
})
afterAll(() => lethe.close())

const renew = (person: Person) => person.run('mutation { renewRecoveryCodes { recoveryCodes } }')

const left = async (person: Person) =>
  (await person.run('{ mySecondFactors { recoveryCodesLeft } }')).data?.['mySecondFactors'].recoveryCodesLeft

describe('recovery codes', () => {
  test('ASVS 6.5.3: come with the first factor, ten of them, each of 120 random bits', async () => {
    const person = await newPerson(lethe)
    const { recoveryCodes } = await giveTotp(person)
    expect(new Set(recoveryCodes).size).toBe(10)
    // 24 of 32 digits and letters, without those that look like others: i, l, o and u.
    for (const code of recoveryCodes) expect(code).toMatch(/^[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){5}$/)
    // Every place takes many values: none is fixed or counted up.
    for (let place = 0; place < 29; place++) {
      if (place % 5 === 4) continue
      expect(new Set(recoveryCodes.map((code) => code[place])).size).toBeGreaterThan(2)
    }
    expect((await givePasskey(person)).recoveryCodes).toEqual([])
    expect(await left(person)).toBe(10)
  })

  test('ASVS 6.5.1: are right once each', async () => {
    const person = await newPerson(lethe)
    const { recoveryCodes } = await giveTotp(person)
    for (const recoveryCode of recoveryCodes) {
      expect(await person.offer({ recoveryCode })).toBe('recovery-code')
      expect(await person.offer({ recoveryCode })).toBeUndefined()
    }
    expect(await left(person)).toBe(0)
  })

  test('ASVS 6.5.1: are right for one of many who offer the same at once', async () => {
    const person = await newPerson(lethe)
    const { recoveryCodes } = await giveTotp(person)
    const recoveryCode = recoveryCodes[0]
    const answers = await Promise.all(Array.from({ length: 10 }, () => person.offer({ recoveryCode })))
    expect(answers.filter((answer) => answer === 'recovery-code')).toHaveLength(1)
    expect(await left(person)).toBe(9)
  })

  test('are right however they are typed', async () => {
    const person = await newPerson(lethe)
    const { recoveryCodes } = await giveTotp(person)
    const [one = '', two = '', three = '', four = ''] = recoveryCodes
    for (const typed of [
      one.toUpperCase(),
      two.replaceAll('-', ''),
      ` ${three.replaceAll('-', ' – ')}\n`,
      four.replaceAll('0', 'O').replaceAll('1', 'l'),
    ]) {
      expect(await person.offer({ recoveryCode: typed })).toBe('recovery-code')
    }
  })

  test('are wrong as anything else, and of somebody else', async () => {
    const [person, other] = [await newPerson(lethe), await newPerson(lethe)]
    const { recoveryCodes } = await giveTotp(person)
    const [code = ''] = recoveryCodes
    for (const wrong of [
      '',
      '-',
      code.slice(1),
      `${code}0`,
      '\0',
      '0000-0000-0000-0000-0000-0000',
      'x'.repeat(100_000),
    ]) {
      expect(await person.offer({ recoveryCode: wrong })).toBeUndefined()
    }
    expect(await other.offer({ recoveryCode: code })).toBeUndefined()
    expect(await left(person)).toBe(10)
  })

  test('are replaced by new ones, all at once', async () => {
    const person = await newPerson(lethe)
    const { recoveryCodes } = await giveTotp(person)
    const renewed: string[] = (await renew(person)).data?.['renewRecoveryCodes'].recoveryCodes
    expect(new Set([...recoveryCodes, ...renewed]).size).toBe(20)
    expect(await person.offer({ recoveryCode: recoveryCodes[0] })).toBeUndefined()
    expect(await person.offer({ recoveryCode: renewed[0] })).toBe('recovery-code')
    expect(await left(person)).toBe(9)
  })

  test('come with no factor that they could stand in for, and go with the last one', async () => {
    const person = await newPerson(lethe)
    expect((await renew(person)).codes).toEqual(['INVALID_INPUT'])
    const { recoveryCodes } = await giveTotp(person)
    const passkey = await givePasskey(person)
    await person.run('mutation { removeTotp }')
    expect(await left(person)).toBe(10)
    await person.run('mutation ($id: ID!) { removePasskey(id: $id) }', { id: passkey.id })
    expect(await left(person)).toBe(0)
    expect(await person.offer({ recoveryCode: recoveryCodes[0] })).toBeUndefined()
    expect((await giveTotp(person)).recoveryCodes).toHaveLength(10)
  })

  test('ASVS 6.5.2: are in the database as hashes only', async () => {
    const { recoveryCodes } = await giveTotp(await newPerson(lethe))
    const tables = await everythingIn(lethe.url)
    for (const code of recoveryCodes) {
      expect(tables).not.toContain(code)
      expect(tables).not.toContain(code.replaceAll('-', ''))
    }
  })

  test('are in the audit log when they are made, used and replaced', async () => {
    const person = await newPerson(lethe)
    const { recoveryCodes } = await giveTotp(person)
    await person.offer({ recoveryCode: recoveryCodes[0] })
    await renew(person)
    const entries = await lethe.database.systemAuditEntry.groupBy({
      by: ['operation', 'action', 'actorId'],
      where: { entity: 'RecoveryCode', actorId: person.id },
      orderBy: [{ operation: 'asc' }, { action: 'asc' }],
      _count: true,
    })
    expect(entries.map(({ operation, action, _count }) => [operation, action, _count])).toEqual([
      ['confirmTotp', 'created', 10],
      ['renewRecoveryCodes', 'created', 10],
      ['renewRecoveryCodes', 'removed', 10],
      ['useRecoveryCode', 'updated', 1],
    ])
  })
})

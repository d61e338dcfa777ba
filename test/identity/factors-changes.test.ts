import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { startSession } from '../../src/modules/identity/sign-in/sessions.ts'
import { softwareAuthenticator } from '../support/authenticator.ts'
import { withClient } from '../support/database.ts'
import {
  addPasskey,
  codeOf,
  confirmTotp,
  givePasskey,
  giveTotp,
  newPerson,
  origin,
  type Person,
  removePasskey,
  startPasskey,
} from './factors-support.ts'
import { type Installation, install } from './support.ts'

let lethe: Installation
beforeAll(async () => {
  lethe = await install()
})
afterAll(() => lethe.close())

const nobodysKey = Buffer.from('MyPasskey:01900000-0000-7000-8000-00000000dead').toString('base64')

const mutations = [
  'startTotp { secret }',
  'confirmTotp(code: "123456") { recoveryCodes }',
  'removeTotp',
  'renewRecoveryCodes { recoveryCodes }',
  'startPasskey',
  'addPasskey(name: "Key", response: {}) { recoveryCodes }',
  `removePasskey(id: "${nobodysKey}")`,
]

const mine = async (person: Person) =>
  (await person.run('{ mySecondFactors { totp recoveryCodesLeft passkeys { name } } }')).data?.['mySecondFactors']

/** Another session of the same user. */
async function elsewhere({ id: userId }: Person) {
  const by = { userId, address: '', userAgent: '', methods: [] }
  return (await transact(lethe.system, 'test', (tx) => startSession(tx, by, 3_600_000))).id
}

// Shorter passwords are good only together with a second factor.
const shorten = ({ id }: Person) =>
  transact(lethe.system, 'test', (tx) =>
    tx.user.update({ where: { id }, data: { passwordIsShort: true, name: 'Short' } }),
  )

describe('changing second factors', () => {
  test('ASVS 7.5.1: wants a fresh proof of who one is', async () => {
    const person = await newPerson(lethe)
    await giveTotp(person)
    const before = await mine(person)
    await withClient(lethe.url, (client) =>
      client.query(`UPDATE session SET confirmed_at = now() - interval '11 minutes' WHERE user_id = $1`, [person.id]),
    )
    for (const mutation of mutations) {
      expect({ mutation, codes: (await person.run(`mutation { ${mutation} }`)).codes }).toEqual({
        mutation,
        codes: ['CONFIRMATION_NEEDED'],
      })
    }
    expect(await mine(person)).toEqual(before)
  })

  test('is for those who are signed in', async () => {
    for (const mutation of mutations) {
      expect((await lethe.run(`mutation { ${mutation} }`)).codes).toEqual(['UNAUTHENTICATED'])
    }
    expect((await lethe.run('{ mySecondFactors { totp } }')).codes).toEqual(['UNAUTHENTICATED'])
  })

  test("ASVS 7.4.3: ends the user's other sessions, and nobody else's", async () => {
    const changes: [string, (person: Person) => Promise<unknown>][] = [
      ['confirmTotp', (person) => giveTotp(person)],
      ['addPasskey', (person) => givePasskey(person)],
      ['renewRecoveryCodes', (person) => person.run('mutation { renewRecoveryCodes { recoveryCodes } }')],
      ['removeTotp', (person) => person.run('mutation { removeTotp }')],
    ]
    const [person, other] = [await newPerson(lethe), await newPerson(lethe)]
    for (const [operation, change] of changes) {
      // Signed in past the second factor.
      const id = await elsewhere(person)
      await change(person)
      const ended = await lethe.database.session.findUniqueOrThrow({ where: { id } })
      expect({ operation, endedAt: ended.endedAt }).toEqual({ operation, endedAt: expect.any(Date) })
      const [entry] = await lethe.database.systemAuditEntry.findMany({
        where: { entity: 'Session', entityId: id, action: 'updated' },
      })
      expect(entry).toMatchObject({ operation, fields: ['endedAt'] })
    }
    for (const { run } of [person, other]) expect((await run('{ me { email } }')).data?.['me']).not.toBeNull()
  })

  test('ends nothing when nothing was changed', async () => {
    const person = await newPerson(lethe)
    const id = await elsewhere(person)
    await person.run('mutation { startTotp { secret } }')
    await person.run('mutation { startPasskey }')
    expect((await confirmTotp(person, '12345')).codes).toEqual(['INVALID_INPUT'])
    expect((await addPasskey(person, {})).codes).toEqual(['INVALID_INPUT'])
    expect((await removePasskey(person, nobodysKey)).codes).toEqual(['NOT_FOUND'])
    expect((await lethe.database.session.findUniqueOrThrow({ where: { id } })).endedAt).toBeNull()
  })

  test('gives one set of recovery codes when the first two factors come at once', async () => {
    const person = await newPerson(lethe)
    const { data } = await person.run('mutation { startTotp { secret } }')
    const answer = softwareAuthenticator({ origin }).create(await startPasskey(person))
    const [app, key] = await Promise.all([
      confirmTotp(person, codeOf(data?.['startTotp'].secret)),
      addPasskey(person, answer),
    ])
    const sets = [app.data?.['confirmTotp'].recoveryCodes.length, key.data?.['addPasskey'].recoveryCodes.length]
    expect(sets.sort()).toEqual([0, 10])
    expect(await mine(person)).toMatchObject({ totp: true, recoveryCodesLeft: 10, passkeys: [{}] })
  })
})

describe('the last second factor', () => {
  test('ASVS 6.2.1: stays while the password is too short to be safe alone', async () => {
    const person = await newPerson(lethe)
    await giveTotp(person)
    const { id } = await givePasskey(person)
    await shorten(person)
    expect((await person.run('mutation { removeTotp }')).codes).toEqual([])
    const { codes, errors } = await removePasskey(person, id)
    expect(codes).toEqual(['INVALID_INPUT'])
    expect(errors[0]?.message).toContain('choose a longer one first, or add another factor')
    expect(await mine(person)).toMatchObject({ recoveryCodesLeft: 10, passkeys: [{}] })
    await giveTotp(person)
    expect((await removePasskey(person, id)).codes).toEqual([])
    expect((await person.run('mutation { removeTotp }')).codes).toEqual(['INVALID_INPUT'])
  })

  test('stays, too, when the last two are removed at once', async () => {
    const person = await newPerson(lethe)
    await giveTotp(person)
    const { id } = await givePasskey(person)
    await shorten(person)
    const answers = await Promise.all([person.run('mutation { removeTotp }'), removePasskey(person, id)])
    expect(answers.flatMap(({ codes }) => codes)).toEqual(['INVALID_INPUT'])
  })

  test('does not count an app that was never confirmed', async () => {
    const person = await newPerson(lethe)
    const { id } = await givePasskey(person)
    await person.run('mutation { startTotp { secret } }')
    await shorten(person)
    expect((await removePasskey(person, id)).codes).toEqual(['INVALID_INPUT'])
  })
})

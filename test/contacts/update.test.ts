import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fieldsOf, type Office, openOffice } from './lists-support.ts'

let office: Office
beforeAll(async () => {
  office = await openOffice()
})
afterAll(() => office.close())

const anna = () =>
  office.create({ givenName: 'Anna', familyName: 'Meier', tags: ['vip'], emails: [{ address: 'anna@example.org' }] })

describe('a change', () => {
  test('touches only what it names, counts the version up and is logged', async () => {
    const before = await anna()
    const after = await office.update({ id: before.id, version: 1, jobTitle: 'Miller', birthDate: '1985-04-12' })
    expect(after).toEqual({ ...before, jobTitle: 'Miller', birthDate: '1985-04-12', version: 2 })
    expect((await office.log(before.id)).slice(2)).toEqual(['updateContact updated Contact birthDate jobTitle'])
  })

  test('empties what it gives as null', async () => {
    const all = {
      title: 'Dr.',
      organisation: 'Mill',
      jobTitle: 'Miller',
      birthDate: '1985-04-12',
      language: 'de',
      timeZone: 'Europe/Berlin',
      source: 'Fair',
      sourceAt: '2024-01-01T00:00:00.000Z',
    }
    const { id } = await office.create({ familyName: 'Meier', givenName: 'Anna', tags: ['vip'], ...all })
    const nothing = Object.fromEntries(Object.keys(all).map((name) => [name, null]))
    const after = await office.update({ id, version: 1, givenName: null, tags: null, ...nothing })
    expect(after).toMatchObject({ ...nothing, givenName: null, tags: [], familyName: 'Meier', displayName: 'Meier' })
  })

  test('replaces all tags', async () => {
    const { id } = await anna()
    expect((await office.update({ id, version: 1, tags: ['press', 'press'] })).tags).toEqual(['press'])
  })

  test('reports every fault with its field, and nothing has happened', async () => {
    const before = await anna()
    const input = {
      id: before.id,
      version: 1,
      jobTitle: 'Miller',
      familyName: 'x'.repeat(201),
      source: '\0',
      addEmails: [{ address: 'new@example.org' }, { address: 'x' }],
      updateEmails: [{ id: before.emails[0].id, address: null, verifiedAt: '0000-01-01T00:00:00Z' }],
      removePhones: ['nobody'],
      addPhones: [{ number: '1' }],
    }
    const extensions = await office.failUpdate(input)
    expect(extensions.code).toBe('INVALID_INPUT')
    expect(fieldsOf(extensions).toSorted()).toEqual(
      [
        'addEmails.1.address',
        'addPhones.0.number',
        'familyName',
        'removePhones.0',
        'source',
        'updateEmails.0.address',
      ].toSorted(),
    )
    expect(await office.contact(before.id)).toEqual(before)
    expect(await office.log(before.id)).toHaveLength(2)
  })

  test('that would leave nothing of the contact is refused', async () => {
    const before = await anna()
    const input = { id: before.id, version: 1, givenName: null, familyName: null, removeEmails: [before.emails[0].id] }
    expect(fieldsOf(await office.failUpdate(input))).toEqual(['displayName'])
    expect(await office.contact(before.id)).toEqual(before)
  })
})

describe('the display name', () => {
  test('follows the other names, until it is chosen, and again when it is emptied', async () => {
    const { id } = await anna()
    const named = async (version: number, input: object) => (await office.update({ id, version, ...input })).displayName
    expect(await named(1, { familyName: 'Müller' })).toBe('Anna Müller')
    expect(await named(2, { displayName: 'Annie' })).toBe('Annie')
    expect(await named(3, { familyName: 'Schmidt' })).toBe('Annie')
    expect(await named(4, { displayName: null })).toBe('Anna Schmidt')
    expect(await named(5, { givenName: null, familyName: null })).toBe(null)
  })
})

describe('of changes that cross', () => {
  test('the later one hears of the version that there is now', async () => {
    const { id } = await anna()
    await office.update({ id, version: 1, jobTitle: 'Miller' })
    expect(await office.failUpdate({ id, version: 1, jobTitle: 'Baker' })).toMatchObject({
      code: 'CONFLICT',
      version: 2,
    })
    expect(await office.failUpdate({ id, version: 7, jobTitle: 'Baker' })).toMatchObject({
      code: 'CONFLICT',
      version: 2,
    })
    expect((await office.contact(id)).jobTitle).toBe('Miller')
  })

  test('exactly one wins when they come at the same moment', async () => {
    const { id } = await anna()
    const contenders = Array.from({ length: 8 }, (_, index) => ({
      id,
      version: 1,
      jobTitle: `Miller ${index}`,
      addEmails: [{ address: `anna${index}@example.org`, primary: true }],
    }))
    const results = await Promise.allSettled(contenders.map((input) => office.update(input)))
    const won = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    expect(won).toHaveLength(1)
    const after = await office.contact(id)
    expect(after).toEqual(won[0])
    expect([after.version, after.emails.length]).toEqual([2, 2])
    const losers = await Promise.all(contenders.map((input) => office.failUpdate(input)))
    expect(losers.every(({ code, version }) => code === 'CONFLICT' && version === 2)).toBe(true)
  })

  test('on different contacts all win', async () => {
    const made = await Promise.all(Array.from({ length: 6 }, anna))
    const after = await Promise.all(made.map(({ id }) => office.update({ id, version: 1, jobTitle: 'Miller' })))
    expect(after.map(({ version }) => version)).toEqual(made.map(() => 2))
  })
})

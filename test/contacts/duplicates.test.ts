import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { type Caller, type Office, openOffice } from './lists-support.ts'

// Each test has a database of its own: a pair that another test made would be among the answers.
const offices: Office[] = []
let office: Office
beforeEach(async () => {
  office = await openOffice()
  offices.push(office)
})
afterAll(() => Promise.all(offices.map((one) => one.close())))

const query = `query ($contactId: ID, $first: Int) {
  findDuplicates(contactId: $contactId, first: $first) { first { id } second { id } score reasons }
}`
type Pair = { first: { id: string }; second: { id: string }; score: number; reasons: string[] }
const find = async (variables: object = {}, caller: Caller = office): Promise<Pair[]> =>
  (await caller.ask(query, variables)).findDuplicates.map((pair: Pair) => ({
    ...pair,
    reasons: pair.reasons.toSorted(),
  }))
const made = async (...inputs: object[]): Promise<string[]> => {
  const ids: string[] = []
  for (const input of inputs) ids.push((await office.create(input)).id)
  return ids
}
const email = { emails: [{ address: 'anna@example.org' }] }
const phone = { phones: [{ number: '030 1234567' }] }
const born = { birthDate: '1985-04-12' }
const home = { addresses: [{ street: 'Lindenallee 5', postalCode: '10115', city: 'Berlin' }] }
const anna = { givenName: 'Anna', familyName: 'Meier' }
const meyer = { givenName: 'Anna', familyName: 'Meyer' }

describe('two contacts may be the same person', () => {
  test.each<[string, object, object, string[], number]>([
    ['sharing an e-mail address', email, { emails: [{ address: 'ANNA@example.org' }] }, ['SAME_EMAIL'], 0.6],
    ['of the same name', anna, { givenName: 'ANNA', familyName: 'meier' }, ['SAME_NAME'], 0.5],
    ['sharing a phone number', phone, { phones: [{ number: '+49 30 1234567' }] }, ['SAME_PHONE'], 0.3],
    [
      'of similar names, born on a day',
      { ...anna, ...born },
      { ...meyer, ...born },
      ['SAME_BIRTH_DATE', 'SIMILAR_NAME'],
      0.51,
    ],
    ['of similar names at an address', { ...anna, ...home }, { ...meyer, ...home }, ['SIMILAR_NAME'], 0.3],
    [
      'at an address, but for an accent',
      { ...anna, familyName: 'Müller', ...home },
      { ...anna, familyName: 'Muller', ...home },
      ['SIMILAR_NAME'],
      0.3,
    ],
    [
      'with names in the other order',
      { ...anna, ...home },
      { givenName: 'Meier', familyName: 'Anna', ...home },
      ['SIMILAR_NAME'],
      0.3,
    ],
    [
      'for several reasons',
      { ...anna, ...email, ...phone, ...born },
      { ...anna, ...email, ...phone, ...born },
      ['SAME_BIRTH_DATE', 'SAME_EMAIL', 'SAME_NAME', 'SAME_PHONE'],
      0.9,
    ],
  ])('%s', async (_name, one, other, reasons, score) => {
    const [first, second] = await made(one, other)
    expect(await find()).toEqual([{ first: { id: first }, second: { id: second }, score, reasons }])
  })

  test.each<[string, object, object]>([
    ['born on the same day only', { familyName: 'Alt', ...born }, { familyName: 'Zorn', ...born }],
    ['of similar names only', anna, meyer],
    ['with the same given name only', { givenName: 'Anna' }, { givenName: 'Anna' }],
    [
      'with the same text in points of two kinds',
      { emails: [{ address: 'a@example.org' }] },
      { messengers: [{ service: 'matrix', handle: 'a@example.org' }] },
    ],
    ['living in the same town', { ...anna, addresses: [{ city: 'Ulm' }] }, { ...meyer, addresses: [{ city: 'Ulm' }] }],
  ])('but not %s', async (_name, one, other) => {
    await made(one, other)
    expect(await find()).toEqual([])
  })
})

describe('pairs', () => {
  test('come once each, the likeliest first, as many as asked for', async () => {
    const [a, b, c, d, e, f] = await made(
      { ...anna, ...email },
      { ...anna, ...phone },
      { familyName: 'Third', ...phone },
      { ...email, ...born, familyName: 'Fourth' },
      { ...meyer, ...home, ...born },
      { givenName: 'Anna', familyName: 'Mayer', ...home, ...born, phones: [{ number: '+43 1 5339890' }] },
    )
    const pairs = await find()
    expect(pairs.map(({ first, second, score }) => [first.id, second.id, score])).toEqual([
      [a, d, 0.6],
      [e, f, 0.51],
      [a, b, 0.5],
      [b, c, 0.3],
    ])
    expect(await find({ first: 2 })).toEqual(pairs.slice(0, 2))
    expect(await find({ first: 0 })).toEqual([])
    expect(await find({ contactId: b })).toEqual(pairs.slice(2))
    expect(await find({ contactId: f })).toEqual(pairs.slice(1, 2))
  })

  test('are in the order of their scores, whatever these are made of', async () => {
    const strong = { ...anna, ...email } // two strong reasons: 0.6 and 0.5
    const many = { givenName: 'Jo', familyName: 'Weiss', ...born, ...phone } // three weaker ones: 0.5, 0.3 and 0.3
    await made(many, many, strong, strong)
    const scores = (await find()).map(({ score }) => score)
    expect(scores).toEqual([0.8, 0.76])
  })

  test('say nothing when more than twenty contacts share a number or a name', async () => {
    const switchboard = { phones: [{ number: '030 7654321' }] }
    await made(...Array.from({ length: 20 }, (_, index) => ({ familyName: `Clerk ${index}`, ...switchboard })))
    expect(await find({ first: 500 })).toHaveLength(190)
    await made(...Array.from({ length: 10 }, () => ({ givenName: 'Test', familyName: 'Test', ...switchboard })))
    expect((await find({ first: 500 })).every(({ reasons }) => reasons.join() === 'SAME_NAME')).toBe(true)
    await made(...Array.from({ length: 11 }, () => ({ givenName: 'test', familyName: 'TEST' })))
    expect(await find({ first: 500 })).toEqual([])
  })

  test('leave merged contacts out, of the counting too', async () => {
    const [target, ...others] = await made(...Array.from({ length: 22 }, () => ({ ...email, ...anna })))
    expect(await find()).toEqual([])
    await office.merge({ targetId: target, version: 1, sourceIds: others.slice(0, 20) })
    expect(await find()).toMatchObject([
      { first: { id: target }, second: { id: others[20] }, score: 0.8, reasons: ['SAME_EMAIL', 'SAME_NAME'] },
    ])
  })
})

describe('a caller', () => {
  const read = (right: string) => ({ right, read: true, write: false })

  test('hears only the reasons that are in fields that may be read', async () => {
    const all = { ...anna, ...email, ...phone, ...born, ...home }
    const [first, second] = await made(all, { ...all, familyName: 'Meyer' })
    const reasonsWith = async (...rights: string[]) => {
      const caller = await office.signInWith(['contacts.contact', 'contacts.duplicates', ...rights].map(read))
      const pairs = await find({ contactId: first }, caller)
      expect(pairs.every((pair) => pair.second.id === second)).toBe(true)
      return pairs.map(({ reasons, score }) => [score, ...reasons])
    }
    expect(await reasonsWith()).toEqual([])
    expect(await reasonsWith('contacts.birthDate')).toEqual([])
    expect(await reasonsWith('contacts.name')).toEqual([])
    expect(await reasonsWith('contacts.email')).toEqual([[0.6, 'SAME_EMAIL']])
    expect(await reasonsWith('contacts.phone')).toEqual([[0.3, 'SAME_PHONE']])
    expect(await reasonsWith('contacts.phone', 'contacts.birthDate')).toEqual([[0.51, 'SAME_BIRTH_DATE', 'SAME_PHONE']])
    expect(await reasonsWith('contacts.name', 'contacts.address')).toEqual([[0.3, 'SIMILAR_NAME']])
    expect(await reasonsWith('contacts.name', 'contacts.birthDate')).toEqual([
      [0.51, 'SAME_BIRTH_DATE', 'SIMILAR_NAME'],
    ])
  })

  test('without the right hears nothing', async () => {
    const caller = await office.signInWith([read('contacts.contact'), read('contacts.email')])
    expect(await caller.fail(query)).toMatchObject({ code: 'FORBIDDEN', right: 'contacts.duplicates' })
  })

  test('searches only in what may be read', async () => {
    await made({ ...anna, ...email, ...phone, ...home, organisation: 'Mill' })
    const finds = async (search: string, ...rights: string[]) => {
      const caller = await office.signInWith(['contacts.contact', ...rights].map(read))
      return (await caller.ask('query ($search: String) { contacts(search: $search) { totalCount } }', { search }))
        .contacts.totalCount
    }
    expect(await finds('meier', 'contacts.email')).toBe(0)
    expect(await finds('meier', 'contacts.name')).toBe(1)
    expect(await finds('anna@example', 'contacts.name')).toBe(0)
    expect(await finds('mill 1234567', 'contacts.organisation', 'contacts.phone')).toBe(1)
    expect(await finds('mill 1234567', 'contacts.organisation')).toBe(0)
    expect(await finds('', 'contacts.name')).toBe(1)
    expect(await finds('meier')).toBe(0)
  })
})

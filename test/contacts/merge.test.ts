import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fieldsOf, globalId, type Office, openOffice, uuid } from './lists-support.ts'

let office: Office
beforeAll(async () => {
  office = await openOffice()
})
afterAll(() => office.close())

const full = {
  title: 'Dr.',
  givenName: 'Anna',
  familyName: 'Meier',
  organisation: 'Mill',
  jobTitle: 'Miller',
  birthDate: '1985-04-12',
  language: 'de',
  timeZone: 'Europe/Berlin',
  source: 'Fair',
  sourceAt: '2024-01-01T00:00:00.000Z',
  tags: ['vip', 'press'],
  emails: [{ address: 'anna@example.org' }, { address: 'a.meier@example.org', label: 'work' }],
  phones: [{ number: '+49301234567', label: 'mobile' }],
}
const email = (address: string) => office.create({ emails: [{ address }] })
const without = (contact: object, ...names: string[]) =>
  Object.fromEntries(Object.entries(contact).filter(([name]) => !names.includes(name)))
/** A contact but for what each change moves on. */
const core = (contact: object) => without(contact, 'version', 'merges')

describe('merging', () => {
  test('fills what the target lacks and keeps what it has', async () => {
    const source = await office.create(full)
    const target = await office.create({
      familyName: 'Müller',
      tags: ['vip', 'new'],
      emails: [{ address: 'Anna@example.org' }],
      source: 'Website',
    })
    const merged = await office.merge({ targetId: target.id, version: 1, sourceIds: [source.id] })
    expect(merged).toMatchObject({
      ...without(full, 'emails', 'phones'),
      familyName: 'Müller',
      displayName: 'Anna Müller',
      tags: ['vip', 'new', 'press'],
      source: 'Website',
      sourceAt: null, // when it came from the fair says nothing about the website
      version: 2,
      emails: [
        { address: 'Anna@example.org', primary: true },
        { address: 'a.meier@example.org', label: 'work', primary: false },
      ],
      phones: [{ number: '+49301234567', label: 'mobile', primary: true }],
      mergedInto: null,
      merges: [{ undoneAt: null, source: { id: source.id } }],
    })
    expect(await office.contact(source.id)).toEqual({ ...source, version: 2, mergedInto: { id: target.id } })
  })

  test('takes several at once, in their order', async () => {
    const target = await email('t@example.org')
    const others = [
      await office.create({ familyName: 'One' }),
      await office.create({ familyName: 'Two', jobTitle: 'Miller' }),
    ]
    const sourceIds = others.map(({ id }) => id)
    const merged = await office.merge({ targetId: target.id, version: 1, sourceIds: [...sourceIds, sourceIds[0]] })
    expect(merged).toMatchObject({ familyName: 'One', displayName: 'One', jobTitle: 'Miller', version: 3 })
    expect(merged.merges.map(({ source }: { source: object }) => source)).toEqual(
      sourceIds.toReversed().map((id) => ({ id })),
    )
  })

  test('keeps a display name that was chosen', async () => {
    const target = await office.create({ displayName: 'Annie', emails: [{ address: 'annie@example.org' }] })
    const source = await office.create({ givenName: 'Anna', familyName: 'Meier' })
    expect((await office.merge({ targetId: target.id, version: 1, sourceIds: [source.id] })).displayName).toBe('Annie')
  })

  test('keeps addresses of the web apart that differ in case', async () => {
    const [target, source] = await Promise.all(
      ['https://example.org/a', 'https://example.org/A'].map((url) => office.create({ websites: [{ url }] })),
    )
    const merged = await office.merge({ targetId: target.id, version: 1, sourceIds: [source.id] })
    expect(merged.websites).toHaveLength(2)
  })

  test('is logged for both', async () => {
    const target = await email('log@example.org')
    const source = await office.create({ familyName: 'Meier', phones: [{ number: '030 1234567' }] })
    const merged = await office.merge({ targetId: target.id, version: 1, sourceIds: [source.id] })
    await office.undo(target.id, merged.merges[0].id)
    expect((await office.log(target.id)).slice(2).toSorted()).toEqual([
      'mergeContacts created ContactMerge filled pointIds source',
      'mergeContacts created PhoneNumber number primary',
      'mergeContacts updated Contact displayName familyName',
      'undoMerge removed PhoneNumber number primary',
      'undoMerge updated Contact displayName familyName',
      'undoMerge updated ContactMerge undoneAt',
    ])
    expect((await office.log(source.id)).slice(2)).toEqual([
      'mergeContacts updated Contact mergedInto',
      'undoMerge updated Contact mergedInto',
    ])
  })
})

describe('a merge is refused, and nothing happens,', () => {
  const pair = async () => [await email('one@example.org'), await office.create({ familyName: 'Two' })]

  test('when the target has changed meanwhile', async () => {
    const [target, source] = await pair()
    await office.update({ id: target.id, version: 1, jobTitle: 'Miller' })
    const input = { targetId: target.id, version: 1, sourceIds: [source.id] }
    expect(await office.failMerge(input)).toMatchObject({ code: 'CONFLICT', version: 2 })
    expect(await office.contact(source.id)).toEqual(source)
  })

  test('into itself, also under another spelling of its id', async () => {
    const [target, source] = await pair()
    for (const id of [target.id, globalId(uuid(target.id).toUpperCase())]) {
      for (const targetId of [target.id, globalId(uuid(target.id).toUpperCase())]) {
        const input = { targetId, version: 1, sourceIds: [source.id, id] }
        expect(fieldsOf(await office.failMerge(input))).toEqual(['sourceIds'])
      }
    }
    expect(await office.contact(source.id)).toEqual(source)
  })

  test('when one of them has been merged already', async () => {
    const [target, source] = await pair()
    const third = await office.create({ familyName: 'Three' })
    await office.merge({ targetId: target.id, version: 1, sourceIds: [source.id] })
    const again = { targetId: third.id, version: 1, sourceIds: [target.id, source.id] }
    expect(fieldsOf(await office.failMerge(again))).toEqual(['sourceIds.1'])
    expect((await office.contact(target.id)).mergedInto).toBeNull()
    const into = { targetId: source.id, version: 2, sourceIds: [third.id] }
    expect(fieldsOf(await office.failMerge(into))).toEqual(['targetId'])
    expect(fieldsOf(await office.failUpdate({ id: source.id, version: 2, jobTitle: 'Miller' }))).toEqual(['id'])
  })

  test('with none, or with more than fifty', async () => {
    const [target] = await pair()
    const many = Array.from({ length: 51 }, (_, index) => globalId(`01890000-0000-7000-8000-0000000000${index + 10}`))
    for (const sourceIds of [[], many]) {
      expect(fieldsOf(await office.failMerge({ targetId: target.id, version: 1, sourceIds }))).toEqual(['sourceIds'])
    }
  })

  test('of two that cross, one', async () => {
    const [one, two] = await pair()
    const crossing = [
      [one, two],
      [two, one],
    ].map(([target, source]) => office.merge({ targetId: target?.id, version: 1, sourceIds: [source?.id] }))
    const results = await Promise.allSettled(crossing)
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const merged = [await office.contact(one.id), await office.contact(two.id)].filter(({ mergedInto }) => mergedInto)
    expect(merged).toHaveLength(1)
  })
})

test('a merged contact is in no list, count, search or suggestion, but found by its id', async () => {
  const words = { givenName: 'Unica', familyName: 'Hapaxlegomenon', emails: [{ address: 'unica@example.org' }] }
  const [target, source, third] = [await office.create(words), await office.create(words), await office.create(words)]
  await office.merge({ targetId: target.id, version: 1, sourceIds: [source.id] })
  const { found, filtered, findDuplicates } = await office.ask(`{
    found: contacts(search: "hapaxlegomenon unica@example", orderBy: [{ createdAt: ASC }]) { totalCount edges { node { id } } }
    filtered: contacts(filter: { emails: { address: { equals: "unica@example.org" } } }) { totalCount edges { node { id } } }
    findDuplicates(contactId: "${target.id}") { first { id } second { id } } }`)
  const both = { totalCount: 2, edges: [target, third].map(({ id }) => ({ node: { id } })) }
  expect([found, filtered]).toEqual([both, both])
  expect(findDuplicates).toEqual([{ first: { id: target.id }, second: { id: third.id } }])
  const ofMerged = await office.ask(
    `{ findDuplicates(contactId: "${source.id}") { score } node(id: "${source.id}") { id } }`,
  )
  expect(ofMerged).toEqual({ findDuplicates: [], node: { id: source.id } })
  expect(core(await office.contact(source.id))).toEqual({ ...core(source), mergedInto: { id: target.id } })
})

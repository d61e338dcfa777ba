import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fieldsOf, type Office, openOffice } from './lists-support.ts'

let office: Office
beforeAll(async () => {
  office = await openOffice()
})
afterAll(() => office.close())

type Contact = Awaited<ReturnType<Office['create']>>

/** What has to be the same again; ids of points that were taken away and given back are new. */
function core(contact: Contact) {
  const { version: _version, merges: _merges, ...rest } = contact
  for (const kind of ['emails', 'phones', 'addresses', 'websites', 'messengers']) {
    rest[kind] = rest[kind]
      .map(({ id: _id, ...point }: { id: string }) => point)
      .toSorted((a: object, b: object) => JSON.stringify(a).localeCompare(JSON.stringify(b)))
  }
  return rest
}

async function merge(target: Contact, ...sources: Contact[]): Promise<Contact> {
  const { version } = await office.contact(target.id)
  return office.merge({ targetId: target.id, version, sourceIds: sources.map(({ id }) => id) })
}
async function undo(target: Contact, source: Contact) {
  const { merges } = await office.contact(target.id)
  const { id } = merges.find((one: Contact) => one.source.id === source.id && !one.undoneAt)
  return office.undo(target.id, id)
}

const text = fc.constantFrom(undefined, 'Anna', 'Meier', 'Anna Meier')
const address = fc.constantFrom('a', 'A', 'b', 'c').map((name) => ({ address: `${name}@example.org` }))
const flagged = <T>(point: fc.Arbitrary<T>) =>
  fc
    .tuple(fc.array(fc.tuple(point, fc.constantFrom(undefined, 'home', 'work')), { maxLength: 3 }), fc.nat(2))
    .map(([points, primary]) =>
      points.map(([one, label], index) => ({ ...one, label, ...(index === primary && { primary: true }) })),
    )
const anybody = fc
  .record({
    title: text,
    givenName: text,
    familyName: text,
    // A name of one's own: one that is just as the derived one can't be told from that.
    displayName: fc.constantFrom(undefined, 'Frau M.', 'Nana'),
    organisation: text,
    jobTitle: text,
    source: text,
    birthDate: fc.constantFrom(undefined, '1985-04-12', '1990-01-01'),
    sourceAt: fc.constantFrom(undefined, '2024-01-01T00:00:00.000Z'),
    language: fc.constantFrom(undefined, 'de', 'en'),
    timeZone: fc.constantFrom(undefined, 'Europe/Berlin'),
    tags: fc.subarray(['vip', 'press', 'new']),
    emails: flagged(
      fc.uniqueArray(address, { minLength: 1, maxLength: 1 }).map(([one]) => one ?? { address: 'a@example.org' }),
    ),
    phones: flagged(fc.constantFrom({ number: '+49301234567' }, { number: '+4315339890' })),
    messengers: flagged(fc.constantFrom({ service: 'signal', handle: 'anna' }, { service: 'matrix', handle: 'anna' })),
  })
  // Somebody has to be somebody, and one address given twice can be primary only once.
  .map((input) => ({ ...input, websites: [{ url: 'example.org' }] }))

describe('taking a merge back', () => {
  test('gives back the same contacts, whatever they were', async () => {
    await fc.assert(
      fc.asyncProperty(anybody, anybody, async (one, other) => {
        const [target, source] = [await office.create(one), await office.create(other)]
        const merged = await merge(target, source)
        for (const kind of ['emails', 'phones', 'messengers', 'websites']) {
          const primaries = merged[kind].filter(({ primary }: Contact) => primary)
          expect(primaries).toHaveLength(merged[kind].length > 0 ? 1 : 0)
          for (const point of [...target[kind], ...source[kind]]) {
            const same = (own: Contact) =>
              ['address', 'number', 'handle', 'service', 'url'].every(
                (name) => own[name]?.toLowerCase() === point[name]?.toLowerCase(),
              )
            expect(merged[kind].filter(same)).toHaveLength(1)
          }
        }
        expect(new Set(merged.tags)).toEqual(new Set([...target.tags, ...source.tags]))
        expect(core(await undo(target, source))).toEqual(core(source))
        expect(core(await office.contact(target.id))).toEqual(core(target))
      }),
      { numRuns: 40 },
    )
  })

  test('of one of several leaves what merging the others alone would have made, in any order', async () => {
    const order = fc.shuffledSubarray([0, 1, 2], { minLength: 3, maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(anybody, fc.tuple(anybody, anybody, anybody), order, async (one, others, sequence) => {
        const target = await office.create(one)
        const sources = await Promise.all(others.map((other) => office.create(other)))
        await merge(target, ...sources)
        let left = sources
        for (const index of sequence) {
          const gone = sources[index]
          await undo(target, gone)
          left = left.filter((source) => source !== gone)
          // The same from the start, with copies of those that are left.
          const [again, ...copies] = await Promise.all(
            [one, ...others.filter((_, at) => left.includes(sources[at]))].map(office.create),
          )
          const expected = left.length > 0 ? await merge(again, ...copies) : again
          const { id: _id, ...now } = comparable(await office.contact(target.id))
          const { id: _other, ...wanted } = comparable(expected)
          expect(now).toEqual(wanted)
        }
        expect(core(await office.contact(target.id))).toEqual(core(target))
        for (const source of sources) expect(core(await office.contact(source.id))).toEqual(core(source))
      }),
      { numRuns: 15 },
    )
  })

  test('keeps what was changed since', async () => {
    const target = await office.create({ emails: [{ address: 't@example.org' }] })
    const source = await office.create({
      givenName: 'Anna',
      familyName: 'Meier',
      jobTitle: 'Miller',
      tags: ['vip', 'press'],
      emails: [{ address: 'a@example.org' }, { address: 'b@example.org' }, { address: 'c@example.org' }],
      phones: [{ number: '030 1234567' }],
    })
    const { emails, phones } = await merge(target, source)
    const idOf = (address: string) => emails.find((point: Contact) => point.address === address).id
    const verifiedAt = '2024-01-01T00:00:00.000Z'
    await office.update({
      id: target.id,
      version: 2,
      familyName: 'Müller',
      tags: ['vip', 'new'],
      updateEmails: [
        { id: idOf('a@example.org'), address: 'x@example.org', primary: true },
        { id: idOf('b@example.org'), label: 'work' },
      ],
      updatePhones: [{ id: phones[0].id, verifiedAt }],
    })
    await undo(target, source)
    expect(await office.contact(target.id)).toMatchObject({
      givenName: null,
      familyName: 'Müller',
      displayName: 'Müller',
      jobTitle: null,
      tags: ['new'],
      emails: [
        { address: 'x@example.org', primary: true },
        { address: 't@example.org', primary: false },
        { address: 'b@example.org', label: 'work' },
      ],
      phones: [{ number: '+49301234567', verifiedAt, primary: true }],
    })
    expect(core(await office.contact(source.id))).toEqual(core(source))
  })

  test('does not bring back what was removed on purpose since', async () => {
    const target = await office.create({ familyName: 'Meier' })
    const shared = { jobTitle: 'Miller', emails: [{ address: 'a@example.org' }] }
    const [one, two] = [
      await office.create(shared),
      await office.create({ ...shared, phones: [{ number: '030 1234567' }] }),
    ]
    const { version, emails, phones } = await merge(target, one, two)
    const removal = { jobTitle: null, removeEmails: [emails[0].id], removePhones: [phones[0].id] }
    const emptied = await office.update({ id: target.id, version, ...removal })
    await undo(target, one)
    expect(core(await office.contact(target.id))).toEqual(core(emptied))
  })

  test('is possible once, and again after merging again', async () => {
    const [target, source] = [await office.create({ familyName: 'One' }), await office.create({ familyName: 'Two' })]
    const { merges } = await merge(target, source)
    await undo(target, source)
    expect(fieldsOf(await office.failUndo(target.id, merges[0].id))).toEqual(['mergeId'])
    await merge(target, source)
    expect(core(await undo(target, source))).toEqual(core(source))
    expect((await office.contact(target.id)).merges).toHaveLength(2)
  })

  test('names the contact that stayed and the merge; any other pair is not found', async () => {
    const [target, source] = [await office.create({ familyName: 'One' }), await office.create({ familyName: 'Two' })]
    const { merges } = await merge(target, source)
    expect(await office.failUndo(source.id, merges[0].id)).toMatchObject({ code: 'NOT_FOUND' })
    expect(await office.failUndo(target.id, 'garbage')).toMatchObject({ code: 'NOT_FOUND' })
  })

  test('twice at the same moment happens once', async () => {
    const [target, source] = [await office.create({ familyName: 'One' }), await office.create({ familyName: 'Two' })]
    const { merges } = await merge(target, source)
    const results = await Promise.allSettled(Array.from({ length: 4 }, () => office.undo(target.id, merges[0].id)))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })
})

describe('a chain of merges', () => {
  test('is taken back from its end', async () => {
    const a = await office.create({ familyName: 'A', emails: [{ address: 'a@example.org' }] })
    const b = await office.create({ givenName: 'B', phones: [{ number: '030 1234567' }] })
    const c = await office.create({ organisation: 'C' })
    const ab = await merge(b, a)
    const abc = await merge(c, b)
    expect(abc).toMatchObject({ givenName: 'B', familyName: 'A', displayName: 'B A', emails: [{}], phones: [{}] })
    expect((await office.contact(a.id)).mergedInto).toEqual({ id: b.id })

    expect(fieldsOf(await office.failUndo(b.id, ab.merges[0].id))).toEqual(['targetId'])
    expect(await office.contact(c.id)).toEqual(abc)

    expect(core(await undo(c, b))).toEqual(core(ab))
    expect(core(await office.contact(c.id))).toEqual(core(c))
    expect(core(await undo(b, a))).toEqual(core(a))
    expect(core(await office.contact(b.id))).toEqual(core(b))
  })
})

/** As `core`, but for the order of tags, and which of several points is the primary one. */
function comparable(contact: Contact) {
  const same = { ...contact, tags: contact.tags.toSorted() }
  for (const kind of ['emails', 'phones', 'messengers', 'websites']) {
    const primaries = contact[kind].filter(({ primary }: Contact) => primary)
    expect(primaries).toHaveLength(contact[kind].length > 0 ? 1 : 0)
    same[kind] = contact[kind].map((point: Contact) => ({ ...point, primary: undefined }))
  }
  return core(same)
}

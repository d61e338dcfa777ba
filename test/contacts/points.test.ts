import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fieldsOf, type Office, openOffice } from './lists-support.ts'

let office: Office
beforeAll(async () => {
  office = await openOffice()
})
afterAll(() => office.close())

const address = (name: string) => `${name}@example.org`
const withEmails = (...names: string[]) =>
  office.create({ familyName: 'Meier', emails: names.map((name) => ({ address: address(name) })) })

describe('contact points', () => {
  test('are added, changed and removed together', async () => {
    const {
      id,
      emails: [a, b],
    } = await withEmails('a', 'b')
    const after = await office.update({
      id,
      version: 1,
      addEmails: [{ address: address('c'), label: 'new' }],
      updateEmails: [{ id: b.id, label: 'home' }],
      removeEmails: [a.id],
      addPhones: [{ number: '030 1234567' }],
      addAddresses: [{ city: 'Ulm', country: 'Germany' }],
      addWebsites: [{ url: 'example.org' }],
      addMessengers: [{ service: 'Matrix', handle: '@anna' }],
    })
    expect(after).toMatchObject({
      emails: [
        { id: b.id, label: 'home', primary: true },
        { address: address('c'), label: 'new', primary: false },
      ],
      phones: [{ number: '+49301234567', primary: true }],
      addresses: [{ city: 'Ulm', country: 'DE', primary: true }],
      websites: [{ url: 'https://example.org/', primary: true }],
      messengers: [{ service: 'matrix', handle: '@anna', primary: true }],
    })
    expect(
      (await office.log(id))
        .filter((line) => line.includes('EmailAddress'))
        .slice(2)
        .toSorted(),
    ).toEqual([
      'updateContact created EmailAddress address label',
      'updateContact removed EmailAddress address primary',
      'updateContact updated EmailAddress label primary',
    ])
  })

  test('keep the parts that a change leaves out', async () => {
    const given = { street: 'Lindenallee 5', postalCode: '10115', city: 'Berlin', country: 'DE', label: 'home' }
    const {
      id,
      addresses: [home],
    } = await office.create({ familyName: 'Meier', addresses: [given] })
    const after = await office.update({
      id,
      version: 1,
      updateAddresses: [{ id: home.id, city: 'Potsdam', label: null }],
    })
    expect(after.addresses).toEqual([{ ...home, ...given, city: 'Potsdam', label: null }])
    expect((await office.ask('{ contacts(search: "potsdam lindenallee") { totalCount } }')).contacts.totalCount).toBe(1)
  })

  test('that the contact has already are not added twice', async () => {
    const { id } = await withEmails('a')
    const add = [{ address: 'A@Example.org' }, { address: address('b') }, { address: address('b'), primary: true }]
    const after = await office.update({ id, version: 1, addEmails: add })
    expect(after.emails).toMatchObject([
      { address: address('b'), primary: true },
      { address: address('a'), primary: false },
    ])
  })

  test('can swap their values, but not become the same', async () => {
    const {
      id,
      emails: [a, b],
    } = await withEmails('a', 'b')
    const swap = [
      { id: a.id, address: address('b') },
      { id: b.id, address: address('a') },
    ]
    const after = await office.update({ id, version: 1, updateEmails: swap })
    expect(after.emails).toMatchObject([
      { id: a.id, address: address('b') },
      { id: b.id, address: address('a') },
    ])
    const same = [{ id: b.id, address: address('b') }]
    expect(fieldsOf(await office.failUpdate({ id, version: 2, updateEmails: same }))).toEqual(['updateEmails.0'])
  })

  test('are fifty of a kind at most', async () => {
    const { id } = await withEmails(...Array.from({ length: 50 }, (_, index) => `a${index}`))
    expect(fieldsOf(await office.failUpdate({ id, version: 1, addEmails: [{ address: address('b') }] }))).toEqual([
      'addEmails',
    ])
  })
})

describe('the primary point', () => {
  test('is the one that was asked for, and moves on when it is removed', async () => {
    const {
      id,
      emails: [a, b, c],
    } = await withEmails('a', 'b', 'c')
    const primary = async (version: number, input: object) => {
      const { emails } = await office.update({ id, version, ...input })
      expect(emails.filter((email: { primary: boolean }) => email.primary)).toHaveLength(1)
      return emails[0].id
    }
    expect(await primary(1, { updateEmails: [{ id: c.id, primary: true }] })).toBe(c.id)
    expect(await primary(2, { removeEmails: [c.id] })).toBe(a.id)
    expect(
      await primary(3, {
        updateEmails: [
          { id: a.id, primary: null },
          { id: b.id, label: 'x' },
        ],
      }),
    ).toBe(a.id)
    expect(await primary(4, { removeEmails: [a.id], updateEmails: [{ id: b.id, primary: true }] })).toBe(b.id)
  })

  test('can not be two', async () => {
    const {
      id,
      emails: [a, b],
    } = await withEmails('a', 'b')
    const updateEmails = [
      { id: a.id, primary: true },
      { id: b.id, primary: true },
    ]
    expect(fieldsOf(await office.failUpdate({ id, version: 1, updateEmails }))).toEqual(['updateEmails.1.primary'])
    const addEmails = [{ address: address('c'), primary: true }]
    const both = { id, version: 1, addEmails, updateEmails: updateEmails.slice(1) }
    expect(fieldsOf(await office.failUpdate(both))).toEqual(['addEmails.0.primary'])
  })

  test('is always exactly one, whatever is changed in whatever order', async () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e')
    const flag = fc.constantFrom(undefined, null, true, false)
    const step = fc.record({
      add: fc.array(fc.record({ name, primary: flag }), { maxLength: 3 }),
      update: fc.array(fc.record({ index: fc.nat(4), primary: flag, name: fc.option(name, { nil: undefined }) }), {
        maxLength: 2,
      }),
      remove: fc.uniqueArray(fc.nat(4), { maxLength: 2 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 4 }), async (steps) => {
        let contact = await office.create({ familyName: 'Meier' })
        for (const { add, update, remove } of steps) {
          const idAt = (index: number) => contact.emails[index]?.id
          const answer = await office
            .update({
              id: contact.id,
              version: contact.version,
              addEmails: add.map((one) => ({ address: address(one.name), primary: one.primary })),
              updateEmails: update.flatMap(({ index, primary, name: to }) =>
                idAt(index) ? [{ id: idAt(index), primary, ...(to && { address: address(to) }) }] : [],
              ),
              removeEmails: remove.flatMap((index) => idAt(index) ?? []),
            })
            .catch(() => undefined)
          const after = await office.contact(contact.id)
          if (!answer) expect(after).toEqual(contact) // refused, so nothing happened
          contact = after
          const { emails } = contact
          expect(emails.filter(({ primary }: { primary: boolean }) => primary)).toHaveLength(emails.length > 0 ? 1 : 0)
          expect(new Set(emails.map((email: { address: string }) => email.address)).size).toBe(emails.length)
        }
      }),
      { numRuns: 40 },
    )
  })
})

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
const verifiedAt = '2024-01-01T00:00:00.000Z'

describe('contact points', () => {
  test('are added, changed and removed together', async () => {
    const { id, emails: [a, b] } = await withEmails('a', 'b')
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
    expect((await office.log(id)).filter((line) => line.includes('EmailAddress')).slice(2).toSorted()).toEqual([
      'updateContact created EmailAddress address label',
      'updateContact removed EmailAddress address primary',
      'updateContact updated EmailAddress label primary',
    ])
  })

  test('keep the parts that a change leaves out', async () => {
    const given = { street: 'Lindenallee 5', postalCode: '10115', city: 'Berlin', country: 'DE', label: 'home' }
    const { id, addresses: [home] } = await office.create({ familyName: 'Meier', addresses: [given] })
    const after = await office.update({ id, version: 1, updateAddresses: [{ id: home.id, city: 'Potsdam', label: null }] })
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
    const { id, emails: [a, b] } = await withEmails('a', 'b')
    const swap = [{ id: a.id, address: address('b') }, { id: b.id, address: address('a') }]
    const after = await office.update({ id, version: 1, updateEmails: swap })
    expect(after.emails).toMatchObject([{ id: a.id, address: address('b') }, { id: b.id, address: address('a') }])
    const same = [{ id: b.id, address: address('b') }]
    expect(fieldsOf(await office.failUpdate({ id, version: 2, updateEmails: same }))).toEqual(['updateEmails.0'])
  })

  test('are fifty of a kind at most', async () => {
    const { id } = await withEmails(...Array.from({ length: 50 }, (_, index) => `a${index}`))
    expect(fieldsOf(await office.failUpdate({ id, version: 1, addEmails: [{ address: address('b') }] }))).toEqual(['addEmails'])
  })
})

describe('the primary point', () => {
  test('is the one that was asked for, and moves on when it is removed', async () => {
    const { id, emails: [a, b, c] } = await withEmails('a', 'b', 'c')
    const primary = async (version: number, input: object) => {
      const { emails } = await office.update({ id, version, ...input })
      expect(emails.filter((email: { primary: boolean }) => email.primary)).toHaveLength(1)
      return emails[0].id
    }
    expect(await primary(1, { updateEmails: [{ id: c.id, primary: true }] })).toBe(c.id)
    expect(await primary(2, { removeEmails: [c.id] })).toBe(a.id)
    expect(await primary(3, { updateEmails: [{ id: a.id, primary: null }, { id: b.id, label: 'x' }] })).toBe(a.id)
    expect(await primary(4, { removeEmails: [a.id], updateEmails: [{ id: b.id, primary: true }] })).toBe(b.id)
  })

  test('can not be two', async () => {
    const { id, emails: [a, b] } = await withEmails('a', 'b')
    const updateEmails = [{ id: a.id, primary: true }, { id: b.id, primary: true }]
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
      update: fc.array(fc.record({ index: fc.nat(4), primary: flag, name: fc.option(name, { nil: undefined }) }), { maxLength: 2 }),
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

describe('a verification', () => {
  const verified = async () => {
    const made = await office.create({
      familyName: 'Meier',
      emails: [{ address: address('a') }],
      messengers: [{ service: 'signal', handle: 'anna' }],
    })
    return office.update({
      id: made.id,
      version: 1,
      updateEmails: [{ id: made.emails[0].id, verifiedAt }],
      updateMessengers: [{ id: made.messengers[0].id, verifiedAt }],
    })
  }

  test('stays while the address does', async () => {
    const { id, emails: [a], messengers: [m] } = await verified()
    expect([a.verifiedAt, m.verifiedAt]).toEqual([verifiedAt, verifiedAt])
    const after = await office.update({
      id,
      version: 2,
      updateEmails: [{ id: a.id, label: 'home', address: address('a') }],
      updateMessengers: [{ id: m.id, service: 'SIGNAL' }],
    })
    expect([after.emails[0].verifiedAt, after.messengers[0].verifiedAt]).toEqual([verifiedAt, verifiedAt])
  })

  test('is lost with the address or the service, unless given anew', async () => {
    const { id, emails: [a], messengers: [m] } = await verified()
    const lost = await office.update({
      id,
      version: 2,
      updateEmails: [{ id: a.id, address: address('b') }],
      updateMessengers: [{ id: m.id, service: 'matrix' }],
    })
    expect([lost.emails[0].verifiedAt, lost.messengers[0].verifiedAt]).toEqual([null, null])
    const anew = await office.update({ id, version: 3, updateEmails: [{ id: a.id, address: address('c'), verifiedAt }] })
    expect(anew.emails[0].verifiedAt).toBe(verifiedAt)
    const gone = await office.update({ id, version: 4, updateEmails: [{ id: a.id, verifiedAt: null }] })
    expect(gone.emails[0].verifiedAt).toBeNull()
  })

  test('lies neither in the future nor in another age', async () => {
    const { id, emails: [a] } = await verified()
    for (const when of ['2999-01-01T00:00:00Z', '0000-01-01T00:00:00Z']) {
      const updateEmails = [{ id: a.id, verifiedAt: when }]
      expect(fieldsOf(await office.failUpdate({ id, version: 2, updateEmails }))).toEqual(['updateEmails.0.verifiedAt'])
    }
  })
})

describe('ids of points', () => {
  test('that are unknown, of another kind, or of another contact, are refused', async () => {
    const other = await withEmails('other')
    const made = await office.create({ familyName: 'Meier', emails: [{ address: address('a') }], phones: [{ number: '030 1234567' }] })
    const wrong = ['', 'garbage', other.emails[0].id, made.phones[0].id, made.id]
    for (const id of wrong) {
      const input = { id: made.id, version: 1, removeEmails: [made.emails[0].id, id] }
      expect(fieldsOf(await office.failUpdate(input))).toEqual(['removeEmails.1'])
      const change = { id: made.id, version: 1, updateEmails: [{ id, label: 'x' }] }
      expect(fieldsOf(await office.failUpdate(change))).toEqual(['updateEmails.0'])
    }
    expect(await office.contact(made.id)).toEqual(made)
    expect(await office.contact(other.id)).toEqual(other)
  })

  test('that were removed already, or are named twice, are refused', async () => {
    const { id, emails: [a, b] } = await withEmails('a', 'b')
    await office.update({ id, version: 1, removeEmails: [a.id] })
    expect(fieldsOf(await office.failUpdate({ id, version: 2, removeEmails: [a.id] }))).toEqual(['removeEmails.0'])
    expect(fieldsOf(await office.failUpdate({ id, version: 2, removeEmails: [b.id, b.id] }))).toEqual(['removeEmails.1'])
    const twice = [{ id: b.id, label: 'x' }, { id: b.id, label: 'y' }]
    expect(fieldsOf(await office.failUpdate({ id, version: 2, updateEmails: twice }))).toEqual(['updateEmails.1'])
    const both = { id, version: 2, updateEmails: twice.slice(1), removeEmails: [b.id] }
    expect(fieldsOf(await office.failUpdate(both))).toEqual(['updateEmails.0'])
  })
})

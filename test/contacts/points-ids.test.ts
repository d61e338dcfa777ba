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
    const {
      id,
      emails: [a],
      messengers: [m],
    } = await verified()
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
    const {
      id,
      emails: [a],
      messengers: [m],
    } = await verified()
    const lost = await office.update({
      id,
      version: 2,
      updateEmails: [{ id: a.id, address: address('b') }],
      updateMessengers: [{ id: m.id, service: 'matrix' }],
    })
    expect([lost.emails[0].verifiedAt, lost.messengers[0].verifiedAt]).toEqual([null, null])
    const anew = await office.update({
      id,
      version: 3,
      updateEmails: [{ id: a.id, address: address('c'), verifiedAt }],
    })
    expect(anew.emails[0].verifiedAt).toBe(verifiedAt)
    const gone = await office.update({ id, version: 4, updateEmails: [{ id: a.id, verifiedAt: null }] })
    expect(gone.emails[0].verifiedAt).toBeNull()
  })

  test('lies neither in the future nor in another age', async () => {
    const {
      id,
      emails: [a],
    } = await verified()
    for (const when of ['2999-01-01T00:00:00Z', '0000-01-01T00:00:00Z']) {
      const updateEmails = [{ id: a.id, verifiedAt: when }]
      expect(fieldsOf(await office.failUpdate({ id, version: 2, updateEmails }))).toEqual(['updateEmails.0.verifiedAt'])
    }
  })
})

describe('ids of points', () => {
  test('that are unknown, of another kind, or of another contact, are refused', async () => {
    const other = await withEmails('other')
    const made = await office.create({
      familyName: 'Meier',
      emails: [{ address: address('a') }],
      phones: [{ number: '030 1234567' }],
    })
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
    const {
      id,
      emails: [a, b],
    } = await withEmails('a', 'b')
    await office.update({ id, version: 1, removeEmails: [a.id] })
    expect(fieldsOf(await office.failUpdate({ id, version: 2, removeEmails: [a.id] }))).toEqual(['removeEmails.0'])
    expect(fieldsOf(await office.failUpdate({ id, version: 2, removeEmails: [b.id, b.id] }))).toEqual([
      'removeEmails.1',
    ])
    const twice = [
      { id: b.id, label: 'x' },
      { id: b.id, label: 'y' },
    ]
    expect(fieldsOf(await office.failUpdate({ id, version: 2, updateEmails: twice }))).toEqual(['updateEmails.1'])
    const both = { id, version: 2, updateEmails: twice.slice(1), removeEmails: [b.id] }
    expect(fieldsOf(await office.failUpdate(both))).toEqual(['updateEmails.0'])
  })
})

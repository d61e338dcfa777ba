import { describe, expect, test } from 'vitest'
import { checkDraft, checkNotEmpty, deriveDisplayName } from '../../src/modules/contacts/check.ts'
import { checkPoint, formatAddress } from '../../src/modules/contacts/check-points.ts'
import type { CheckedPoint, ContactDraft } from '../../src/modules/contacts/draft.ts'

const now = new Date('2025-06-01T12:00:00Z')
const check = (draft: ContactDraft) => checkDraft(draft, { defaultCountry: 'DE', now })
const fields = (draft: ContactDraft) => check(draft).faults.map((fault) => fault.field)
const value = (draft: ContactDraft) => check(draft).contact.points[0]?.value

describe('text', () => {
  test('is trimmed and normalised to NFC', () => {
    expect(check({ givenName: '  A\u0308nne ' }).contact.columns.givenName).toBe('Änne')
  })
  test('that is absent stays absent, and null empties it', () => {
    expect(check({ givenName: null, birthDate: null, tags: null }).contact.columns).toEqual({
      givenName: '',
      birthDate: null,
      tags: [],
    })
  })
  test.each(['a\u0000b', 'a\nb', 'a\tb', 'a\u0085b', 'a\ud800b', 'x'.repeat(201)])(
    'refuses %j in a name',
    (familyName) => {
      expect(fields({ familyName })).toEqual(['familyName'])
    },
  )
  test('may have several lines in a street', () => {
    const { contact, faults } = check({ addresses: [{ street: 'Court 1\r\nHouse 2', city: 'Ulm' }] })
    expect(faults).toEqual([])
    expect(contact.points[0]).toMatchObject({ street: 'Court 1\nHouse 2', value: 'Court 1, House 2, Ulm' })
  })
})

describe('tags', () => {
  test('are deduplicated, and a fault names its tag', () => {
    const tags = ['press', ' press ', '', 'x'.repeat(101)]
    expect(check({ tags }).contact.columns.tags).toEqual(['press'])
    expect(fields({ tags })).toEqual(['tags.3'])
  })
  test('are at most fifty', () => {
    expect(fields({ tags: Array.from({ length: 51 }, (_, index) => `tag ${index}`) })).toEqual(['tags'])
  })
})

describe('a birth date', () => {
  test('is midnight UTC of its day', () => {
    expect(check({ birthDate: '2000-02-29' }).contact.columns.birthDate).toEqual(new Date('2000-02-29T00:00:00Z'))
  })
  test.each(['1999-02-29', '2025-06-02', '1849-12-31', '12.4.1985', '1985-4-1', 'soon', '1985-04-12T00:00'])(
    'refuses %s',
    (birthDate) => expect(fields({ birthDate })).toEqual(['birthDate']),
  )
})

describe('language, time zone and country', () => {
  test('take their canonical form', () => {
    const { contact } = check({ language: 'DE_at', timeZone: 'europe/berlin' })
    expect(contact.columns).toEqual({ language: 'de-AT', timeZone: 'Europe/Berlin' })
  })
  test('an older time zone is kept', () => {
    expect(check({ timeZone: 'Europe/Kyiv' }).contact.columns.timeZone).toBe('Europe/Kyiv')
  })
  test.each([{ language: 'german!' }, { timeZone: '+02:00' }, { timeZone: 'Europe/Atlantis' }])('refuses %j', (draft) =>
    expect(fields(draft)).toEqual(Object.keys(draft)),
  )
  test.each([
    ['de', 'DE'],
    ['Germany', 'DE'],
    ['Deutschland', 'DE'],
    ['Österreich', 'AT'],
    ['OESTERREICH', 'AT'],
    ['España', 'ES'],
    ['Côte d’Ivoire', 'CI'],
    ['日本', 'JP'],
    ['USA', 'US'],
    ['Great Britain', 'GB'],
    ['Turkey', 'TR'],
  ])('%s is the country %s', (country, code) => {
    expect(check({ addresses: [{ country }] }).contact.points[0]?.country).toBe(code)
  })
  test('an unknown country is a fault', () => {
    expect(fields({ addresses: [{ city: 'Ulm' }, { country: 'Atlantis' }] })).toEqual(['addresses.1.country'])
  })
})

describe('an e-mail address', () => {
  test.each([
    ['Anna+News@Example.ORG', 'Anna+News@example.org'],
    ["o'neill.x@sub.example.co.uk", "o'neill.x@sub.example.co.uk"],
    ['info@MÜNCHEN.example', 'info@münchen.example'],
    ['info@xn--mnchen-3ya.example', 'info@münchen.example'],
  ])('%s is stored as %s', (address, stored) => expect(value({ emails: [{ address }] })).toBe(stored))
  test.each([
    '',
    'anna',
    '@example.org',
    'anna@',
    'a..b@example.org',
    '.a@example.org',
    'a b@example.org',
    'a@example',
    'a@-x.example',
    'a@exa_mple.org',
    'a@127.0.0.1',
    'Anna <a@example.org>',
    `${'a'.repeat(65)}@example.org`,
    `a@${'b'.repeat(64)}.example`,
    `${'a'.repeat(60)}@${'b.'.repeat(97)}example`,
  ])('refuses %s', (address) => {
    expect(fields({ emails: [{ address: 'ok@example.org' }, { address }] })).toEqual(['emails.1.address'])
  })
})

describe('a phone number', () => {
  test.each([
    ['030 1234567', '+49301234567'],
    ['+44 (0)20 7946 0958', '+442079460958'],
    ['0041 44 668 18 00', '+41446681800'],
  ])('%s is stored as %s', (number, stored) => expect(value({ phones: [{ number }] })).toBe(stored))
  test.each(['', '12', 'call 030 1234567', '030 1234567 ext. 12'])('refuses %s', (number) => {
    expect(fields({ phones: [{ number }] })).toEqual(['phones.0.number'])
  })
  test('needs its country code where no country is given', () => {
    expect(checkDraft({ phones: [{ number: '030 1234567' }] }).faults[0]?.message).toContain('begins with +')
  })
})

describe('a website and a messenger', () => {
  test.each([
    ['example.org/a?b=c', 'https://example.org/a?b=c'],
    ['HTTP://Example.org', 'http://example.org/'],
    ['example.org:8443', 'https://example.org:8443/'],
  ])('%s is stored as %s', (url, stored) => expect(value({ websites: [{ url }] })).toBe(stored))
  test.each([
    'javascript:alert(1)',
    'ftp://example.org',
    'mailto:a@example.org',
    'tel:110',
    'word',
    'https://a:b@example.org',
    `example.org/${'x'.repeat(2000)}`,
  ])('refuses %s', (url) => expect(fields({ websites: [{ url }] })).toEqual(['websites.0.url']))
  test('the service is in lower case, and both parts are needed', () => {
    const draft = { messengers: [{ service: 'Signal', handle: 'Anna.01' }] }
    expect(check(draft).contact.points[0]).toMatchObject({ service: 'signal', value: 'Anna.01' })
    expect(fields({ messengers: [{ service: ' ', handle: '' }] })).toEqual([
      'messengers.0.service',
      'messengers.0.handle',
    ])
  })
})

describe('points of one kind', () => {
  const draft = { emails: [{ address: 'a@example.org' }, { address: 'b@example.org' }] }
  const primaries = (points: CheckedPoint[]) => points.map((point) => point.primary)

  test('that say the same are folded into one', () => {
    const emails = [{ address: 'a@example.org' }, { address: 'A@EXAMPLE.org', label: 'home', primary: true }]
    expect(check({ emails })).toMatchObject({
      faults: [],
      contact: { points: [{ value: 'a@example.org', label: 'home', primary: true }] },
    })
  })
  test('have the first as primary in a new contact, and none in an update', () => {
    expect(primaries(check(draft).contact.points)).toEqual([true, false])
    expect(primaries(checkDraft(draft, { update: true }).contact.points)).toEqual([false, false])
  })
  test('have at most one primary', () => {
    const emails = draft.emails.map((email) => ({ ...email, primary: true }))
    expect(fields({ emails })).toEqual(['emails.1.primary'])
  })
  test('can be checked one by one', () => {
    expect(checkPoint('email', { address: 'x' }, 'input').faults).toMatchObject([{ field: 'input.address' }])
    expect(checkPoint('email', { address: 'x@example.org' }, 'input').point?.value).toBe('x@example.org')
  })
})

test('a new contact needs a name or a way to reach it', () => {
  expect(checkNotEmpty(check({ title: 'Dr.', tags: ['x'] }).contact)?.field).toBe('displayName')
  expect(checkNotEmpty(check({ organisation: 'Mill' }).contact)).toBeUndefined()
  expect(checkNotEmpty(check({ phones: [{ number: '030 1234567' }] }).contact)).toBeUndefined()
})

test('the display name is made of names alone', () => {
  const derive = (draft: ContactDraft) => deriveDisplayName(check(draft).contact.columns)
  expect(derive({ givenName: 'Änne', familyName: 'Ås', organisation: 'Mill' })).toBe('Änne Ås')
  expect(derive({ organisation: 'Mill', emails: [{ address: 'a@example.org' }] })).toBe('')
})

test('an address is written on one line', () => {
  const address = { street: 'Lindenallee 5\nCourt', postalCode: '10115', city: 'Berlin', region: '', country: 'DE' }
  expect(formatAddress(address)).toBe('Lindenallee 5, Court, 10115 Berlin, DE')
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fieldsOf, globalId, type Office, openOffice, uuid } from './lists-support.ts'

let office: Office
beforeAll(async () => {
  office = await openOffice()
})
afterAll(() => office.close())

const count = async () => (await office.ask('{ contacts { totalCount } }')).contacts.totalCount

describe('a new contact', () => {
  test('is stored in its canonical form', async () => {
    const made = await office.create({
      title: ' Dr. ',
      givenName: 'A\u0308nne',
      familyName: 'Müller',
      birthDate: '1985-04-12',
      language: 'de_at',
      timeZone: 'europe/vienna',
      tags: ['vip', ' vip ', '', 'press'],
      source: ' Trade fair ',
      sourceAt: '2024-05-06T09:08:07.006+02:00',
      emails: [{ address: 'Anna@MÜNCHEN.Example' }, { address: 'anna@xn--mnchen-3ya.example', label: 'same' }],
      phones: [{ number: '030 / 1234567' }, { number: '+43 1 5339890', primary: true }],
      addresses: [{ street: 'Court 1\r\nHouse 2', city: 'Wien', country: 'Österreich' }],
      websites: [{ url: 'Example.org/A' }, { url: 'https://example.org/a' }],
      messengers: [{ service: 'Signal', handle: 'anna' }],
    })
    expect(made).toMatchObject({
      title: 'Dr.',
      givenName: 'Änne',
      displayName: 'Änne Müller',
      birthDate: '1985-04-12',
      language: 'de-AT',
      timeZone: 'Europe/Vienna',
      tags: ['vip', 'press'],
      source: 'Trade fair',
      sourceAt: '2024-05-06T07:08:07.006Z',
      version: 1,
      emails: [{ address: 'Anna@münchen.example', label: 'same', primary: true, verifiedAt: null }],
      phones: [
        { number: '+4315339890', primary: true },
        { number: '+49301234567', primary: false },
      ],
      addresses: [{ street: 'Court 1\nHouse 2', city: 'Wien', country: 'AT', postalCode: null }],
      websites: [{ url: 'https://example.org/A' }, { url: 'https://example.org/a' }],
      messengers: [{ service: 'signal', handle: 'anna' }],
    })
    expect(await office.contact(made.id)).toEqual(made)
    const { addresses: _one, ...counted } = Object.groupBy(
      await office.log(made.id),
      (line) => line.split(' ')[2] ?? '',
    )
    expect(Object.fromEntries(Object.entries(counted).map(([entity, entries]) => [entity, entries?.length]))).toEqual({
      Contact: 1,
      EmailAddress: 1,
      PhoneNumber: 2,
      PostalAddress: 1,
      Website: 2,
      Messenger: 1,
    })
  })

  test.each([
    [{ givenName: 'Anna', familyName: 'Meier', displayName: 'Annie' }, 'Annie'],
    [{ givenName: 'Anna', organisation: 'Mill' }, 'Anna'],
    [{ organisation: 'Mill', emails: [{ address: 'a@example.org' }] }, 'Mill'],
    [{ emails: [{ address: 'a@example.org' }], displayName: ' ' }, null],
  ])('is called by what is known of it: %j', async (input, displayName) => {
    expect((await office.create(input)).displayName).toBe(displayName)
  })

  test('takes null for empty', async () => {
    const nothing = {
      title: null,
      birthDate: null,
      tags: null,
      emails: null,
      source: null,
      sourceAt: null,
      displayName: null,
    }
    const made = await office.create({ familyName: 'Meier', ...nothing })
    expect(made).toMatchObject({
      title: null,
      birthDate: null,
      tags: [],
      emails: [],
      source: null,
      displayName: 'Meier',
    })
  })

  test('with nothing in it is refused', async () => {
    for (const input of [{}, { title: 'Dr.', tags: ['vip'] }, { familyName: ' ', emails: [] }]) {
      expect(fieldsOf(await office.failCreate(input))).toEqual(['displayName'])
    }
  })
})

describe('a fault names its field', () => {
  const long = 'x'.repeat(2001)
  const cases: [object, string][] = [
    ...['title', 'givenName', 'familyName', 'displayName', 'organisation', 'jobTitle', 'source'].flatMap(
      (name): [object, string][] => [
        [{ [name]: long }, name],
        [{ [name]: 'a\0b' }, name],
        [{ [name]: 'a\nb' }, name],
        [{ [name]: '\ud800' }, name],
      ],
    ),
    [{ birthDate: '2999-01-01' }, 'birthDate'],
    [{ birthDate: '0000-01-01' }, 'birthDate'],
    [{ language: 'german!' }, 'language'],
    [{ timeZone: 'Berlin' }, 'timeZone'],
    [{ timeZone: '+02:00' }, 'timeZone'],
    [{ tags: ['ok', long] }, 'tags.1'],
    [{ tags: Array.from({ length: 51 }, (_, index) => `${index}`) }, 'tags'],
    [{ sourceAt: '0000-01-01T00:00:00Z' }, 'sourceAt'],
    [{ sourceAt: '2999-01-01T00:00:00Z' }, 'sourceAt'],
    [{ emails: [{ address: 'a@example.org' }, { address: 'anna' }] }, 'emails.1.address'],
    [{ emails: [{ address: '' }] }, 'emails.0.address'],
    [{ emails: [{ address: 'a@example.org', label: long }] }, 'emails.0.label'],
    [
      {
        emails: [
          { address: 'a@example.org', primary: true },
          { address: 'b@example.org', primary: true },
        ],
      },
      'emails.1.primary',
    ],
    [{ emails: Array.from({ length: 51 }, (_, index) => ({ address: `a${index}@example.org` })) }, 'emails'],
    [{ phones: [{ number: '12' }] }, 'phones.0.number'],
    [{ phones: [{ number: '030 1234567 ext. 8' }] }, 'phones.0.number'],
    [{ addresses: [{}] }, 'addresses.0'],
    [{ addresses: [{ city: 'Ulm', country: 'Atlantis' }] }, 'addresses.0.country'],
    [{ addresses: [{ street: long }] }, 'addresses.0.street'],
    [{ addresses: [{ postalCode: long }] }, 'addresses.0.postalCode'],
    [{ addresses: [{ city: long }] }, 'addresses.0.city'],
    [{ addresses: [{ region: long }] }, 'addresses.0.region'],
    [{ websites: [{ url: 'javascript:alert(1)' }] }, 'websites.0.url'],
    [{ websites: [{ url: 'https://user:secret@example.org' }] }, 'websites.0.url'],
    [{ messengers: [{ service: '', handle: 'anna' }] }, 'messengers.0.service'],
    [{ messengers: [{ service: 'signal', handle: '' }] }, 'messengers.0.handle'],
  ]
  test.each(cases)('%.60j', async (input, field) => {
    const before = await count()
    const extensions = await office.failCreate({ organisation: 'Mill', ...input })
    expect(extensions).toMatchObject({ code: 'INVALID_INPUT' })
    expect(fieldsOf(extensions)).toEqual([field])
    expect(await count()).toBe(before)
  })

  test('and all of them at once', async () => {
    const input = {
      givenName: long,
      birthDate: '2999-01-01',
      language: '?',
      source: '\0',
      emails: [{ address: 'x' }, { address: 'y' }],
      phones: [{ number: '1' }],
    }
    expect(fieldsOf(await office.failCreate(input)).toSorted()).toEqual(
      [
        'birthDate',
        'emails.0.address',
        'emails.1.address',
        'givenName',
        'language',
        'phones.0.number',
        'source',
      ].toSorted(),
    )
  })
})

describe('an id that leads nowhere', () => {
  const absent = '01890000-0000-7000-8000-000000000000'
  const nowhere = async () => {
    const { id } = await office.create({ familyName: 'Meier' })
    return [
      '',
      'garbage',
      absent,
      globalId('x'),
      globalId(absent),
      globalId(uuid(id), 'User'),
      globalId("' OR 1=1 --"),
      globalId('1'),
    ]
  }
  test('finds no contact, whatever is wrong with it', async () => {
    for (const id of await nowhere()) expect(await office.contact(id)).toBeNull()
  })
  test('is NOT_FOUND in every mutation, in the same words', async () => {
    const target = await office.create({ familyName: 'Meier' })
    const notFound = { code: 'NOT_FOUND' }
    for (const id of await nowhere()) {
      expect(await office.failUpdate({ id, version: 1 })).toMatchObject(notFound)
      expect(await office.failMerge({ targetId: id, version: 1, sourceIds: [target.id] })).toMatchObject(notFound)
      expect(await office.failMerge({ targetId: target.id, version: 1, sourceIds: [id] })).toMatchObject(notFound)
      expect(await office.failUndo(id, absent)).toMatchObject(notFound)
      expect(await office.failUndo(target.id, id)).toMatchObject(notFound)
    }
  })
  test('has no duplicates', async () => {
    for (const contactId of await nowhere()) {
      const query = 'query ($contactId: ID) { findDuplicates(contactId: $contactId) { score } }'
      expect((await office.ask(query, { contactId })).findDuplicates).toEqual([])
    }
  })
})

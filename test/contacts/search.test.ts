import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Office, openOffice } from './lists-support.ts'

let office: Office
beforeAll(async () => {
  office = await openOffice()
  await office.create({
    title: 'Dr.',
    givenName: 'Änne',
    familyName: 'Müller-Lüdenscheidt',
    organisation: 'Süßwaren & Söhne 100% GmbH',
    jobTitle: 'Confectioner',
    emails: [{ address: 'anne_m@bäckerei.example' }],
    phones: [{ number: '030 1234567' }],
    addresses: [{ street: 'Große Straße 5', postalCode: '10115', city: 'Berlin', country: 'DE' }],
    websites: [{ url: 'https://example.org/anne' }],
    messengers: [{ service: 'signal', handle: 'annchen.85' }],
  })
  await office.create({ givenName: 'Bob', familyName: 'Builder', organisation: 'Москва Трест' })
})
afterAll(() => office.close())

const found = async (search: string) => {
  const { contacts } = await office.ask(
    'query ($search: String) { contacts(search: $search) { edges { node { givenName } } } }',
    { search },
  )
  return contacts.edges.map(({ node }: { node: { givenName: string } }) => node.givenName).join()
}

test.each([
  'änne',
  'ANNE',
  'muller',
  'MÜLLER',
  'lüdensch',
  'denscheidt annchen',
  'anne m', // in names, in part
  'susswaren',
  'SÜSSWAREN',
  'sohne 100%',
  '%',
  '％', // in the organisation
  'anne_m',
  'backerei',
  '@bäckerei.EXAMPLE', // in an address of e-mail
  '1234567',
  '+4930',
  '+49 30 1234567', // in a phone number
  'grosse strasse 5',
  'GROẞE',
  '10115 berlin',
  'Straße Müller', // in a postal address, with a name
  'example.org/anne',
  'annchen.85', // on the web, with a messenger
  '  änne \t\n müller ',
  'müller müller',
])('%j finds somebody by a part of any text', async (search) => {
  expect(await found(search)).toBe('Änne')
})

test.each(['%x', '_nne', 'anne__', '\\', "'", '"', 'anne%', '％x', '*', 'confectioner', 'signal', 'änne builder'])(
  '%j finds nobody: each word is taken literally, and has to be there',
  async (search) => expect(await found(search)).toBe(''),
)

test('capitals of other alphabets do not count either', async () => {
  expect(await found('МОСКВА')).toBe('Bob')
  expect(await found('москва трест')).toBe('Bob')
})

test('the newest is found first, unless an order is asked for; without a word it is a list as ever', async () => {
  const names = async (more: string) => {
    const { contacts } = await office.ask(`{ contacts(${more}) { edges { node { givenName } } } }`)
    return contacts.edges.map(({ node }: { node: { givenName: string } }) => node.givenName).join()
  }
  expect(await names('search: "b"')).toBe('Bob,Änne')
  expect(await names('search: "b", orderBy: [{ displayName: ASC }]')).toBe('Änne,Bob')
  expect(await names('search: " "')).toBe('Änne,Bob')
})

test('a search without a word finds everybody', async () => {
  expect(await found('')).toBe('Änne,Bob')
  expect(await found(' \n ')).toBe('Änne,Bob')
})

test('a search of more than twenty words is refused', async () => {
  const words = (count: number) => Array.from({ length: count }, (_, index) => `w${index}`).join(' ')
  const query = 'query ($search: String) { contacts(search: $search) { totalCount } }'
  expect((await office.ask(query, { search: words(20) })).contacts.totalCount).toBe(0)
  expect((await office.fail(query, { search: words(21) })).code).toBe('LIMIT_EXCEEDED')
})

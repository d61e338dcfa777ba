import { type GraphQLObjectType, getNamedType, isLeafType, isObjectType } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRegistry, type Registry } from '../lawfulness/support.ts'
import { pastTheGuards } from '../support/database.ts'

// Of a contact those columns are read that the fields of an operation say they read. Whatever field says too little has nothing to show,
// when it stands alone. `node` reads everything, so it knows.

let office: Registry
let id: string

beforeAll(async () => {
  office = await openRegistry()
  const point = { label: 'work', primary: true }
  const contact = await office.create({
    ...{
      title: 'Dr.',
      givenName: 'Ada',
      familyName: 'Alt',
      displayName: 'Ada',
      organisation: 'Alt & Co',
      jobTitle: 'Boss',
    },
    ...{ birthDate: '1980-02-29', language: 'de', timeZone: 'Europe/Berlin', tags: ['one', 'two'] },
    ...{ source: 'Fair', sourceAt: '2026-01-02T03:04:05.678Z' },
    emails: [{ address: 'ada@example.org', ...point }],
    phones: [{ number: '+4930123456', ...point }],
    addresses: [{ street: 'Weg 1', postalCode: '10115', city: 'Berlin', region: 'Berlin', country: 'DE', ...point }],
    websites: [{ url: 'https://example.org/', ...point }],
    messengers: [{ service: 'signal', handle: 'ada', ...point }],
  })
  id = contact.id
  const given = { contactId: id, ground: 'CONSENT', validFrom: '2026-01-02T03:04:05.678Z' }
  for (const [purpose, validUntil] of [
    ['newsletter', '2100-01-01T00:00:00Z'],
    ['analysis', undefined],
  ]) {
    await office.record({ ...given, purpose, ...(validUntil && { validUntil }) })
  }
  await pastTheGuards(
    office.config.databaseUrl ?? '',
    "UPDATE contact_point SET verified_at = '2026-01-02 03:04:05.678+01', undeliverable_at = now()",
  )
})
afterAll(() => office.close())

/** Every field with a value of its own that can be asked for without arguments, alone. */
function selections(type: GraphQLObjectType, depth: number): string[] {
  return Object.values(type.getFields()).flatMap((field) => {
    if (field.args.some(({ type: argument }) => String(argument).endsWith('!'))) return []
    const named = getNamedType(field.type)
    if (isLeafType(named)) return [field.name]
    if (depth === 0 || !isObjectType(named) || named.name === 'Contact' || named.name.endsWith('Connection')) return []
    return selections(named, depth - 1).map((inner) => `${field.name} { ${inner} }`)
  })
}

test('each field of a contact shows the same alone as from all columns', async () => {
  const type = office.app.schema.getType('Contact')
  const all = isObjectType(type) ? selections(type, 2) : []
  expect(all).toEqual(
    expect.arrayContaining(['displayName', 'emails { label }', 'lawfulness { bases { validUntil } }']),
  )
  let shown = 0
  for (const selection of all) {
    const { contact, contacts, node } = await office.ask(
      `query ($id: ID!) { contact(id: $id) { ${selection} } contacts(first: 1) { edges { node { ${selection} } } }
        node(id: $id) { ... on Contact { ${selection} } } }`,
      { id },
    )
    expect({ [selection]: contact }).toEqual({ [selection]: node })
    expect({ [selection]: contacts.edges[0].node }).toEqual({ [selection]: node })
    if (!/null|\[\]/.test(JSON.stringify(node))) shown++
  }
  expect(shown).toBeGreaterThan(40)
})

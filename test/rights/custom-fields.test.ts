import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { updateContact } from '../../src/modules/contacts/update.ts'
import { definitionsOf } from '../../src/modules/fields/definitions.ts'
import { readableFields, readField } from '../../src/modules/fields/read.ts'
import { globalId, uuid, workContext } from '../contacts/lists-support.ts'
import { type FieldOffice, openFieldOffice, values } from '../fields/support.ts'

// The rights of custom fields don't stand in the text of the schema, since these are made at run time: each kind of field, each way
// in, for roles of all sorts.

type Caller = Awaited<ReturnType<FieldOffice['signInWith']>>
type Grant = { right: string; read: boolean; write: boolean }

const grant = (right: string, access: 'r' | 'w' | 'rw' = 'rw'): Grant => ({
  right,
  read: access.includes('r'),
  write: access.includes('w'),
})

const content = Buffer.from('zqfile').toString('base64')
const given: Record<string, { value: object; other: object; is?: object; more?: object }> = {
  TEXT: { value: { text: 'zqone' }, other: { text: 'zqtwo' }, is: { text: { contains: 'zq' } } },
  LONG_TEXT: { value: { text: 'zqone' }, other: { text: 'zqtwo' }, is: { text: { contains: 'zq' } } },
  INTEGER: { value: { integer: 1 }, other: { integer: 2 }, is: { number: { from: '0' } } },
  DECIMAL: { value: { decimal: '1' }, other: { decimal: '2' }, is: { number: { from: '0' } } },
  MONEY: {
    value: { money: { amount: '1', currency: 'EUR' } },
    other: { money: { amount: '2', currency: 'EUR' } },
    is: { money: { from: '0' } },
  },
  BOOLEAN: { value: { boolean: true }, other: { boolean: false }, is: { boolean: true } },
  DATE: { value: { date: '2001-01-01' }, other: { date: '2002-01-01' }, is: { date: { from: '2000-01-01' } } },
  DATE_TIME: {
    value: { dateTime: '2001-01-01T00:00:00Z' },
    other: { dateTime: '2002-01-01T00:00:00Z' },
    is: { dateTime: { isEmpty: false } },
  },
  EMAIL: { value: { text: 'a@example.org' }, other: { text: 'b@example.org' }, is: { text: { contains: 'example' } } },
  PHONE: { value: { text: '+4930987654' }, other: { text: '+4930987655' }, is: { text: { contains: '30' } } },
  URL: {
    value: { text: 'https://a.example/' },
    other: { text: 'https://b.example/' },
    is: { text: { contains: 'example' } },
  },
  COUNTRY: { value: { text: 'DE' }, other: { text: 'AT' }, is: { text: { in: ['DE', 'AT'] } } },
  CHOICE: {
    value: { text: 'a' },
    other: { text: 'b' },
    is: { text: { in: ['a', 'b'] } },
    more: { options: [{ value: 'a' }, { value: 'b' }] },
  },
  CHOICES: {
    value: { choices: ['a'] },
    other: { choices: ['b'] },
    is: { choices: { hasAny: ['a', 'b'] } },
    more: { options: [{ value: 'a' }, { value: 'b' }] },
  },
  DOCUMENT: { value: { text: 'zqdoc' }, other: { text: 'zqdoc2' }, is: { text: { contains: 'zq' } } },
  FILE: { value: { file: { name: 'a', content } }, other: { file: { name: 'b', content } } },
  SEALED: { value: { text: 'zqone' }, other: { text: 'zqtwo' }, more: { sensitive: true } },
}
const keyOf = (kind: string) => `k_${kind.toLowerCase()}`

const base = ['contacts.*', 'audit.history', 'audit.log'].map((right) => grant(right))
/** Roles by how they stand to a field, with whether they may read and write it. */
const rolesFor = (key: string): [name: string, grants: Grant[], may: { read: boolean; write: boolean }][] => [
  ['none', base, { read: false, write: false }],
  ['read', [...base, grant(`fields.${key}`, 'r')], { read: true, write: false }],
  ['write', [...base, grant(`fields.${key}`, 'w')], { read: false, write: true }],
  ['read and write', [...base, grant(`fields.${key}`)], { read: true, write: true }],
  [
    'all but',
    [
      ...base,
      ...Object.keys(given)
        .map(keyOf)
        .filter((other) => other !== key)
        .map((other) => grant(`fields.${other}`)),
    ],
    { read: false, write: false },
  ],
  ['the module', [...base, grant('fields.*')], { read: true, write: true }],
  ['the module, to read', [...base, grant('fields.*', 'r')], { read: true, write: false }],
  ['everything', [grant('*')], { read: true, write: true }],
  ['everything, to read', [grant('*', 'r'), ...base], { read: true, write: false }],
]

let office: FieldOffice
let id: string
const callers = new Map<string, Caller>()

/** Somebody with these grants; the same for the same. */
async function callerWith(grants: Grant[]): Promise<Caller> {
  const key = JSON.stringify(grants)
  const caller = callers.get(key) ?? (await office.signInWith(grants))
  callers.set(key, caller)
  return caller
}

beforeAll(async () => {
  office = await openFieldOffice()
  const fields = []
  for (const [kind, { value, more }] of Object.entries(given)) {
    await office.define({ key: keyOf(kind), kind: kind === 'SEALED' ? 'TEXT' : kind, ...more })
    fields.push({ key: keyOf(kind), value })
  }
  id = await office.make(fields)
}, 120_000)
afterAll(() => office.close())

const codeOf = (
  extensions: { code?: string; right?: string; denied?: { path: string; access: string; right: string }[] } | undefined,
) => extensions?.code
const versionOf = async () =>
  (await office.ask('query ($id: ID!) { contact(id: $id) { version } }', { id })).contact.version
const update = 'mutation ($input: UpdateContactInput!) { updateContact(input: $input) { id } }'

describe.each(Object.keys(given))('a field of the kind %s', (kind) => {
  const key = keyOf(kind)
  const right = `fields.${key}`
  const { value, other, is } = given[kind] ?? { value: {}, other: {} }

  test('is read, filtered, sorted and found in histories by those who may read it, and written by those who may write it', async () => {
    for (const [name, grants, may] of rolesFor(key)) {
      const caller = await callerWith(grants)
      const expected = <T>(
        what: string,
        found: T,
        allowed: unknown,
        denied: unknown,
        access: 'read' | 'write' = 'read',
      ) => expect([name, what, found]).toEqual([name, what, may[access] ? allowed : denied])

      // Reading: null and an error in its place; left out of a list of what there is.
      const read = `query ($id: ID!, $key: String!) { contact(id: $id) {
        one: customField(key: $key) { ${values} } named: customFields(keys: [$key]) { key } list: customFields { key } } }`
      const found = await caller.look(read, { id, key })
      for (const what of ['one', 'named']) {
        const { [what]: error } = found.errors
        expected(what, [codeOf(error), error?.right], [undefined, undefined], ['FORBIDDEN', right])
      }
      expect(found.errors['list']).toBeUndefined()
      expected(
        'list',
        found.data.contact.list.some((one: { key: string }) => one.key === key),
        true,
        false,
      )

      // What may not be read may not be looked for, either.
      const isSealed = kind === 'SEALED'
      const filters = [{ customFields: [{ key, is: is ?? { empty: false } }] }]
      const lists = await caller.look(
        `query ($key: String!, $plain: ContactFilter, $not: ContactFilter, $or: ContactFilter) {
          plain: contacts(filter: $plain) { totalCount } not: contacts(filter: $not) { totalCount }
          or: contacts(filter: $or) { totalCount }
          order: contacts(orderBy: [{ customField: { key: $key, direction: ASC } }]) { edges { cursor } } }`,
        { key, plain: filters[0], not: { not: filters[0] }, or: { or: [{ and: filters }] } },
      )
      for (const filter of ['plain', 'not', 'or']) {
        expected(filter, codeOf(lists.errors[filter]), isSealed ? 'INVALID_INPUT' : undefined, 'FORBIDDEN')
      }
      const noOrder = isSealed || kind === 'FILE' || kind === 'CHOICES'
      expected('order', codeOf(lists.errors['order']), noOrder ? 'INVALID_INPUT' : undefined, 'FORBIDDEN')

      // Histories and the log.
      const past = await caller.look(
        `query ($id: ID!, $field: String!) {
          contact(id: $id) {
            ofIt: history(field: $field, first: 500) { edges { node { fields changes { field } } } }
            whole: history(first: 500) { edges { node { fields changes { field } } } } }
          log: auditLog(filter: { field: $field }, first: 5) { edges { node { fields } } }
          ofContacts: auditLog(filter: { field: $field, entity: "Contact" }, first: 5) { edges { node { fields } } } }`,
        { id, field: `customFields.${key}` },
      )
      for (const what of ['ofIt', 'log', 'ofContacts']) {
        expected(what, codeOf(past.errors[what]), undefined, 'FORBIDDEN')
      }
      expect(past.errors['whole']).toBeUndefined()
      expected('history', JSON.stringify(past.data.contact.whole).includes(`"customFields.${key}"`), true, false)

      // Writing: nothing happens, and each denied field is named.
      let before = await versionOf()
      for (const input of [{ key, value: other }, { key, value: null }, { key }, { key, value }]) {
        const found = await caller.fail(update, {
          input: { id, version: before, jobTitle: `${Math.random()}`, customFields: [input] },
        })
        const denied = [{ path: 'input.customFields.0.key', access: 'write', right }]
        expected('write', [codeOf(found), found?.denied], [undefined, undefined], ['FORBIDDEN', denied], 'write')
        const after = await versionOf()
        expected('version', after - before, 1, 0, 'write')
        before = after
      }
      const create = 'mutation ($input: CreateContactInput!) { createContact(input: $input) { id } }'
      const made = await caller.fail(create, { input: { givenName: 'X', customFields: [{ key, value }] } })
      expected('create', codeOf(made), undefined, 'FORBIDDEN', 'write')
    }
  }, 120_000)
})

test('a denied write names each denied field, built-in or custom', async () => {
  const caller = await callerWith([grant('contacts.contact'), grant(`fields.${keyOf('TEXT')}`)])
  const customFields = ['TEXT', 'DATE', 'INTEGER'].map((kind) => ({ key: keyOf(kind), value: null }))
  const found = await caller.fail(update, { input: { id, version: 1, title: 'x', customFields } })
  expect(found.denied.map(({ path, right }: { path: string; right: string }) => `${path} ${right}`).toSorted()).toEqual(
    [
      `input.customFields.1.key fields.${keyOf('DATE')}`,
      `input.customFields.2.key fields.${keyOf('INTEGER')}`,
      'input.title contacts.name',
    ],
  )
})

test('whether there is a field is not told to those who may not read definitions', async () => {
  const caller = await callerWith(base)
  const ways: [string, (key: string) => object][] = [
    ['query ($id: ID!, $key: String!) { contact(id: $id) { customField(key: $key) { key } } }', (key) => ({ id, key })],
    [
      'query ($id: ID!, $key: String!) { contact(id: $id) { customFields(keys: [$key]) { key } } }',
      (key) => ({ id, key }),
    ],
    [
      'query ($key: String!) { contacts(filter: { customFields: [{ key: $key }] }) { totalCount } }',
      (key) => ({ key }),
    ],
    [
      'query ($key: String!) { contacts(orderBy: [{ customField: { key: $key, direction: DESC } }]) { totalCount } }',
      (key) => ({ key }),
    ],
    [
      'query ($id: ID!, $key: String!) { contact(id: $id) { history(field: $key) { __typename } } }',
      (key) => ({ id, key: `customFields.${key}` }),
    ],
    [
      'query ($key: String!) { auditLog(filter: { field: $key }) { __typename } }',
      (key) => ({ key: `customFields.${key}` }),
    ],
    [update, (key) => ({ input: { id, version: 1, customFields: [{ key, value: { integer: 1 } }] } })],
    [
      'mutation ($input: CreateContactInput!) { createContact(input: $input) { id } }',
      (key) => ({ input: { givenName: 'X', customFields: [{ key, value: { text: 'x' } }] } }),
    ],
    ['query ($key: String!) { previewFieldChange(input: { key: $key }) { values } }', (key) => ({ key })],
    ['mutation ($key: String!) { retireField(key: $key) { key } }', (key) => ({ key })],
  ]
  for (const [query, variables] of ways) {
    const answers = await Promise.all(
      [keyOf('TEXT'), 'no_such_field'].map(async (key) => {
        const { requestId: _, ...answer } = (await caller.fail(query, variables(key))) ?? {}
        return JSON.stringify(answer).replaceAll(key, 'KEY')
      }),
    )
    expect(answers[0]).toContain('FORBIDDEN')
    expect([query, answers[0]]).toEqual([query, answers[1]])
  }
})

test('a right is granted for each field, by name, and nobody gives what they lack', async () => {
  const role = (await office.ask('mutation { createRole(input: { key: "made-here", name: "Made here" }) { id } }'))
    .createRole.id
  const mutation =
    'mutation ($role: ID!, $right: String!) { grantRight(role: $role, right: $right, read: true) { grants { right read } } }'
  const { grantRight } = await office.ask(mutation, { role, right: 'fields.k_text' })
  expect(grantRight.grants).toEqual([{ right: 'fields.k_text', read: true }])
  expect((await office.fail(mutation, { role, right: 'fields.k_txt' })).faults[0].message).toContain('fields.k_text')
  const clerk = await callerWith([grant('identity.roles'), grant('fields.k_date')])
  expect((await clerk.fail(mutation, { role, right: 'fields.k_integer' })).code).toBe('FORBIDDEN')
})

test('definitions are changed only by those who may, and what tells of values takes the rights of these', async () => {
  const change =
    'mutation ($input: UpdateFieldInput!, $u: UnfittingValues) { updateField(input: $input, unfitting: $u) { key } }'
  const preview = 'query ($input: UpdateFieldInput!) { previewFieldChange(input: $input) { values } }'
  const input = { key: 'k_text', maxLength: 400 }
  const designer = await callerWith([grant('fields.definitions')])
  expect((await designer.fail(change, { input })).denied).toEqual([
    { path: 'input.key', access: 'read', right: 'fields.k_text' },
  ])
  expect((await designer.fail(preview, { input })).code).toBe('FORBIDDEN')
  const reader = await callerWith([grant('fields.definitions'), grant('fields.k_text', 'r')])
  expect(await reader.fail(preview, { input })).toBeUndefined()
  expect(await reader.fail(change, { input })).toBeUndefined()
  expect((await reader.fail(change, { input, u: 'CLEAR' })).code).toBe('FORBIDDEN')
  expect((await reader.fail(change, { input: { key: 'k_text', sensitive: true } })).code).toBe('FORBIDDEN')
  const clerk = await callerWith([...base, grant('fields.k_text')])
  for (const query of [change, preview]) expect((await clerk.fail(query, { input })).code).toBe('FORBIDDEN')
  expect((await clerk.fail('{ fieldDefinitions { key } }')).code).toBe('FORBIDDEN')
})

describe('a program', () => {
  const asClient = async (kind: 'PARTNER' | 'AUTOMATION', scopes: string[]): Promise<string> => {
    const { createClient } = await office.ask(
      'mutation ($kind: ClientKind!) { createClient(input: { name: "Program", kind: $kind }) { id } }',
      { kind },
    )
    for (const right of scopes) {
      await office.ask(
        'mutation ($c: ID!, $right: String!) { grantScope(client: $c, right: $right, read: true, write: true) { id } }',
        {
          c: createClient.id,
          right,
        },
      )
    }
    const made = await office.ask('mutation ($c: ID!) { createClientKey(client: $c, kind: SECRET) { key } }', {
      c: createClient.id,
    })
    return made.createClientKey.key
  }
  const write = async (token: string, key: string) => {
    const input = { id, version: await versionOf(), customFields: [{ key, value: { text: 'by a program' } }] }
    return (await office.graphql(update, { input }, token)).errors?.[0]?.extensions.code
  }
  const read = async (token: string, key: string) => {
    const query = 'query ($id: ID!, $key: String!) { contact(id: $id) { customField(key: $key) { key } } }'
    return (await office.graphql(query, { id, key }, token)).errors?.[0]?.extensions.code
  }

  test('writes fields by the same mutations, under its own scopes', async () => {
    const token = await asClient('AUTOMATION', ['contacts.contact', 'fields.k_text'])
    expect(await write(token, 'k_text')).toBeUndefined()
    expect(await write(token, 'k_long_text')).toBe('FORBIDDEN')
  })

  test('of a partner gets what the definition says, whatever its scopes', async () => {
    for (const partners of ['NONE', 'SEE', 'FILL']) {
      const key = `partner_${partners.toLowerCase()}`
      await office.define({ key, kind: 'TEXT', partners })
      await office.fill(id, [{ key, value: { text: 'x' } }])
    }
    const token = await asClient('PARTNER', ['contacts.contact', 'audit.history', 'fields.*'])
    const outcomes = await Promise.all(
      ['partner_none', 'partner_see', 'partner_fill', 'never'].map(async (key) => [await read(token, key)]),
    )
    expect(outcomes.flat()).toEqual(['FORBIDDEN', undefined, undefined, 'FORBIDDEN'])
    expect([
      await write(token, 'partner_none'),
      await write(token, 'partner_see'),
      await write(token, 'partner_fill'),
    ]).toEqual(['FORBIDDEN', 'FORBIDDEN', undefined])
    const { data } = await office.graphql(
      'query ($id: ID!) { contact(id: $id) { customFields { key } history { edges { node { fields } } } } }',
      { id },
      token,
    )
    expect(data.contact.customFields.map(({ key }: { key: string }) => key)).toEqual(['partner_fill', 'partner_see'])
    expect(JSON.stringify(data.contact.history)).not.toContain('customFields')
    const definer = await asClient('PARTNER', ['contacts.contact', 'fields.*'])
    const preview = await office.graphql(
      'query { previewFieldChange(input: { key: "partner_none", pattern: "x" }) { values } }',
      {},
      definer,
    )
    expect(preview.errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    const filter = { customFields: [{ key: 'partner_none', is: { empty: false } }] }
    const { errors } = await office.graphql(
      'query ($filter: ContactFilter) { contacts(filter: $filter) { totalCount } }',
      { filter },
      token,
    )
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN')
  })
})

test('the contact, who is no user, reads and fills what definitions open to contacts, and nothing else', async () => {
  const contact = { ...workContext(office), contact: true, loaders: {} }
  const uuidOfIt = uuid(await office.make([]))
  const keys = ['own_none', 'own_see', 'own_fill']
  for (const key of keys) {
    await office.define({ key, kind: 'TEXT', required: false, contact: key.slice(4).toUpperCase() })
    await office.fill(globalId(uuidOfIt), [{ key, value: { text: 'by staff' } }])
  }
  const definitions = await definitionsOf(contact)
  const row = () => office.database.contact.findUniqueOrThrow({ where: { id: uuidOfIt } })
  const read = async (key: string) => {
    const found = row().then((one) => readField(contact, one, definitions, key))
    return found.then(
      (field) => field?.value,
      ({ extensions }) => extensions.code,
    )
  }
  expect(await Promise.all([...keys, 'never'].map(read))).toEqual(['FORBIDDEN', 'by staff', 'by staff', 'FORBIDDEN'])
  expect(readableFields(contact, await row(), definitions).map(({ key }) => key)).toEqual(['own_fill', 'own_see'])
  for (const key of [...keys, 'never']) {
    const { version } = await row()
    const customFields = [{ key, value: { text: 'by myself' } }]
    const written = updateContact(contact, { id: uuidOfIt, version, columns: {}, points: [], customFields })
    const outcome = await written.then(
      () => 'written',
      ({ extensions }) => extensions.code,
    )
    expect([key, outcome]).toEqual([key, key === 'own_fill' ? 'written' : 'FORBIDDEN'])
  }
  expect(await read('own_fill')).toBe('by myself')
})

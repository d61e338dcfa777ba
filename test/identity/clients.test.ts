import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { printedSchema } from '../../src/graphql/schema.ts'
import { defineModule } from '../../src/modules/module.ts'
import { textOf } from '../rights/operations.ts'
import { nameOf, readSchemaText } from '../rights/schema-text.ts'
import { valueFor } from '../rights/values.ts'
import { type Clients, startClients, uuidIn, withinASecond } from './clients-support.ts'

let lethe: Clients
beforeAll(async () => {
  lethe = await startClients()
})
afterAll(() => lethe?.close())

const creation = 'mutation { createContact(input: { givenName: "Ada" }) { id } }'
const names = '{ contacts { edges { node { givenName } } } }'

describe('a client', () => {
  test('may do what its scopes say, and nothing else', async () => {
    const client = await lethe.newClient({
      reads: ['contacts.contact', 'contacts.name'],
      writes: ['contacts.contact', 'contacts.name'],
    })
    const { key } = await lethe.newKey(client)
    const { data, errors } = await lethe.call(creation, { key })
    expect(errors).toBeUndefined()
    expect(data.createContact.id).toBeDefined()
    expect((await lethe.call(names, { key })).data.contacts.edges).toEqual([{ node: { givenName: 'Ada' } }])
    expect(await lethe.codes('{ contacts { edges { node { birthDate } } } }', { key })).toEqual(['FORBIDDEN'])
    expect(await lethe.codes('{ users { edges { node { id } } } }', { key })).toEqual(['FORBIDDEN'])
    expect(await lethe.codes('{ __typename __type(name: "Client") { name } }', { key })).toContain('UNAUTHENTICATED')
  })

  test('gains and loses a scope within a second, for reading and writing apart', async () => {
    const client = await lethe.newClient({ reads: ['contacts.contact'] })
    const { key } = await lethe.newKey(client)
    expect(await lethe.codes(names, { key })).toContain('FORBIDDEN')
    const { data } = await lethe.grant(client, 'contacts.name', { read: true, write: true })
    expect(data.grantScope.scopes).toEqual([
      { right: 'contacts.contact', read: true, write: false },
      { right: 'contacts.name', read: true, write: true },
    ])
    await withinASecond(() => lethe.codes(names, { key }), [])
    const revoke =
      'mutation ($c: ID!, $read: Boolean, $write: Boolean) { revokeScope(client: $c, right: "contacts.name", read: $read, write: $write) { scopes { right read write } } }'
    const { scopes } = await lethe.act(revoke, { c: client, write: true })
    expect(scopes).toContainEqual({ right: 'contacts.name', read: true, write: false })
    expect((await lethe.act(revoke, { c: client, read: true })).scopes).toHaveLength(1)
    await withinASecond(async () => (await lethe.codes(names, { key })).includes('FORBIDDEN'), true)
  })

  test('keeps a scope that a wider one would still give, and that is told', async () => {
    const client = await lethe.newClient({ reads: ['contacts.*', 'contacts.name'] })
    const revoke = (right: string) =>
      lethe.codes(`mutation { revokeScope(client: "${client}", right: "${right}", read: true) { id } }`, {
        key: lethe.administrator,
      })
    expect(await revoke('contacts.name')).toEqual(['INVALID_INPUT'])
    expect(await revoke('contacts.nmae')).toEqual(['INVALID_INPUT'])
    expect(await revoke('contacts.*')).toEqual([])
    expect(await revoke('contacts.name')).toEqual([])
    expect(await revoke('contacts.name')).toEqual([])
    const { scopes } = await lethe.act('query ($id: ID!) { node(id: $id) { ... on Client { scopes { right } } } }', {
      id: client,
    })
    expect(scopes).toEqual([])
  })

  test('is an actor in the audit log, by its name, and can be filtered by', async () => {
    const scopes = ['contacts.contact', 'contacts.name']
    const client = await lethe.newClient({ reads: scopes, writes: scopes, name: 'Fair app' })
    const { key } = await lethe.newKey(client)
    const { data } = await lethe.call(creation, { key })
    const query = `query ($id: ID!) { auditLog(filter: { actorId: $id }) {
      edges { node { operation entityId actor { kind id name email } } } } }`
    const { edges } = await lethe.act(query, { id: client })
    expect(edges).toEqual([
      {
        node: {
          operation: 'createContact',
          entityId: data.createContact.id,
          actor: { kind: 'CLIENT', id: client, name: 'Fair app', email: null },
        },
      },
    ])
    const { errors } = await lethe.app.graphql(query, { id: data.createContact.id }, lethe.administrator)
    expect(errors?.[0].extensions.code).toBe('NOT_FOUND')
  })

  test('has no account: nobody is signed in, and no mutation is open to it that wants no right', async () => {
    const client = await lethe.newClient({ reads: ['*'], writes: ['*'] })
    const { key } = await lethe.newKey(client)
    expect((await lethe.call('{ me { id } }', { key })).data).toEqual({ me: null })
    for (const query of ['{ mySessions { id } }', '{ mySecondFactors { totp } }'])
      expect(await lethe.codes(query, { key })).toEqual(['UNAUTHENTICATED'])
    const schema = readSchemaText(printedSchema(lethe.app.app.schema))
    const open = schema.objects.get('Mutation')?.fields.filter(({ access }) => !access.read && !access.write) ?? []
    expect(open.map(({ name }) => name)).toEqual(expect.arrayContaining(['signIn', 'signOut', 'receipt']))
    // Partners bring what persons say: what they may is in the inputs.
    const ofPersons = ['giveConsent', 'confirmConsent', 'withdrawConsent', 'refuseConsent', 'updateOwnFields']
    for (const field of open.filter(({ name }) => !ofPersons.includes(name))) {
      const given = valueFor(schema, field, [])
      if ('factor' in given) given['factor'] = { totp: '123456' } // One of several, which has no value by itself.
      const to = schema.objects.has(nameOf(field.type)) ? nameOf(field.type) : null
      const root = { alias: 'it', field, form: 'plain' as const, arguments: given, to, within: [] }
      const query = textOf(schema, 'mutation', [root])
      // A receipt only tells of what the client did.
      const expected = field.name === 'receipt' ? [] : ['FORBIDDEN']
      expect([field.name, ...(await lethe.codes(query, { key }))]).toEqual([field.name, ...expected])
    }
  })

  test('is listed with its scopes and keys, and found by its id, for those who may see clients', async () => {
    const client = await lethe.newClient({ reads: ['contacts.*'], origins: ['https://listed.example'] })
    const { id } = await lethe.newKey(client)
    const fields =
      'id name kind origins disabledAt scopes { right client { id } } keys { id kind revokedAt client { id } }'
    const expected = {
      id: client,
      name: 'Shop',
      kind: 'PARTNER',
      origins: ['https://listed.example'],
      disabledAt: null,
      scopes: [{ right: 'contacts.*', client: { id: client } }],
      keys: [{ id, kind: 'SECRET', revokedAt: null, client: { id: client } }],
    }
    const { edges } = await lethe.act(`{ clients(last: 1) { edges { node { ${fields} } } } }`)
    expect(edges).toEqual([{ node: expected }])
    const node = `query ($id: ID!) { node(id: $id) { ... on Client { ${fields} } } }`
    expect(await lethe.act(node, { id: client })).toEqual(expected)
    const other = await lethe.signInWith([{ right: 'identity.users', read: true, write: true }])
    for (const query of ['{ clients { edges { node { id } } } }', `{ node(id: "${client}") { id } }`]) {
      expect(await lethe.codes(query, { key: other })).toEqual(['FORBIDDEN'])
    }
    expect(await lethe.codes(`{ node(id: "${id}") { id } }`, { key: other })).toEqual(['FORBIDDEN'])
  })

  test('is changed as far as is said, and every change is in the log', async () => {
    const client = await lethe.newClient({ origins: ['https://one.example'] })
    const change =
      'mutation ($id: ID!, $input: UpdateClientInput!) { updateClient(id: $id, input: $input) { name description origins } }'
    expect(await lethe.act(change, { id: client, input: { description: 'Sells\nshoes' } })).toEqual({
      name: 'Shop',
      description: 'Sells\nshoes',
      origins: ['https://one.example'],
    })
    const origins = ['https://two.example', 'http://localhost:3000', 'https://two.example']
    expect((await lethe.act(change, { id: client, input: { name: 'Store', origins } })).origins).toEqual([
      'https://two.example',
      'http://localhost:3000',
    ])
    const log = await lethe.act(
      '{ auditLog(filter: { entity: "Client", operation: "updateClient" }, first: 2) { edges { node { entityId changes { field old new } } } } }',
    )
    expect(log.edges[0].node).toEqual({
      entityId: client,
      changes: [
        { field: 'name', old: 'Shop', new: 'Store' },
        { field: 'origins', old: ['https://one.example'], new: ['https://two.example', 'http://localhost:3000'] },
      ],
    })
  })

  test.each([
    ['https://shop.example/', 'https://shop.example'],
    ['https://shop.example/path', 'https://shop.example'],
    ['https://shop.example:443', 'https://shop.example'],
    ['https://Shop.example', 'https://shop.example'],
    ['https://user@shop.example', 'https://shop.example'],
    ['https://schön.example', 'https://xn--schn-7qa.example'],
    ['https://*.example', 'wildcard'],
    ['*', 'such as'],
    ['null', 'such as'],
    ['', 'such as'],
    ['http://shop.example', 'https'],
    ['http://localhost.example', 'https'],
    ['http://127.0.0.1', 'https'],
    ['ftp://shop.example', 'such as'],
    ['javascript:alert(1)', 'such as'],
  ])('may not have the origin %s', async (origin, told) => {
    const { errors } = await lethe.app.graphql(
      'mutation ($input: CreateClientInput!) { createClient(input: $input) { id } }',
      { input: { name: 'Shop', kind: 'PARTNER', origins: ['https://good.example', origin] } },
      lethe.administrator,
    )
    expect(errors?.[0].extensions).toMatchObject({ code: 'INVALID_INPUT', faults: [{ field: 'origins.1' }] })
    expect(errors?.[0].message).toContain(told)
  })

  test('has to have a name, and no more origins than anybody needs', async () => {
    const origins = Array.from({ length: 21 }, (_, index) => `https://shop${index}.example`)
    const { errors } = await lethe.app.graphql(
      'mutation ($input: CreateClientInput!) { createClient(input: $input) { id } }',
      { input: { name: ' ', kind: 'AUTOMATION', origins } },
      lethe.administrator,
    )
    expect(errors?.[0].extensions.faults.map(({ field }: { field: string }) => field)).toEqual(['name', 'origins'])
  })
})

describe('nobody gives a client what they do not have', () => {
  const manager = { right: 'identity.clients', read: true, write: true }

  test('neither as a scope, nor by a wildcard that is wider than their own', async () => {
    const token = await lethe.signInWith([
      manager,
      { right: 'contacts.name', read: true },
      { right: 'audit.*', read: true },
    ])
    const client = await lethe.newClient()
    const attempt = async (right: string, access = { read: true, write: false }) => {
      const { errors } = await lethe.grant(client, right, access, token)
      return errors?.[0].extensions
    }
    expect(await attempt('contacts.name')).toBeUndefined()
    expect(await attempt('audit.*')).toBeUndefined()
    for (const right of ['contacts.email', 'contacts.*', '*', 'identity.users']) {
      expect(await attempt(right)).toMatchObject({
        code: 'FORBIDDEN',
        denied: [{ path: 'right', access: 'read', right }],
      })
    }
    expect(await attempt('contacts.name', { read: true, write: true })).toMatchObject({
      code: 'FORBIDDEN',
      denied: [{ access: 'write', right: 'contacts.name' }],
    })
  })

  test('nor without the bounds that they have themselves', async () => {
    const token = await lethe.signInWith([manager, { right: 'contacts.name', read: true }], ['newsletter'])
    const { errors } = await lethe.grant(await lethe.newClient(), 'contacts.name', { read: true, write: false }, token)
    expect(errors?.[0].extensions.code).toBe('FORBIDDEN')
  })

  test('nor by a key, an origin or another life for a client that may do more than they', async () => {
    const token = await lethe.signInWith([manager])
    const client = await lethe.newClient({ reads: ['contacts.name'], origins: ['https://one.example'] })
    const { id } = await lethe.newKey(client)
    const refused = async (query: string) => {
      const { errors } = await lethe.call(query, { key: token, variables: {} })
      expect(errors?.[0].extensions).toMatchObject({ code: 'FORBIDDEN', denied: [{ right: 'contacts.name' }] })
    }
    await refused(`mutation { createClientKey(client: "${client}", kind: SECRET) { key } }`)
    await refused(`mutation { rotateClientKey(id: "${id}") { key } }`)
    await refused(`mutation { updateClient(id: "${client}", input: { origins: ["https://mine.example"] }) { id } }`)
    expect(await lethe.codes(`mutation { disableClient(id: "${client}") { id } }`, { key: token })).toEqual([])
    await refused(`mutation { enableClient(id: "${client}") { id } }`)
    expect(await lethe.app.database.clientKey.count({ where: { clientId: uuidIn(client) } })).toBe(1)
    // What gives nothing is for whoever manages clients.
    for (const query of [
      `mutation { updateClient(id: "${client}", input: { name: "Closed", origins: [] }) { id } }`,
      `mutation { revokeClientKey(id: "${id}") { id } }`,
      `mutation { revokeScope(client: "${client}", right: "contacts.name", read: true) { id } }`,
    ])
      expect(await lethe.codes(query, { key: token })).toEqual([])
  })

  test('and a client that manages clients is bound like anybody else', async () => {
    const program = await lethe.newClient({ reads: ['identity.clients'], writes: ['identity.clients'] })
    const { key } = await lethe.newKey(program)
    const other = await lethe.newClient({ reads: ['contacts.name'] })
    const grant = (right: string) =>
      `mutation { grantScope(client: "${program}", right: "${right}", read: true) { id } }`
    expect(await lethe.codes(grant('contacts.name'), { key })).toEqual(['FORBIDDEN'])
    expect(await lethe.codes(grant('*'), { key })).toEqual(['FORBIDDEN'])
    expect(await lethe.codes(grant('identity.clients'), { key })).toEqual([])
    expect(
      await lethe.codes(`mutation { createClientKey(client: "${other}", kind: SECRET) { key } }`, { key }),
    ).toEqual(['FORBIDDEN'])
  })

  test('nor does a client that manages users and roles give users more than it has, or take over an account', async () => {
    const all = ['identity.users', 'identity.roles']
    const { key } = await lethe.newKey(await lethe.newClient({ reads: all, writes: all }))
    const { data } = await lethe.call('{ roles { id key } }', { key })
    const role = data.roles.find((one: { key: string }) => one.key === 'analyst').id
    const { email } = await lethe.app.database.user.findFirstOrThrow({ orderBy: { id: 'asc' } })
    const { id } = await lethe.app.database.user.findUniqueOrThrow({ where: { email } })
    const boss = Buffer.from(`User:${id}`).toString('base64')
    for (const query of [
      `mutation { grantRight(role: "${role}", right: "contacts.birthDate", read: true) { id } }`,
      `mutation { assignRole(user: "${boss}", role: "${role}") { id } }`,
      `mutation { updateUser(id: "${boss}", input: { email: "mine@example.org" }) { id } }`,
      `mutation { resetSecondFactor(id: "${boss}") { id } }`,
    ])
      expect([query, ...(await lethe.codes(query, { key }))]).toEqual([query, 'FORBIDDEN'])
  })

  test('nor something that is no right', async () => {
    const client = await lethe.newClient()
    for (const right of ['contacts.nmae', 'nothing.*', 'contacts', 'contacts.n*', '**', '']) {
      const { errors } = await lethe.grant(client, right)
      expect([right, errors?.[0].extensions]).toEqual([
        right,
        expect.objectContaining({ code: 'INVALID_INPUT', faults: [expect.objectContaining({ field: 'right' })] }),
      ])
    }
    for (const right of ['contacts.*', '*']) expect((await lethe.grant(client, right)).errors).toBeUndefined()
    const { errors } = await lethe.grant(client, 'contacts.name', { read: false, write: false })
    expect(errors?.[0].extensions.code).toBe('INVALID_INPUT')
  })
})

test('a module opens to publishable keys only rights of its own', () => {
  const module = {
    name: 'shop',
    needs: [],
    rights: { 'shop.buy': 'Buying.' },
    personalData: 'none',
    schema: () => undefined,
  } as const
  expect(defineModule({ ...module, publishable: ['shop.buy'] }).publishable).toEqual(['shop.buy'])
  expect(() => defineModule({ ...module, publishable: ['contacts.name'] })).toThrow('contacts.name is publishable')
})

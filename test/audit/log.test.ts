import { encodeGlobalID } from '@pothos/plugin-relay'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { asCaller, everything, reading, type TestContext } from '../support/context.ts'
import { entryFields, grace, type Installation, install, run } from './support.ts'

let context: TestContext
let contactId: string
let newContact: Installation['newContact']
let counted: Installation['counted']
let seeing: Installation['seeing']

beforeAll(async () => {
  ;({ context, contactId, newContact, counted, seeing } = await install())
})

afterAll(() => context.close())

/** Without the entries that tell of looks into the log, such as this one. */
const log = async (caller: TestContext, filter: object = {}) => {
  const query = `query ($filter: AuditFilter) {
    auditLog(first: 200, filter: $filter) { edges { node { ${entryFields} contactId } } } }`
  const answer = await run(caller, query, { filter })
  if (answer.data.auditLog) answer.data.auditLog.nodes = answer.data.auditLog.nodes.filter(isChange)
  return answer
}

const isChange = ({ action }: { action: string }) => action !== 'READ'

describe('auditLog', () => {
  test('tells of everything, the newest first', async () => {
    const { data, errors } = await log(context)
    expect(errors).toEqual([])
    const { nodes } = data.auditLog
    const entities = nodes.map(({ entity }: { entity: string }) => entity)
    expect(entities).toEqual(expect.arrayContaining(['User', 'Contact', 'EmailAddress']))
    expect(nodes.at(-1)).toMatchObject({
      entity: 'User',
      entityId: encodeGlobalID('User', grace.id),
      contactId: null,
      action: 'CREATED',
    })
    expect(JSON.stringify(nodes)).not.toContain('secret')
  })

  test('needs its right', async () => {
    const { data, codes } = await log(seeing('audit.history', 'contacts.name'))
    expect(data.auditLog).toBeNull()
    expect(codes).toEqual(['FORBIDDEN'])
  })

  test('tells those who may read nothing that something happened, when and by whom', async () => {
    const { data } = await run(
      asCaller(context, reading('audit.log')),
      `{ auditLog { edges { node { id recordedAt ${entryFields} } } } }`,
    )
    const nodes = data.auditLog.nodes.filter(isChange)
    expect(nodes.length).toBeGreaterThan(3)
    for (const node of nodes) {
      expect(node).toMatchObject({ entity: null, entityId: null, fields: [], changes: [] })
      expect(node.withheld).toBeGreaterThan(0)
      expect(node.recordedAt).toBeTruthy()
      expect(node.actor.kind).toBeTruthy()
    }
  })

  test('shows contacts and users to those only who may read them', async () => {
    const query = '{ auditLog { edges { node { contactId contact { id givenName } actor { email } } } } }'
    const { data, codes } = await run(asCaller(context, reading('audit.log')), query)
    expect(new Set(codes)).toEqual(new Set(['FORBIDDEN']))
    for (const node of data.auditLog.nodes)
      expect(node).toEqual({ contactId: null, contact: null, actor: { email: null } })
    const all = await run(context, query)
    expect(all.errors).toEqual([])
    expect(all.data.auditLog.nodes).toContainEqual({
      contactId,
      contact: { id: contactId, givenName: 'Augusta' },
      actor: { email: grace.email },
    })
  })

  test('loads the contacts and actors of a page in one statement each', async () => {
    const { data, statements } = await counted(
      '{ auditLog { edges { node { contact { givenName } actor { name } } } } }',
    )
    expect(data.auditLog.nodes.filter((node: { contact: unknown }) => node.contact).length).toBeGreaterThan(3)
    expect(statements).toHaveLength(3)
  })

  test('withholds what the schema does not know, except from those who may read everything', async () => {
    const user = (caller: TestContext) => log(caller, { entity: 'User' })
    const { data } = await user(asCaller(context, reading('audit.log', 'identity.users')))
    expect(data.auditLog.nodes[0].fields).toEqual(['email', 'name'])
    const role = uuidv7()
    await transact(context, 'test', async (tx) => {
      await tx.role.create({ data: { id: role, key: 'test', name: 'Test' } })
      await tx.grant.create({ data: { roleId: role, right: 'contacts.*', read: true } })
    })
    const { data: some } = await log(asCaller(context, reading('audit.log', 'identity.*')))
    expect(some.auditLog.nodes[0]).toMatchObject({ entity: null, fields: [], withheld: 1 })
    const { data: all } = await log(asCaller(context, reading('*')))
    expect(all.auditLog.nodes[0]).toMatchObject({
      entity: 'Grant',
      changes: [{ field: 'grant', old: null, new: { right: 'contacts.*', read: true, write: false } }],
    })
  })

  test('withholds of a link by which somebody signs in what only its holder may see', async () => {
    const link = {
      id: uuidv7(),
      userId: grace.id,
      purpose: 'password-reset',
      tokenHash: uuidv7(),
      expiresAt: new Date(),
    }
    await transact(context, 'test', (tx) => tx.signInLink.create({ data: link }))
    const { data: some } = await log(asCaller(context, reading('audit.*', 'identity.*')))
    expect(some.auditLog.nodes[0]).toMatchObject({ entity: null, entityId: null, fields: [], withheld: 3 })
    const { data: all } = await log(asCaller(context, reading('*')))
    expect(all.auditLog.nodes[0]).toMatchObject({ entity: 'SignInLink', fields: ['user', 'purpose', 'expiresAt'] })
  })

  test.each([
    ['contactId', () => ({ contactId }), (node: Node) => node.contactId === contactId],
    ['actorId', () => ({ actorId: encodeGlobalID('User', grace.id) }), (node: Node) => node.actor.name === 'Grace'],
    ['actorKind', () => ({ actorKind: 'SYSTEM' }), (node: Node) => node.actor.kind === 'SYSTEM'],
    ['action', () => ({ action: 'UPDATED' }), (node: Node) => node.action === 'UPDATED'],
    ['entity', () => ({ entity: 'EmailAddress' }), (node: Node) => node.entity === 'EmailAddress'],
    ['field', () => ({ field: 'jobTitle' }), (node: Node) => node.fields.includes('jobTitle')],
    ['entity and field', () => ({ entity: 'User', field: 'email' }), (node: Node) => node.entity === 'User'],
    ['operation', () => ({ operation: 'updateContact' }), (node: Node) => node.operation === 'updateContact'],
    [
      'several',
      () => ({ contactId, action: 'CREATED' }),
      (node: Node) => node.action === 'CREATED' && node.contactId === contactId,
    ],
  ])('finds by %s', async (_name, filter, matches) => {
    const [{ data: all }, { data: some }] = [await log(context), await log(context, filter())]
    expect(some.auditLog.nodes.length).toBeGreaterThan(0)
    expect(some.auditLog.nodes).toEqual(all.auditLog.nodes.filter(matches))
  })

  test('finds by request and by time', async () => {
    const before = new Date()
    const { requestId } = await run(
      context,
      'mutation ($input: CreateContactInput!) { createContact(input: $input) { id } }',
      {
        input: { givenName: 'Newest' },
      },
    )
    const after = new Date(Date.now() + 2) // PostgreSQL rounds.
    const operations = async (filter: object) =>
      (await log(context, filter)).data.auditLog.nodes.map((node: Node) => node.requestId)
    expect(await operations({ requestId })).toEqual([requestId])
    expect(await operations({ from: before.toISOString(), until: after.toISOString() })).toEqual([requestId])
    expect(await operations({ from: after.toISOString() })).toEqual([])
    expect(await operations({ until: before.toISOString() })).not.toContain(requestId)
    expect(await operations({ from: '1900-01-01T00:00:00Z', until: '1970-01-01T00:00:00Z' })).toEqual([])
  })

  test.each([
    ['a type', { entity: 'EmailAddress' }, 'filter.entity'],
    ['a type that there is not', { entity: 'NoSuchType' }, 'filter.entity'],
    ['a field of a type', { entity: 'Contact', field: 'birthDate' }, 'filter.field'],
    ['a field anywhere', { field: 'birthDate' }, 'filter.field'],
    ['a field that there is not', { field: 'noSuchField' }, 'filter.field'],
  ])('can not be searched by %s without the right to read it', async (_what, filter, path) => {
    const { data, codes, errors } = await log(seeing('audit.log', 'contacts.name'), filter)
    expect(data.auditLog).toBeNull()
    expect(codes).toEqual(['FORBIDDEN'])
    expect(errors[0]?.extensions['denied']).toMatchObject([{ path }])
  })

  test('finds nothing by names that nothing can have', async () => {
    for (const filter of [{ entity: '\0' }, { field: '\0' }, { operation: '\0' }, { requestId: '\0' }]) {
      const { data, errors } = await log(context, filter)
      expect({ filter, errors, nodes: data.auditLog.nodes }).toEqual({ filter, errors: [], nodes: [] })
    }
  })

  test('can not be searched by contact without the right to know of contacts', async () => {
    const { codes } = await log(asCaller(context, reading('audit.log')), { contactId })
    expect(codes).toEqual(['FORBIDDEN'])
  })

  test('finds a field of a common name only in the types where one may read it', async () => {
    await newContact({ givenName: 'P', phones: [{ number: '+49301234568' }], emails: [{ address: 'p@example.org' }] })
    const { data } = await log(seeing('audit.log', 'contacts.phone'), { field: 'primary' })
    const entities = data.auditLog.nodes.map((node: Node) => node.entity)
    expect(new Set(entities)).toEqual(new Set(['PhoneNumber']))
  })

  test('pages through both tables without gaps', async () => {
    const ids: string[] = []
    let after: string | null = null
    do {
      const query =
        'query ($after: String) { auditLog(first: 3, after: $after) { edges { node { id action } } pageInfo { endCursor hasNextPage } } }'
      const { data } = await run(asCaller(context, everything), query, { after })
      ids.push(...data.auditLog.nodes.filter(isChange).map(({ id }: { id: string }) => id))
      after = data.auditLog.pageInfo.hasNextPage ? data.auditLog.pageInfo.endCursor : null
    } while (after)
    const { data } = await run(context, '{ auditLog(first: 200) { edges { node { id action } } } }')
    expect(ids).toEqual(data.auditLog.nodes.filter(isChange).map(({ id }: { id: string }) => id))
    expect(ids).toEqual(ids.toSorted().reverse())
  })

  test('refuses a cursor that it did not make', async () => {
    const { codes } = await run(context, '{ auditLog(after: "nonsense") { edges { node { id } } } }')
    expect(codes).toEqual(['BAD_CURSOR'])
  })
})

type Node = {
  contactId: string | null
  actor: { kind: string; name: string | null }
  action: string
  entity: string | null
  operation: string
  requestId: string
  fields: string[]
}

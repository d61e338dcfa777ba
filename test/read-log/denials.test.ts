import { randomUUID } from 'node:crypto'
import { NIL } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defineModule } from '../../src/modules/module.ts'
import { giveBasis } from '../support/basis.ts'
import { globalId, type Holder, type Stage, startStage } from './support.ts'

const many = 60

/** A module with many fields, each with a right of its own. */
const probes = defineModule({
  name: 'probes',
  needs: [],
  rights: { 'probes.some': 'One of many.' },
  personalData: 'none',
  schema(builder) {
    for (let index = 0; index < many; index++) {
      const auth = { read: `probes.p${index}` }
      builder.queryField(`probe${index}`, (t) => t.int({ auth, nullable: true, resolve: () => 1 }))
    }
  },
})

let stage: Stage
let clerk: Holder & { uuid: string }
let contacts: string[]

beforeAll(async () => {
  stage = await startStage({ modules: [probes] })
  clerk = await stage.person({ 'contacts.contact': 'rw', 'contacts.name': 'rw' })
  contacts = await stage.newContacts(50)
})

afterAll(() => stage.close())

const deniedIn = async (requestId: string) => {
  const [entry, ...more] = await stage.entries({ requestId, action: 'refused' })
  expect(more).toEqual([])
  return entry?.changes['denied']?.new
}

describe('What a caller is refused', () => {
  test('is one entry for a page: what, how often, which right is missing, and from where', async () => {
    const query = '{ contacts { edges { node { givenName birthDate } } } }'
    const { codes, requestId } = await stage.run(clerk, query)
    expect(codes).toHaveLength(contacts.length)
    const entries = await stage.entries({ requestId })
    expect(entries).toMatchObject([
      {
        action: 'refused',
        operation: 'contacts',
        entity: 'User',
        entityId: clerk.uuid,
        actorKind: 'user',
        actorId: clerk.uuid,
      },
    ])
    expect(entries[0]?.changes).toEqual({
      denied: { new: [{ field: 'Contact.birthDate', right: 'contacts.birthDate', access: 'read', times: 50 }] },
      address: { new: '127.0.0.1' },
    })
  })

  test('is told by the names of the schema, whatever the caller calls it', async () => {
    const query = `query ($id: ID!) { secretRoot: contact(id: $id) { ...Secret } }
      fragment Secret on Contact { secretA: birthDate secretB: birthDate ... on Contact { secretC: tags } }`
    const { requestId } = await stage.run(clerk, query, { id: globalId('Contact', contacts[0] ?? '') })
    expect(await deniedIn(requestId)).toEqual([
      { field: 'Contact.birthDate', right: 'contacts.birthDate', access: 'read', times: 2 },
      { field: 'Contact.tags', right: 'contacts.tags', access: 'read', times: 1 },
    ])
    const [entry] = await stage.entries({ requestId })
    expect([entry?.operation, JSON.stringify(entry?.changes)]).toEqual([
      'contact',
      expect.not.stringContaining('ecret'),
    ])
  })

  test('of an input is told field by field, without what they put there', async () => {
    const emails = Array.from({ length: 3 }, (_, index) => ({ address: `${index}@example.org` }))
    const input = { givenName: 'A', birthDate: null, emails }
    const creation = 'mutation ($i: CreateContactInput!) { createContact(input: $i) { id } }'
    const { codes, requestId } = await stage.run(clerk, creation, { i: input })
    expect(codes).toEqual(['FORBIDDEN'])
    const denied = await deniedIn(requestId)
    expect(denied).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          field: 'Mutation.createContact',
          input: 'input.birthDate',
          access: 'write',
          times: 1,
        }),
        expect.objectContaining({ input: expect.stringMatching(/^input\.emails/), right: 'contacts.email' }),
      ]),
    )
    expect(JSON.stringify(denied)).not.toContain('example.org')
  })

  test('of searching by what they may not read is told, too', async () => {
    const query = '{ auditLog(filter: { field: "birthDate" }) { edges { cursor } } }'
    const reader = await stage.person({ 'audit.log': 'r' })
    expect(await deniedIn((await stage.run(reader, query)).requestId)).toEqual([
      { field: 'Query.auditLog', input: 'filter.field', right: 'contacts.birthDate', access: 'read', times: 1 },
    ])
  })

  test('of giving what they do not have is told, and of touching who may do more', async () => {
    const manager = await stage.person({ 'identity.*': 'rw' })
    const boss = await stage.person({ '*': 'rw' })
    const giving = 'mutation ($r: ID!) { grantRight(role: $r, right: "contacts.email", read: true) { id } }'
    const given = await stage.run(manager, giving, { r: manager.role })
    expect(given.codes).toEqual(['FORBIDDEN'])
    expect(await deniedIn(given.requestId)).toMatchObject([
      { field: 'Mutation.grantRight', right: 'contacts.email', access: 'read', times: 1 },
    ])
    const disabling = 'mutation ($u: ID!) { disableUser(id: $u) { id } }'
    const disabled = await stage.run(manager, disabling, { u: boss.id })
    expect(disabled.codes).toEqual(['FORBIDDEN'])
    expect(await deniedIn(disabled.requestId)).toMatchObject([
      { field: 'Mutation.disableUser', reason: expect.stringContaining('may do more than you') },
    ])
  })

  test('names fifty things at most, and counts the others', async () => {
    const query = `{ ${Array.from({ length: many }, (_, index) => `probe${index}`).join(' ')} }`
    const { codes, requestId } = await stage.run(clerk, query)
    expect(codes).toHaveLength(many)
    const [entry] = await stage.entries({ requestId })
    expect(entry?.changes['denied']?.new).toHaveLength(50)
    expect(entry?.changes['more']?.new).toBe(many - 50)
    expect(entry?.operation).toBe('probe0, probe1, probe2, probe3, probe4')
  })

  test('in the rows of an import is told once for each field', async () => {
    const importer = await stage.person({ 'contacts.import': 'rw', 'contacts.contact': 'rw', 'contacts.name': 'rw' })
    const mutation = `mutation ($i: ImportContactsInput!) { importContacts(input: $i) { created rejected } }`
    const content = 'givenName,birthDate\nA,1990-01-01\nB,1990-01-02\nC,\n'
    const input = { format: 'CSV', content, source: 'Fair', ground: 'CONSENT' }
    const { data, errors, requestId } = await stage.run(importer, mutation, { i: input })
    expect([errors, data.importContacts]).toEqual([[], { created: 1, rejected: 2 }])
    expect(await deniedIn(requestId)).toEqual([
      { field: 'Mutation.importContacts', input: 'birthDate', right: 'contacts.birthDate', access: 'write', times: 2 },
    ])
  })

  test('is seen by those alone who may read everything', async () => {
    const { requestId } = await stage.run(clerk, '{ contacts(first: 1) { edges { node { birthDate } } } }')
    const look =
      'query ($id: String!) { auditLog(filter: { requestId: $id, action: REFUSED }) { edges { node { fields withheld } } } }'
    const nodes = async (who: Holder) => (await stage.run(who, look, { id: requestId })).data.auditLog.edges
    expect(await nodes(await stage.person({ '*': 'r' }))).toEqual([
      { node: { fields: ['denied', 'address'], withheld: 0 } },
    ])
    const some = await stage.person({ 'audit.*': 'r', 'identity.*': 'r', 'contacts.*': 'r' })
    expect(await nodes(some)).toEqual([{ node: { fields: [], withheld: 2 } }])
  })
})

describe('Programs', () => {
  test('with a secret key are logged like users', async () => {
    const client = await stage.newClient('secret')
    const { codes, requestId } = await stage.run(client, 'mutation { signOut }')
    expect(codes).toEqual(['FORBIDDEN'])
    expect(await stage.entries({ requestId })).toMatchObject([
      {
        entity: 'Client',
        entityId: client.id,
        actorKind: 'client',
        operation: 'signOut',
        changes: { denied: { new: [{ field: 'Mutation.signOut', reason: expect.stringContaining('for people') }] } },
      },
    ])
  })

  test('in a page, whose key everybody knows, and callers whom nobody knows fill no log', async () => {
    const client = await stage.newClient('publishable')
    const query = '{ contacts(first: 1) { edges { cursor } } }'
    const inPage = await stage.run(client, query, {}, { origin: 'https://shop.example' })
    const unknown = await stage.run(undefined, query)
    expect([inPage.codes, unknown.codes]).toEqual([['FORBIDDEN'], ['UNAUTHENTICATED']])
    for (const { requestId } of [inPage, unknown]) {
      expect(await stage.entries({ requestId })).toEqual([])
      expect(stage.logged).toContainEqual(expect.objectContaining({ requestId, outcome: expect.any(String) }))
    }
  })
})

describe('Somebody who is bound to purposes', () => {
  const bound = async () => {
    await giveBasis(stage.database, 'newsletter', contacts[0] ?? '')
    return stage.person({ 'contacts.*': 'rw' }, { purposes: ['newsletter'] })
  }
  const asking = ['contact', 'node'] as const

  test.each(asking)(
    'and asks with %s for a contact that they do not see is logged, and as much if there is none',
    async (root) => {
      const somebody = await bound()
      const look = (id: string) =>
        stage.run(somebody, `query ($id: ID!) { ${root}(id: $id) { id } }`, { id: globalId('Contact', id) })
      const [seen = '', unseen = ''] = contacts
      expect(await stage.entries({ requestId: (await look(seen)).requestId })).toEqual([])
      const absent = randomUUID()
      const looks = [await stage.counted(() => look(unseen)), await stage.counted(() => look(absent))]
      expect(looks[0]?.statements).toEqual(looks[1]?.statements)
      const answers = looks.map(({ result }) => result)
      expect(answers.map(({ data, errors }) => [data[root], errors])).toEqual([
        [null, []],
        [null, []],
      ])
      for (const [index, id] of [unseen, absent].entries()) {
        const [entry, ...more] = await stage.entries({ requestId: answers[index]?.requestId ?? '' })
        expect(more).toEqual([])
        expect(entry).toMatchObject({ action: 'refused', operation: root, entity: 'Query', entityId: NIL })
        expect(entry?.changes['contact']).toEqual({ new: [id] })
      }
    },
  )

  test('and would change one is logged, and as much if there is none', async () => {
    const somebody = await bound()
    const change = 'mutation ($i: UpdateContactInput!) { updateContact(input: $i) { id } }'
    for (const id of [contacts[1] ?? '', randomUUID()]) {
      const input = { id: globalId('Contact', id), version: 1, givenName: 'B' }
      const { codes, requestId } = await stage.run(somebody, change, { i: input })
      expect(codes).toEqual(['NOT_FOUND'])
      expect(await deniedIn(requestId)).toEqual([
        { field: 'Mutation.updateContact', reason: 'There is no such Contact.', times: 1 },
      ])
    }
  })

  test('but not somebody who sees all, who asks for what there is not', async () => {
    const query = 'query ($id: ID!) { contact(id: $id) { id } }'
    const { requestId } = await stage.run(clerk, query, { id: globalId('Contact', randomUUID()) })
    expect(await stage.entries({ requestId })).toEqual([])
  })
})

test('A right that is missing is no failed sign-in for the review of security', async () => {
  const officer = await stage.person({ '*': 'r' })
  const review = '{ securityReview { key findings { text count } } }'
  const failures = async () => {
    const { data } = await stage.run(officer, review)
    return data.securityReview.find(({ key }: { key: string }) => key === 'FAILED_SIGN_INS').findings
  }
  const before = await failures()
  for (let count = 0; count < 12; count++) await stage.run(clerk, '{ auditLog { edges { cursor } } }')
  expect(await failures()).toEqual(before)
  await stage.run(undefined, 'mutation { signIn(email: "nobody@example.org", password: "wrong") { token } }')
  expect(await failures()).not.toEqual(before)
})

test('An answer without refusals costs no statement more, and one with however many costs one', async () => {
  const query = '{ contacts(first: 3) { edges { node { givenName } } } }'
  await stage.run(clerk, query)
  const { result, statements } = await stage.counted(() => stage.run(clerk, query))
  expect(result.codes).toEqual([])
  expect(statements).toHaveLength(1)
  const refused = await stage.counted(() => stage.run(clerk, query.replace('givenName', 'birthDate tags')))
  expect(refused.result.codes).toHaveLength(6)
  expect(refused.statements).toHaveLength(2)
})

import { NIL, v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { giveBasis } from '../support/basis.ts'
import { globalId, type Holder, type Stage, startStage } from './support.ts'

let stage: Stage
let officer: Holder & { uuid: string }
let contacts: string[]

beforeAll(async () => {
  stage = await startStage()
  officer = await stage.person({ '*': 'r' })
  contacts = await stage.newContacts(5)
})

afterAll(() => stage.close())

const history = 'query ($id: ID!) { contact(id: $id) { givenName history { edges { node { id } } } } }'
const historyOf = (who: Holder, id: string) => stage.run(who, history, { id: globalId('Contact', id) })
const someContact = () => contacts[0] ?? ''
const auditLog = 'query ($filter: AuditFilter) { auditLog(filter: $filter) { edges { node { id } } } }'

describe('A history that somebody reads', () => {
  test('is an entry about the contact: who, in which request, in which operation', async () => {
    const { data, codes, requestId } = await historyOf(officer, someContact())
    expect(codes).toEqual([])
    expect(data.contact.history.edges.length).toBeGreaterThan(0)
    expect(await stage.entries({ requestId })).toMatchObject([
      {
        contactId: someContact(),
        action: 'read',
        operation: 'contact',
        entity: 'Contact',
        entityId: someContact(),
        fields: ['history'],
        actorKind: 'user',
        actorId: officer.uuid,
        changes: { history: {} },
      },
    ])
  })

  test('is one statement for a page of contacts', async () => {
    const query = '{ contacts { edges { node { givenName history(first: 1) { edges { node { id } } } } } } }'
    const { statementsOf } = await import('../contacts/lists-support.ts')
    const requests: string[] = []
    const statements = await statementsOf(async () => {
      const { codes, requestId } = await stage.run(officer, query)
      expect(codes).toEqual([])
      requests.push(requestId)
    })
    const [requestId = ''] = requests
    const entries = await stage.entries({ requestId })
    expect(entries.map(({ contactId }) => contactId).sort()).toEqual(contacts.toSorted())
    expect(new Set(entries.map(({ operation }) => operation))).toEqual(new Set(['contacts']))
    expect(statements.filter(({ text }) => /^\s*INSERT/.test(text))).toHaveLength(1)
  })

  test('is one entry under however many aliases, and whatever the caller calls them', async () => {
    const aliases = Array.from({ length: 80 }, (_, index) => `secret${index}: history(first: 1) { edges { cursor } }`)
    const query = `query ($id: ID!) { other: contact(id: $id) { ${aliases.join(' ')} } }`
    const { codes, requestId } = await stage.run(officer, query, { id: globalId('Contact', someContact()) })
    expect(codes).toEqual([])
    const entries = await stage.entries({ requestId })
    expect(entries).toMatchObject([{ operation: 'contact', fields: ['history'] }])
    expect(JSON.stringify(entries, withBigInts)).not.toContain('secret')
  })

  test('tells of all the fields that were asked about', async () => {
    const query = `query ($id: ID!) { contact(id: $id) {
      one: history(field: "givenName") { edges { cursor } } two: history(field: "emails") { edges { cursor } }
      same: history(field: "emails") { edges { cursor } } } }`
    const { requestId } = await stage.run(officer, query, { id: globalId('Contact', someContact()) })
    expect(await stage.entries({ requestId })).toMatchObject([
      { changes: { history: { new: { any: [{ field: 'givenName' }, { field: 'emails' }] } } } },
    ])
  })

  test('is found in fragments, and behind a mutation', async () => {
    const query = `query ($id: ID!) { ...F ... on Query { node(id: $id) { ...G } } }
      fragment F on Query { me { id } } fragment G on Node { ... on Contact { history { edges { cursor } } } }`
    const { codes, requestId } = await stage.run(officer, query, { id: globalId('Contact', someContact()) })
    expect(codes).toEqual([])
    expect(await stage.entries({ requestId })).toMatchObject([{ operation: 'node', contactId: someContact() }])
    const writer = await stage.person({ '*': 'rw' })
    const creation = 'mutation ($i: CreateContactInput!) { createContact(input: $i) { history { edges { cursor } } } }'
    const created = await stage.run(writer, creation, { i: { givenName: 'New' } })
    const [entry] = (await stage.entries({ requestId: created.requestId })).filter(({ action }) => action === 'read')
    expect(entry).toMatchObject({ operation: 'createContact', entity: 'Contact', fields: ['history'] })
  })

  test('is none that was refused', async () => {
    const clerk = await stage.person({ 'contacts.contact': 'r', 'contacts.name': 'r' })
    const denied = await historyOf(clerk, someContact())
    expect(denied.codes).toEqual(['FORBIDDEN'])
    const reader = await stage.person({ 'contacts.contact': 'r', 'audit.history': 'r' })
    const query = 'query ($id: ID!) { contact(id: $id) { history(field: "birthDate") { edges { cursor } } } }'
    const inside = await stage.run(reader, query, { id: globalId('Contact', someContact()) })
    expect(inside.codes).toEqual(['FORBIDDEN'])
    for (const { requestId } of [denied, inside]) {
      expect((await stage.entries({ requestId })).map(({ action }) => action)).toEqual(['refused'])
    }
  })

  test('is one for each of many who read it at the same time as others write', async () => {
    const id = someContact()
    const writer = await stage.person({ '*': 'rw' })
    const change = 'mutation ($i: UpdateContactInput!) { updateContact(input: $i) { version } }'
    const versionOf = async () => (await stage.database.contact.findUniqueOrThrow({ where: { id } })).version
    const version = await versionOf()
    const answers = await Promise.all([
      ...Array.from({ length: 12 }, () => historyOf(officer, id)),
      stage.run(writer, change, { i: { id: globalId('Contact', id), version, jobTitle: 'Baker' } }),
    ])
    expect(answers.flatMap(({ codes }) => codes)).toEqual([])
    const entries = await stage.entries({ contactId: id })
    for (const { requestId } of answers) {
      expect(entries.filter((entry) => entry.requestId === requestId)).toHaveLength(1)
    }
    const numbers = await stage.database.auditEntry.findMany({ where: { contactId: id }, orderBy: { sequence: 'asc' } })
    expect(numbers.map(({ sequence }) => Number(sequence))).toEqual(numbers.map((_, index) => index + 1))
  })
})

describe('The log that somebody reads', () => {
  test('is an entry about no contact, with what was looked for', async () => {
    const filter = { action: 'UPDATED', field: 'jobTitle', from: '2020-01-01T00:00:00Z', actorKind: null }
    const { codes, requestId } = await stage.run(officer, auditLog, { filter })
    expect(codes).toEqual([])
    const [entry, ...more] = await stage.entries({ requestId })
    expect(more).toEqual([])
    expect(entry).toMatchObject({ action: 'read', operation: 'auditLog', entity: 'Query', entityId: NIL })
    expect(entry?.contactId).toBeUndefined()
    expect(entry?.changes).toEqual({
      auditLog: { new: { action: 'updated', field: 'jobTitle', from: '2020-01-01T00:00:00.000Z' } },
    })
  })

  test('is an entry about the contact that it was searched for', async () => {
    const { requestId } = await stage.run(officer, auditLog, {
      filter: { contactId: globalId('Contact', someContact()) },
    })
    expect(await stage.entries({ requestId })).toMatchObject([{ contactId: someContact(), fields: ['auditLog'] }])
  })

  test('is logged without text that could be anything, and so is a history', async () => {
    const query = 'query ($id: ID!, $f: String) { contact(id: $id) { history(field: $f) { edges { cursor } } } }'
    const variables = { id: globalId('Contact', someContact()), f: 'Ada lives in Ulm' }
    const ofHistory = await stage.run(officer, query, variables)
    expect(ofHistory.codes).not.toEqual([])
    expect(JSON.stringify(await stage.entries({ requestId: ofHistory.requestId }))).not.toContain('Ulm')
    const filter = { operation: 'ada@example.org lives in Ulm', requestId: 'x'.repeat(5000) }
    const { requestId } = await stage.run(officer, auditLog, { filter })
    expect(await stage.entries({ requestId })).toMatchObject([
      { changes: { auditLog: { new: { operation: null, requestId: null } } } },
    ])
  })

  test('is logged, too, where the contact never was, or has been erased', async () => {
    const [erased = ''] = await stage.newContacts(1)
    await stage.context().keys.destroy([erased])
    for (const id of [uuidv7(), erased]) {
      const { codes, requestId } = await stage.run(officer, auditLog, {
        filter: { contactId: globalId('Contact', id) },
      })
      expect(codes).toEqual([])
      const [entry] = await stage.entries({ requestId })
      expect(entry?.contactId).toBeUndefined()
      expect(entry?.changes).toEqual({ auditLog: {}, contact: { new: id } })
    }
  })

  test('tells those who are bound to purposes nothing about contacts that they do not see', async () => {
    const [seen = '', unseen = ''] = contacts
    await giveBasis(stage.database, 'newsletter', seen)
    const bound = await stage.person({ '*': 'r' }, { purposes: ['newsletter'] })
    const search = (id: string) => stage.run(bound, auditLog, { filter: { contactId: globalId('Contact', id) } })
    const ofSeen = await search(seen)
    const { result: ofUnseen, statements } = await stage.counted(() => search(unseen))
    expect((await stage.counted(() => search(uuidv7()))).statements).toEqual(statements)
    expect(await stage.entries({ requestId: ofSeen.requestId })).toMatchObject([{ contactId: seen }])
    const [entry] = await stage.entries({ requestId: ofUnseen.requestId })
    expect([entry?.contactId, entry?.changes]).toEqual([undefined, { auditLog: {}, contact: { new: unseen } }])

    const look =
      'query ($id: String!) { auditLog(filter: { requestId: $id }) { edges { node { entityId changes { field new } } } } }'
    const asBound = await stage.run(bound, look, { id: ofUnseen.requestId })
    const asOfficer = await stage.run(officer, look, { id: ofUnseen.requestId })
    expect(JSON.stringify(asBound.data)).not.toContain(unseen)
    expect(JSON.stringify(asOfficer.data)).toContain(unseen)
  })

  test('is logged page by page', async () => {
    const query =
      'query ($after: String) { auditLog(first: 2, after: $after) { pageInfo { endCursor } edges { cursor } } }'
    const first = await stage.run(officer, query)
    const second = await stage.run(officer, query, { after: first.data.auditLog.pageInfo.endCursor })
    for (const { requestId } of [first, second]) expect(await stage.entries({ requestId })).toHaveLength(1)
  })
})

test('A proof of an entry, and the receipt of somebody else’s request, are logged as looks at the log', async () => {
  const [contactId = ''] = await stage.newContacts(1)
  const [entry] = await stage.entries({ contactId })
  const proof = await stage.run(officer, `{ auditProof(entryId: "${entry?.id}") { leafHash } }`)
  expect(await stage.entries({ requestId: proof.requestId })).toMatchObject([
    { action: 'read', operation: 'auditProof', contactId, changes: { auditProof: { new: { entry: entry?.id } } } },
  ])
  const none = await stage.run(officer, `{ auditProof(entryId: "${uuidv7()}") { leafHash } }`)
  expect(await stage.entries({ requestId: none.requestId })).toEqual([])
  const receipt = await stage.run(officer, `{ auditReceipt(requestId: "${entry?.requestId}") { count } }`)
  expect(await stage.entries({ requestId: receipt.requestId })).toMatchObject([
    { action: 'read', operation: 'auditReceipt', changes: { auditReceipt: { new: { request: entry?.requestId } } } },
  ])
})

test('The review of security is logged as a report that somebody read', async () => {
  const { codes, requestId } = await stage.run(officer, '{ securityReview { key } }')
  expect(codes).toEqual([])
  expect(await stage.entries({ requestId })).toMatchObject([
    { action: 'read', operation: 'securityReview', entity: 'Query', fields: ['securityReview'] },
  ])
})

test('Who may read the field knows of its being read; others do not', async () => {
  const { requestId } = await historyOf(officer, someContact())
  const look =
    'query ($id: String!) { auditLog(filter: { requestId: $id }) { edges { node { action fields entity } } } }'
  const nodes = async (who: Holder) => {
    const { data } = await stage.run(who, look, { id: requestId })
    return data.auditLog.edges.map(({ node }: { node: object }) => node)
  }
  const ofHistories = await stage.person({ 'audit.*': 'r' })
  expect(await nodes(ofHistories)).toEqual([{ action: 'READ', fields: ['history'], entity: 'Contact' }])
  expect(await nodes(await stage.person({ 'audit.log': 'r' }))).toEqual([{ action: 'READ', fields: [], entity: null }])
})

test('Reading what is not sensitive costs no statement more', async () => {
  const query = '{ contacts(first: 3) { edges { node { givenName emails { address } } } } me { id } }'
  await stage.run(officer, query)
  const { result, statements } = await stage.counted(() => stage.run(officer, query))
  expect(result.codes).toEqual([])
  expect(statements.filter((statement) => /^\s*(INSERT|UPDATE|BEGIN)/.test(statement))).toEqual([])
  expect(await stage.entries({ requestId: result.requestId })).toEqual([])
})

const withBigInts = (_key: string, value: unknown) => (typeof value === 'bigint' ? Number(value) : value)

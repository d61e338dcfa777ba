import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { printedSchema } from '../../src/graphql/schema.ts'
import { auditedModels } from '../../src/modules/audited.ts'
import { hashPassword } from '../../src/modules/identity/sign-in/password.ts'
import { modules } from '../../src/modules/index.ts'
import { loyalty } from '../fixtures/loyalty/index.ts'
import { readSchemaText, type SchemaText } from '../rights/schema-text.ts'
import { admin, startTestApp, type TestApp } from '../support/app.ts'
import { giveBasis, prepareBases, tellingBases } from '../support/basis.ts'
import { globalId, uuid } from './lists-support.ts'
import { everyArgument, everyNaming, everyReading, idPlaces, isFickle, textPlaces } from './sight-operations.ts'

// Everything that the schema offers, asked for by a caller who is bound to purposes. What they hear has to be the same
// whether the contacts that they don't see are there or not.

const all = [...modules, loyalty, tellingBases]
const absent = globalId('01a00000-0000-7000-8000-000000000000')
/** In every text of the contacts that aren't seen, and nowhere else. */
const marks = /zqhidden|1931-03-17|30987654|471147/i

let app: TestApp
let schema: SchemaText
let tokens: { bound: string; unbound: string }
const ids: Record<'seen' | 'merged' | 'hidden' | 'hiddenSource' | 'hiddenTarget' | 'twin', string> = {
  seen: '',
  merged: '',
  hidden: '',
  hiddenSource: '',
  hiddenTarget: '',
  twin: '',
}

beforeAll(async () => {
  app = await startTestApp({ modules: all, config: { logLevel: 'silent' } })
  schema = readSchemaText(printedSchema(app.app.schema))
  await prepareBases(app.database)
  tokens = { unbound: await app.signIn(), bound: await signInBound() }
  await plantContacts()
}, 60_000)
afterAll(() => app?.close())

async function signInBound() {
  const email = 'bound@example.org'
  const passwordHash = await hashPassword(admin.password)
  const [userId, roleId] = [randomUUID(), randomUUID()]
  await transact({ ...app.work, audited: auditedModels(all), requestId: randomUUID() }, 'test', async (tx) => {
    await tx.role.create({ data: { id: roleId, key: 'bound', name: 'Bound', purposes: ['newsletter'] } })
    await tx.grant.create({ data: { roleId, right: '*', read: true, write: true } })
    await tx.user.create({ data: { id: userId, email, name: 'Bound', passwordHash } })
    await tx.roleAssignment.create({ data: { userId, roleId } })
  })
  const signIn =
    'mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { token } }'
  const { data } = await app.graphql(signIn, { email, password: admin.password })
  return String(data.signIn.token)
}

async function plantContacts() {
  const act = async (query: string, variables: object) => {
    const { data, errors } = await app.graphql(query, variables, tokens.unbound)
    expect(errors).toBeUndefined()
    return data
  }
  const create = async (input: object): Promise<string> =>
    (await act('mutation ($input: CreateContactInput!) { createContact(input: $input) { id } }', { input }))
      .createContact.id
  const merge = (targetId: string, sourceId: string, version = 1) =>
    act('mutation ($input: MergeContactsInput!) { mergeContacts(input: $input) { id } }', {
      input: { targetId, version, sourceIds: [sourceId] },
    })
  const text = 'Zqhidden'
  const shared = { familyName: 'Twin', emails: [{ address: 'twin@example.org' }] }
  ids.seen = await create({ givenName: 'Seen', ...shared })
  ids.merged = await create({ givenName: 'Merged' })
  ids.hiddenSource = await create({ givenName: text })
  ids.hiddenTarget = await create({ givenName: text })
  ids.twin = await create({ givenName: 'Seen', organisation: text, ...shared })
  ids.hidden = await create({
    title: text,
    givenName: text,
    familyName: text,
    organisation: text,
    jobTitle: text,
    birthDate: '1931-03-17',
    tags: [text],
    source: text,
    emails: [{ address: 'zqhidden@example.org', label: text }],
    phones: [{ number: '+4930987654', label: text }],
    addresses: [{ street: text, postalCode: text, city: text, region: text, country: 'DE', label: text }],
    websites: [{ url: 'https://zqhidden.example.org/', label: text }],
    messengers: [{ service: 'matrix', handle: '@zqhidden:example.org', label: text }],
  })
  await merge(ids.seen, ids.hiddenSource)
  await merge(ids.hiddenTarget, ids.merged)
  const award = 'mutation ($id: ID!, $points: Int!) { awardLoyaltyPoints(contactId: $id, points: $points) { id } }'
  await act(award, { id: ids.hidden, points: 471147 })
  await act(award, { id: ids.seen, points: 5 })
  const file = { fileName: text, format: 'JSONL', content: `{"givenName":"${text}"}`, source: text, ground: 'CONSENT' }
  await act('mutation ($input: ImportContactsInput!) { importContacts(input: $input) { created } }', { input: file })
  await giveBasis(app.database, 'newsletter', uuid(ids.seen), uuid(ids.merged))
}

const hidden = () => [ids.hidden, ids.hiddenSource, ids.hiddenTarget, ids.twin]
const send = async (query: string, token: string) => {
  const { data, errors } = await app.graphql(query, {}, token)
  const text = JSON.stringify({ data, errors })
  // What has nothing to do with contacts, and passes by itself.
  return { data, text: text.replaceAll(/"(requestId|plain_last\w+)":"[^"]*"/g, '') }
}

/** This id wherever one can stand, but for one place, and the name of an unseen contact wherever a text can. */
const naming = (id: string, elsewhere: Record<string, string> = {}) => ({
  ...Object.fromEntries(textPlaces(schema).map((place) => [place, 'Zqhidden'])),
  'AuditFilter.entity': 'Contact',
  'AuditFilter.field': 'givenName',
  ...Object.fromEntries(idPlaces(schema).map((place) => [place, id])),
  ...elsewhere,
})

/** What is stored about the contacts that aren't seen. */
const storedHidden = async () => {
  const contactId = { in: hidden().map(uuid) }
  const { contact, contactPoint, contactMerge, loyaltyPoints, auditEntry } = app.database
  const orderBy = { id: 'asc' } as const
  return [
    await contact.findMany({ where: { id: contactId }, orderBy }),
    await contactPoint.findMany({ where: { contactId }, orderBy }),
    await contactMerge.findMany({ where: { contactId }, orderBy }),
    await loyaltyPoints.findMany({ where: { contactId }, orderBy }),
    await auditEntry.findMany({ where: { contactId }, orderBy }),
  ]
}

describe('a bound caller', () => {
  test('who names an unseen contact in a mutation hears what they hear of an absent one, and nothing happens', async () => {
    const before = await storedHidden()
    const namings = everyNaming(schema)
    for (const { mutation, place, text } of namings) {
      const answers = []
      for (const id of [ids.hidden, absent]) {
        answers.push((await send(text(naming(ids.seen, { [place]: id })), tokens.bound)).text)
      }
      expect(answers[0], mutation).toBe(answers[1])
      expect(answers[0]).toContain('"code":')
      expect(answers[0]).not.toMatch(marks)
    }
    expect(await storedHidden()).toEqual(before)
    const named = new Set(namings.map(({ mutation }) => mutation))
    expect([...named]).toEqual(
      expect.arrayContaining(['updateContact', 'mergeContacts', 'undoMerge', 'awardLoyaltyPoints']),
    )
  }, 120_000)

  // The last: it takes the contacts away.
  test('reads nothing of an unseen contact, and the same as if there were none', async () => {
    const examples = naming(ids.hidden)
    const asked = [
      ...everyReading(schema, [ids.hidden, ids.seen, ids.merged], examples),
      ...everyArgument(schema, examples),
    ]
    const before: string[] = []
    let telling = 0
    for (const query of asked) {
      const { data, text } = await send(query, tokens.bound)
      expect(JSON.stringify(data)).not.toMatch(marks)
      expect(hidden().filter((id) => text.includes(id) || text.includes(uuid(id)))).toEqual([])
      if (marks.test(JSON.stringify((await send(query, tokens.unbound)).data))) telling++
      before.push(text)
    }
    expect(telling).toBeGreaterThan(asked.length / 2) // or they ask for nothing that matters
    await forgetHidden()
    const changed = []
    for (const [index, query] of asked.entries()) {
      const { text } = await send(query, tokens.bound)
      if (text !== before[index] && !isFickle(query)) changed.push([before[index], text])
    }
    expect(changed).toEqual([])
  }, 120_000)
})

/** As if they had never been there; what the log says of them stays, as it does when somebody is erased. */
async function forgetHidden() {
  const gone = hidden().map(uuid)
  await app.database.$transaction([
    app.database.$executeRaw`SET LOCAL session_replication_role = replica`,
    app.database.$executeRaw`DELETE FROM contact_point WHERE contact_id = ANY(${gone}::uuid[])`,
    app.database.$executeRaw`DELETE FROM loyalty_points WHERE contact_id = ANY(${gone}::uuid[])`,
    app.database.$executeRaw`DELETE FROM contact WHERE contact_id = ANY(${gone}::uuid[]) OR given_name = 'Zqhidden'`,
  ])
}

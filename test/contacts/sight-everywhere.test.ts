import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { printedSchema } from '../../src/graphql/schema.ts'
import { auditedModels } from '../../src/modules/audited.ts'
import { stageContent } from '../../src/modules/documents/content/stage.ts'
import { storeDocument } from '../../src/modules/documents/store.ts'
import { hashPassword } from '../../src/modules/identity/sign-in/password.ts'
import { modules } from '../../src/modules/index.ts'
import { loyalty } from '../fixtures/loyalty/index.ts'
import { readSchemaText, type SchemaText } from '../rights/schema-text.ts'
import { admin, startTestApp, type TestApp } from '../support/app.ts'
import { giveBasis, prepareBases, tellingBases } from '../support/basis.ts'
import { ownerOf, pastTheGuards, withClient } from '../support/database.ts'
import { systemEntries } from '../support/log.ts'
import { globalId, uuid } from './lists-support.ts'
import { everyArgument, everyNaming, everyReading, idPlaces, isFickle, textPlaces } from './sight-operations.ts'

// Everything that the schema offers, asked for by a caller who is bound to purposes. What they hear has to be the same
// whether the contacts that they don't see are there or not.

const all = [...modules, loyalty, tellingBases]
const nowhere = '01a00000-0000-7000-8000-000000000000'
const absent = globalId(nowhere)
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
  await prepareBases(app.config.databaseUrl ?? '')
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
  const purpose = { key: 'other', names: [{ language: 'en', text: 'Other' }], grounds: ['CONSENT'] }
  await act('mutation ($input: CreatePurposeInput!) { createPurpose(input: $input) { key } }', { input: purpose })
  const record = 'mutation ($input: RecordLawfulBasisInput!) { recordLawfulBasis(input: $input) { id } }'
  for (const [contactId, source] of [
    [ids.hidden, text],
    [ids.seen, 'seen'],
  ]) {
    const evidence = { kind: 'PHONE_NOTE', text: source }
    await act(record, { input: { contactId, purpose: 'other', ground: 'CONSENT', source, evidence } })
  }
  const ask = 'mutation ($input: ReceiveSubjectRequestInput!) { receiveSubjectRequest(input: $input) { id } }'
  for (const contactId of [ids.hidden, ids.seen]) {
    const statement = contactId === ids.hidden ? text : 'seen'
    await act(ask, { input: { contactId, kinds: ['RECTIFICATION'], channel: 'LETTER', statement } })
  }
  const order = 'mutation ($input: CreateOrderInput!) { createOrder(input: $input) { id } }'
  const meet = 'mutation ($input: CreateAppointmentInput!) { createAppointment(input: $input) { id } }'
  const hold =
    'mutation ($contactId: ID!, $reason: String!) { placeLegalHold(contact: $contactId, reason: $reason) { id } }'
  const erase = 'mutation ($input: RequestErasureInput!) { requestErasure(input: $input) { id } }'
  for (const contactId of [ids.hidden, ids.seen]) {
    const name = contactId === ids.hidden ? text : 'seen'
    const lines = [{ description: name, quantity: '1', unitPrice: '1' }]
    const addresses = { billingAddress: { name, city: name } }
    await act(order, {
      input: { contactId, source: name, number: name, currency: 'EUR', lines, ...addresses, notes: name },
    })
    const time = { begin: '2026-03-27T09:00', end: '2026-03-27T10:00', timeZone: 'Europe/Berlin' }
    const contacts = [{ contactId, role: 'REQUIRED' }]
    await act(meet, { input: { title: name, place: name, description: name, ...time, contacts } })
    await addDocument(contactId, name)
    await act(hold, { contactId, reason: name })
    await act(erase, { input: { contactId, ground: 'UNLAWFUL' } })
    await propose(uuid(contactId))
  }
  await giveBasis(app.database, 'newsletter', uuid(ids.seen), uuid(ids.merged))
}

/** As a rule of retention does. */
const propose = (contactId: string) =>
  transact({ ...app.work, audited: auditedModels(all), requestId: randomUUID() }, 'test', (tx) =>
    tx.erasureProposal.create({
      data: {
        ...{ contactId, id: randomUUID(), ruleKey: 'without-ground', ground: 'unlawful' },
        ...{ dueAt: new Date(), proposedAt: new Date() },
      },
    }),
  )

async function addDocument(contactId: string, title: string) {
  const context = { ...app.work, audited: auditedModels(all), requestId: randomUUID() }
  async function* content() {
    yield Buffer.from(title)
  }
  const staged = await stageContent(context, { content: content() })
  const draft = { title, typeKey: 'letter', contacts: [uuid(contactId)], staged }
  await transact(context, 'test', (tx) => storeDocument(tx, context, draft))
}

const hidden = () => [ids.hidden, ids.hiddenSource, ids.hiddenTarget, ids.twin]
const send = async (query: string, token: string) => {
  const { data, errors } = await app.graphql(query, {}, token)
  // Of fields that wait for each other's statements, either may fail first.
  const inOrder = errors?.toSorted((one, other) => (JSON.stringify(one.path) < JSON.stringify(other.path) ? -1 : 1))
  const text = JSON.stringify({ data, errors: inOrder })
  // What has nothing to do with contacts, and passes by itself.
  return { data, text: text.replaceAll(/"(requestId|plain_last\w+)":"[^"]*"/g, '') }
}

/** This id wherever one can stand, and the name of an unseen contact wherever a text can. */
const naming = (id: string) => ({
  ...Object.fromEntries(textPlaces(schema).map((place) => [place, 'Zqhidden'])),
  'AuditFilter.entity': 'Contact',
  'AuditFilter.field': 'givenName',
  ...Object.fromEntries(idPlaces(schema).map((place) => [place, id])),
})

/** What is stored about the contacts that aren't seen. */
const storedHidden = async () => {
  const contactId = { in: hidden().map(uuid) }
  const { contact, contactPoint, contactMerge, loyaltyPoints, lawfulBasisEvent, auditEntry, subjectRequest } =
    app.database
  const orderBy = { id: 'asc' } as const
  return [
    await contact.findMany({ where: { id: contactId }, orderBy }),
    await contactPoint.findMany({ where: { contactId }, orderBy }),
    await contactMerge.findMany({ where: { contactId }, orderBy }),
    await loyaltyPoints.findMany({ where: { contactId }, orderBy }),
    await lawfulBasisEvent.findMany({ where: { contactId }, orderBy }),
    await subjectRequest.findMany({ where: { contactId }, orderBy }),
    await auditEntry.findMany({ where: { contactId }, orderBy }),
  ]
}

const latestEntry = () => app.database.systemAuditEntry.findFirst({ orderBy: { id: 'desc' } })

/** What the log tells of what was tried in vain. */
async function tracesSince(id: string) {
  const entries = await systemEntries(app.database, { id: { gt: id } })
  return JSON.stringify(entries.map(({ action, operation, changes }) => ({ action, operation, changes })))
}

// Numbers alone, or what is about nobody.
const counting =
  /: (previewErasure|simulateRetentionRule|previewReportReaction|reportGroups|statistics|previewMail|reportSchedules?)\b/

describe('a bound caller', () => {
  test('who names an unseen contact in a mutation hears what they hear of an absent one, and nothing happens', async () => {
    const before = await storedHidden()
    // A receipt goes on after an entry, and there need be none.
    const namings = everyNaming(schema).filter(({ mutation }) => mutation !== 'receipt')
    const usual = naming(ids.seen)
    const tried: string[] = []
    for (const { mutation, place, text } of namings) {
      const answers = []
      const traces = []
      let isTrapped = false
      for (const id of [ids.hidden, absent]) {
        const latest = (await latestEntry())?.id ?? ''
        const query = text({ ...usual, [place]: id })
        isTrapped = query.includes('honeypot: ')
        answers.push((await send(query, tokens.bound)).text)
        traces.push((await tracesSince(latest)).replaceAll(uuid(id), 'this contact'))
      }
      expect(answers[0], mutation).toBe(answers[1])
      expect(traces[0], mutation).toBe(traces[1])
      tried.push(...traces)
      // Programs that fill in what people don't see are answered as if it had worked.
      expect(answers[0]).toContain(isTrapped ? '"token":' : '"code":')
      expect(answers[0]).not.toMatch(marks)
    }
    expect(await storedHidden()).toEqual(before)
    expect(tried.join()).toContain('refused')
    const named = new Set(namings.map(({ mutation }) => mutation))
    expect([...named]).toEqual(
      expect.arrayContaining(['updateContact', 'mergeContacts', 'undoMerge', 'awardLoyaltyPoints']),
    )
  }, 600_000)

  // The last: it takes the contacts away.
  test('reads nothing of an unseen contact, and the same as if there were none', async () => {
    const made = await app.database.auditEntry.findFirstOrThrow({ where: { contactId: uuid(ids.hidden) } })
    const examples = {
      ...naming(ids.hidden),
      'Query.auditProof.entryId': made.id,
      'Query.auditReceipt.requestId': made.requestId,
      'Query.auditReceipt.after': nowhere,
      'ReportDefinitionInput.source': 'contacts',
      'ReportDefinitionInput.columns': ['displayName', 'email'],
      'ReportDefinitionInput.groupBy': ['displayName'],
      'ReportOrder.column': 'displayName',
    }
    const asked = [
      ...everyReading(schema, [ids.hidden, ids.seen, ids.merged], examples),
      ...everyArgument(schema, examples),
    ]
    let telling = 0
    for (const query of asked) {
      if (marks.test(JSON.stringify((await send(query, tokens.unbound)).data))) telling++
    }
    // Or they ask for nothing that matters. Some only count; whether these count the unseen shows below.
    expect(telling).toBeGreaterThan(asked.filter((query) => !counting.test(query)).length * 0.45)
    await stopLoggingReads()
    await expect.poll(checkpointCoversAll).toBe(true)
    const before: string[] = []
    for (const query of asked) {
      const { data, text } = await send(query, tokens.bound)
      expect(JSON.stringify(data)).not.toMatch(marks)
      expect(hidden().filter((id) => text.includes(id) || text.includes(uuid(id)))).toEqual([])
      before.push(text)
    }
    await forgetHidden()
    const changed = []
    for (const [index, query] of asked.entries()) {
      const { text } = await send(query, tokens.bound)
      if (text !== before[index] && !isFickle(query)) changed.push([before[index], text])
    }
    expect(changed).toEqual([])
  }, 600_000)
})

/** From now on looking leaves no traces in the log, which would be in what is looked at next. Those so far stay. */
const stopLoggingReads = () =>
  withClient(ownerOf(app.config.databaseUrl ?? ''), (client) =>
    client.query(`
      CREATE FUNCTION leave_no_trace() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
        BEGIN EXECUTE format('DELETE FROM %I WHERE id = $1', TG_TABLE_NAME) USING NEW.id; RETURN NULL; END $$;
      ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_fixed;
      ALTER TABLE system_audit_entry DISABLE TRIGGER system_audit_entry_fixed;
      CREATE TRIGGER a_no_trace AFTER INSERT ON audit_entry FOR EACH ROW
        WHEN (NEW.action IN ('read', 'refused')) EXECUTE FUNCTION leave_no_trace();
      CREATE TRIGGER a_no_trace AFTER INSERT ON system_audit_entry FOR EACH ROW
        WHEN (NEW.action IN ('read', 'refused')) EXECUTE FUNCTION leave_no_trace()`),
  )

/** Whether the tree of the log has come to rest. */
async function checkpointCoversAll() {
  const entries = (await app.database.auditEntry.count()) + (await app.database.systemAuditEntry.count())
  return (await app.database.auditCheckpoint.count({ where: { treeSize: entries } })) > 0
}

/** As if they had never been there; what the log says of them stays, as it does when somebody is erased. */
async function forgetHidden() {
  const gone = hidden().map(uuid)
  await pastTheGuards(
    app.config.databaseUrl ?? '',
    `WITH points AS (DELETE FROM contact_point WHERE contact_id = ANY($1::uuid[])),
       periods AS (DELETE FROM lawful_basis_period WHERE contact_id = ANY($1::uuid[])),
       events AS (DELETE FROM lawful_basis_event WHERE contact_id = ANY($1::uuid[])),
       messages AS (DELETE FROM subject_message WHERE contact_id = ANY($1::uuid[])),
       requests AS (DELETE FROM subject_request WHERE contact_id = ANY($1::uuid[])),
       loyalty AS (DELETE FROM loyalty_points WHERE contact_id = ANY($1::uuid[]))
     DELETE FROM contact WHERE contact_id = ANY($1::uuid[]) OR given_name = 'Zqhidden'`,
    [gone],
  )
}

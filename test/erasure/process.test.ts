import { createHash } from 'node:crypto'
import { encodeGlobalID } from '@pothos/plugin-relay'
import { compactVerify, createLocalJWKSet } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { uuidOf } from '../../src/graphql/ids.ts'
import { stageContent } from '../../src/modules/documents/content/stage.ts'
import { storeDocument } from '../../src/modules/documents/store.ts'
import { keepFingerprints } from '../../src/modules/erasure/fingerprints.ts'
import { replayLifted, tellLifted } from '../../src/modules/erasure/lifted.ts'
import { categoryName, recordName } from '../../src/modules/erasure/names.ts'
import { recordExecuted } from '../../src/modules/erasure/register.ts'
import { modules } from '../../src/modules/index.ts'
import { categoriesOf } from '../../src/modules/module.ts'
import { applyRules } from '../../src/modules/retention/rules/apply.ts'
import { textOfPdf } from '../disclosure/support.ts'
import { countsOf, type Data, type Office, openErasureOffice } from './office.ts'

// How an erasure comes about, and what is left of it: asked for, approved by somebody else, executed, told, proven.

let office: Office
let second: string

beforeAll(async () => {
  office = await openErasureOffice({ erasure: { approvals: 1 } })
  second = await office.clerk(['erasure.*', 'contacts.*', 'identity.clients'])
})
afterAll(() => office.close())

const objecting = { ground: 'OBJECTION' }
const mailOf = async (email: string, words: string) =>
  (await office.server.takesFor(email, 2)).find(({ text }) => text?.includes(words))

/** Somebody who asked to be erased, and is known to be who they say. */
async function asking(input: object = {}) {
  const { id, email, uuid } = await office.person(input)
  const [{ id: requestId }] = await office.receive(id, ['ERASURE'])
  await office.step('verify', requestId, { method: 'IN_PERSON' })
  return { id, email, uuid, requestId }
}

async function approved(input: object): Promise<string> {
  const { id } = await office.request(input)
  await office.act('approve', id, {}, second)
  return id
}

test('a contact that asked for it is told, and then erased; the register keeps no personal data, and the certificate proves it', async () => {
  const { id, email, uuid, requestId } = await asking({ familyName: 'Zqgone', language: 'en' })
  const preview = await office.preview({ contactId: id, ground: 'CONSENT_WITHDRAWN' })
  expect(preview).toMatchObject({ contacts: 1, previewed: 1, held: [] })
  const asked = await office.request({ contactId: id, requestId, ground: 'CONSENT_WITHDRAWN' })
  expect(asked).toMatchObject({ state: 'REQUESTED', approvals: 0, approvalsNeeded: 1, contacts: 1, isSet: false })
  expect(await office.refusedAct('execute', asked.id)).toMatchObject({ code: 'CONFLICT', state: 'REQUESTED' })
  expect((await office.act('approve', asked.id, {}, second)).state).toBe('APPROVED')
  expect((await office.act('execute', asked.id)).state).toBe('QUEUED')
  await office.eraseAll()

  expect(await office.exists(id)).toBe(false)
  const done = await office.erasure(asked.id)
  expect(done).toMatchObject({
    ...{ state: 'EXECUTED', contacts: 1, contactsDone: 1, replays: 0, toldHow: 'mail', approvals: 1, fault: null },
    ...{ ledgerSequence: expect.any(Number), ledgerHash: expect.stringMatching(/^[0-9a-f]{64}$/) },
  })
  // What was found out before is what came of it, but for what the log gained meanwhile.
  const {
    AuditEntry: _,
    AuditLeaf: _l,
    AuditKey: _k,
    ErasureSubject: _s,
    SubjectMessage: _m,
    ...after
  } = countsOf(done)
  const { AuditEntry: __, AuditLeaf: _ll, AuditKey: _kk, SubjectMessage: _mm, ...before } = countsOf(preview)
  expect(after).toEqual(before)
  const mail = await mailOf(email, 'last message')
  expect(mail?.text).toContain('erasure (Art. 17 GDPR)')
  const answered = await office.database.answeredRequest.findMany({ where: { kind: 'erasure' } })
  expect(answered).toMatchObject([{ status: 'fulfilled', inTime: true }])

  const json = await office.download(`${done.certificateUrl}&format=json`)
  const certificate = JSON.parse(json.body.toString())
  expect(certificate).toMatchObject({
    ...{ contacts: 1, contactIds: [uuid], ground: 'consent_withdrawn', categories: null, approvals: 1 },
    ledger: [{ sequence: done.ledgerSequence, hash: done.ledgerHash }],
    auditCheckpoint: expect.stringContaining('/audit'),
  })
  for (const text of ['Zqgone', email, 'Ida']) expect(json.body.toString()).not.toContain(text)
  const jws = await office.download(`${done.certificateUrl}&format=jws`)
  const keys = await office.app.fetch(new Request(new URL('/.well-known/jwks.json', office.url)))
  const { payload, protectedHeader } = await compactVerify(
    jws.body.toString(),
    createLocalJWKSet(JSON.parse(await keys.text())),
  )
  expect(protectedHeader.typ).toBe('erasure-certificate+jws')
  expect(JSON.parse(Buffer.from(payload).toString())).toMatchObject({ erasureId: certificate.erasureId })
  const german = await textOfPdf((await office.download(`${done.certificateUrl}&language=de`)).body)
  expect(german).toContain('BescheinigungübereineLöschung')
  expect(german).toContain(done.ledgerHash)
  expect(german).toContain('DasProtokollbeweist,wasmitdenDatengeschah')
  // No kind of record stands there as programs call it.
  for (const model of ['ErasedContact', 'AuditEntry', 'ContactPoint', 'SubjectRequest'])
    expect(german).not.toContain(model)
  const english = await textOfPdf((await office.download(done.certificateUrl)).body)
  expect(english).toContain('Certificateoferasure')
  expect(english).not.toContain('Zqgone')
  const formerly = await office.erasures({ formerContact: id })
  expect(formerly.map((row) => row.id)).toEqual([asked.id])
})

test('every kind of record has a name, in German and English', () => {
  const nameless = modules
    .flatMap(({ personalData }) => (personalData === 'none' ? [] : personalData.models))
    .filter((model) => recordName(modules, model).de === model)
  expect(nameless).toEqual([])
  expect(
    categoriesOf(modules).filter((category) => category !== 'mails' && categoryName(category).de === category),
  ).toEqual([])
})

test('who may ask for erasures and no more has none executed by that', async () => {
  const asker = await office.clerk(['erasure.erasures', 'contacts.*', 'identity.clients', 'requests.requests'])
  const { id } = await office.person()
  const hold = 'mutation ($id: ID!) { placeLegalHold(contact: $id, reason: "Zqclaim") { id } }'
  await office.ask(hold, { id })
  const request = `mutation ($input: RequestErasureInput!) { requestErasure(input: $input) { state } }`
  const input = { contactId: id, ground: 'UNLAWFUL' }
  const { errors } = await office.graphql(request, { input: { ...input, executeWhenApproved: true } }, asker)
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', denied: [{ right: 'erasure.execute' }] })
  expect((await office.request(input, asker)).state).toBe('REQUESTED')
  // Nor do they learn by that why somebody is held.
  const preview = await office.graphql(office.previewQuery, { input }, asker)
  expect(preview.data?.['previewErasure']).toMatchObject({ held: [{ contactId: id, reason: null }] })
})

test('whoever asked for an erasure can’t approve it, and what was called off is not executed', async () => {
  const { id } = await office.person()
  const asked = await office.request({ contactId: id, ...objecting }, second)
  expect(await office.refusedAct('approve', asked.id, {}, second)).toMatchObject({ code: 'FORBIDDEN' })
  expect((await office.act('approve', asked.id)).state).toBe('APPROVED')
  expect(await office.refusedAct('approve', asked.id)).toMatchObject({ code: 'CONFLICT' })
  expect(await office.refusedRequest({ contactId: id, ...objecting })).toMatchObject({ code: 'CONFLICT' })
  await office.act('cancel', asked.id)
  expect(await office.refusedAct('execute', asked.id)).toMatchObject({ code: 'CONFLICT', state: 'CANCELLED' })
  expect(await office.exists(id)).toBe(true)
})

test('a refusal names its article, and denies the request with a letter that says what can be done against it', async () => {
  const { id, email, requestId } = await asking()
  const asked = await office.request({ contactId: id, requestId, ground: 'CONSENT_WITHDRAWN' })
  const why = { because: 'LEGAL_OBLIGATION', law: '§ 147(3) AO' }
  expect(await office.refusedAct('refuse', asked.id, why)).toMatchObject({ code: 'INVALID_INPUT' })
  const refused = await office.act('refuse', asked.id, { ...why, reason: 'Zqbecause of taxes.' })
  expect(refused).toMatchObject({ state: 'REFUSED', article: 'Art. 17(3)(b) GDPR, § 147(3) AO' })
  const mail = await mailOf(email, 'Zqbecause of taxes.')
  expect(mail?.text).toContain('Art. 77')
  const [request] = await office.requests({ contact: id })
  expect(request).toMatchObject({ status: 'DENIED', denial: 'NOT_COVERED' })
  const { contact } = await office.ask('query ($id: ID!) { contact(id: $id) { erasures { state article } } }', { id })
  expect(contact.erasures).toEqual([{ state: 'REFUSED', article: 'Art. 17(3)(b) GDPR, § 147(3) AO' }])
})

test('whoever has no address for mails is told by a letter, which staff says that it sent; nobody is erased unidentified', async () => {
  const { id, requestId } = await asking({ emails: [], familyName: 'Letter', language: 'en' })
  const erasure = await approved({ contactId: id, requestId, ground: 'CONSENT_WITHDRAWN' })
  expect(await office.refusedAct('execute', erasure)).toMatchObject({ code: 'CONFLICT' })
  const { erasureLetter } = await office.ask('query ($id: ID!) { erasureLetter(id: $id) }', { id: erasure })
  expect(erasureLetter).toContain('everything that we keep about you is erased')
  await office.act('execute', erasure, { letterSent: true })
  await office.eraseAll()
  expect(await office.erasure(erasure)).toMatchObject({ state: 'EXECUTED', toldHow: 'letter' })

  const { id: unknown } = await office.person()
  const [{ id: unverified }] = await office.receive(unknown, ['ERASURE'])
  const waiting = await approved({ contactId: unknown, requestId: unverified, ground: 'CONSENT_WITHDRAWN' })
  expect(await office.refusedAct('execute', waiting)).toMatchObject({ code: 'CONFLICT' })
  await office.act('cancel', waiting)
})

test('a request that was taken back meanwhile lets nobody be erased', async () => {
  const { id, requestId } = await asking()
  const erasure = await approved({ contactId: id, requestId, ground: 'CONSENT_WITHDRAWN' })
  await office.act('execute', erasure)
  await office.step('revoke', requestId)
  await office.eraseAll()
  expect(await office.erasure(erasure)).toMatchObject({ state: 'FAILED', fault: 'REQUEST_DECIDED' })
  expect(await office.exists(id)).toBe(true)
})

test('chosen categories go, and the contact stays with the rest', async () => {
  const { id } = await office.person({ jobTitle: 'Zqbaker', tags: ['vip'] })
  const erasure = await approved({
    contactId: id,
    ground: 'NO_LONGER_NEEDED',
    categories: ['occupation', 'classification'],
  })
  await office.act('execute', erasure)
  await office.eraseAll()
  expect(await office.erasure(erasure)).toMatchObject({
    state: 'EXECUTED',
    categories: ['occupation', 'classification'],
  })
  const { contact } = await office.ask('query ($id: ID!) { contact(id: $id) { givenName jobTitle tags } }', { id })
  expect(contact).toEqual({ givenName: 'Ida', jobTitle: null, tags: [] })
  const unknown = { contactId: id, ground: 'NO_LONGER_NEEDED', categories: ['none'] }
  expect(await office.refusedRequest(unknown)).toMatchObject({ code: 'INVALID_INPUT' })
})

test('a merged contact takes the erasure along, and all that are the same person go', async () => {
  const { id: stays } = await office.person()
  const { id: goes } = await office.person({ familyName: 'Elsewhere' })
  const erasure = await approved({ contactId: goes, ground: 'NO_LONGER_NEEDED' })
  const merge = `mutation ($input: MergeContactsInput!) { mergeContacts(input: $input) { id } }`
  await office.ask(merge, { input: { targetId: stays, version: 1, sourceIds: [goes] } })
  // It goes further than what was approved.
  expect(await office.refusedAct('execute', erasure)).toMatchObject({ code: 'CONFLICT', state: 'REQUESTED' })
  await office.act('approve', erasure, {}, second)
  await office.act('execute', erasure)
  await office.eraseAll()
  expect(await office.erasure(erasure)).toMatchObject({ state: 'EXECUTED', contacts: 2 })
  expect([await office.exists(stays), await office.exists(goes)]).toEqual([false, false])
})

test('a rule that erases by itself is agreed to by somebody else, too; until then it proposes', async () => {
  const maker = await office.clerk(['retention.rules', 'lawfulness.*'])
  const key = 'two-people'
  const make = `mutation ($input: RetentionRuleInput!) { createRetentionRule(key: "${key}", names: [{ language: "en", text: "R" }], input: $input) {
    version approvals approvalsNeeded } }`
  const input = { retentionClass: 'without-ground', tags: ['Zqtwo'], action: 'ERASE' }
  // Whoever may have nothing executed makes no rule that does.
  const { errors } = await office.graphql(make, { input }, maker)
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', denied: [{ right: 'erasure.execute' }] })
  const { createRetentionRule } = await office.ask(make, { input })
  expect(createRetentionRule).toEqual({ version: 1, approvals: 0, approvalsNeeded: 1 })
  const { uuid } = await office.person({ tags: ['Zqtwo'], source: 'a fair', sourceAt: '2020-01-01T00:00:00.000Z' })
  await applyRules(office.erasing())
  const found = () => office.database.erasureProposal.findMany({ where: { contactId: uuid }, orderBy: { id: 'asc' } })
  expect((await found()).map(({ state }) => state)).toEqual(['open'])

  const approve = `mutation ($version: Int!) { approveRetentionRule(key: "${key}", version: $version) { approvals } }`
  expect(await office.fail(approve, { version: 1 })).toMatchObject({ code: 'FORBIDDEN' })
  const decider = await office.clerk(['retention.rules', 'erasure.decide'])
  expect(await office.fail(approve, { version: 7 }, decider)).toMatchObject({ code: 'CONFLICT' })
  const approved = await office.graphql(approve, { version: 1 }, decider)
  expect(approved.data).toEqual({ approveRetentionRule: { approvals: 1 } })
  expect(await office.fail(approve, { version: 1 }, decider)).toMatchObject({ code: 'CONFLICT' })
  await applyRules(office.erasing())
  expect((await found()).map(({ state }) => state)).toEqual(['open'])
  const { uuid: other } = await office.person({
    tags: ['Zqtwo'],
    source: 'a fair',
    sourceAt: '2020-01-01T00:00:00.000Z',
  })
  await applyRules(office.erasing())
  await office.eraseAll()
  expect(await office.database.contact.count({ where: { id: { in: [uuid, other] } } })).toBe(1)
  // Changed, it has to be agreed to anew.
  const change = `mutation ($input: RetentionRuleInput!) { updateRetentionRule(key: "${key}", version: 1, input: $input) { approvals } }`
  expect((await office.ask(change, { input })).updateRetentionRule).toEqual({ approvals: 0 })
  await office.ask(`mutation { retireRetentionRule(key: "${key}") { key } }`)
})

test('of two who decide at once, one finds what the other did', async () => {
  const third = await office.clerk(['erasure.*', 'contacts.*', 'identity.clients'])
  const settled = async (steps: Promise<Data>[]) =>
    (await Promise.allSettled(steps)).map(({ status }) => status).toSorted()
  const one = ['fulfilled', 'rejected']
  for (let round = 0; round < 3; round++) {
    const { id } = await office.person()
    const { id: erasure } = await office.request({ contactId: id, ground: 'UNLAWFUL' })
    const because = { because: 'LEGAL_CLAIMS' }
    const both = [office.act('approve', erasure, {}, second), office.act('approve', erasure, {}, third)]
    expect(await settled(both)).toEqual(one)
    expect(await office.erasure(erasure)).toMatchObject({ state: 'APPROVED', approvals: 1 })
    // Executed, or called off; refused, or called off: never both.
    await settled([office.act('execute', erasure), office.act('cancel', erasure, {}, third)])
    const { state } = await office.erasure(erasure)
    expect(state).toBe('CANCELLED')
    await office.eraseAll()
    expect(await office.exists(id)).toBe(true)
    const { id: other } = await office.request({ contactId: id, ground: 'UNLAWFUL' })
    expect(
      await settled([office.act('refuse', other, because, second), office.act('cancel', other, {}, third)]),
    ).toEqual(one)
    // And nobody asks twice.
    const again = { contactId: id, ground: 'UNLAWFUL' }
    expect(await settled([office.request(again), office.request(again, third)])).toEqual(one)
  }
})

test('the preview changes nothing, and leaves the trace that it was looked at', async () => {
  const { id, uuid } = await office.person()
  const state = async () =>
    JSON.stringify([
      await office.database.contact.findUnique({ where: { id: uuid } }),
      await office.database.erasureFingerprint.count(),
      await office.database.erasedContact.count(),
      await office.database.erasure.count(),
    ])
  const before = await state()
  const preview = await office.preview({ contactId: id, ...objecting })
  expect(countsOf(preview)).toMatchObject({ Contact: [1, 0, 0], ErasureFingerprint: [0, 0, 1] })
  expect(await state()).toBe(before)
  const reads = await office.database.auditEntry.findMany({ where: { contactId: uuid, action: 'read' } })
  expect(reads.map(({ operation }) => operation)).toEqual(['previewErasure'])
})

describe('somebody who objected and was erased', () => {
  let email: string
  beforeAll(async () => {
    const person = await office.person({ phones: [{ number: '+49 30 1234567' }] })
    email = person.email
    const erasure = await approved({ contactId: person.id, ...objecting })
    await office.act('execute', erasure)
    await office.eraseAll()
    expect(countsOf(await office.erasure(erasure))['ErasureFingerprint']).toEqual([0, 0, 2])
  })

  const create = 'mutation ($input: CreateContactInput!) { createContact(input: $input) { id } }'
  const known = async (address: object): Promise<Data> =>
    (
      await office.ask(
        'query ($email: String, $phone: String) { erasureFingerprint(email: $email, phone: $phone) { id kind } }',
        address,
      )
    ).erasureFingerprint

  test('is not entered again, by hand or by import, until that is lifted; others are', async () => {
    const input = { givenName: 'Again', emails: [{ address: 'other@example.org' }, { address: email.toUpperCase() }] }
    const refused = await office.fail(create, { input })
    expect(refused.faults).toMatchObject([{ field: 'emails.1', rule: 'erased' }])
    expect((await office.fail(create, { input: { phones: [{ number: '030 1234567' }] } })).faults).toMatchObject([
      { field: 'phones.0', rule: 'erased' },
    ])
    const { id } = await office.person()
    const add = 'mutation ($input: UpdateContactInput!) { updateContact(input: $input) { id } }'
    const added = await office.fail(add, { input: { id, version: 1, addEmails: [{ address: email }] } })
    expect(added.faults).toMatchObject([{ rule: 'erased' }])

    const rows = [{ givenName: 'New', emails: [{ address: 'new@example.org' }] }, { emails: [{ address: email }] }]
    const statement = { format: 'JSONL', source: 'a fair', ground: 'CONSENT', fileName: 'fair.jsonl' }
    const content = rows.map((row) => JSON.stringify(row)).join('\n')
    const { importContacts } = await office.ask(
      'mutation ($input: ImportContactsInput!) { importContacts(input: $input) { created rejected } }',
      { input: { ...statement, content } },
    )
    expect(importContacts).toEqual({ created: 1, rejected: 1 })

    const { id: mark } = await known({ phone: '+49301234567' })
    await office.ask('mutation ($id: ID!) { liftErasureFingerprint(id: $id) { id } }', { id: mark })
    expect(await known({ phone: '+49301234567' })).toBeNull()
    await office.ask(create, { input: { givenName: 'Again', phones: [{ number: '030 1234567' }] } })
    expect((await known({ email })).kind).toBe('email')
    // The ledger tells of it, so that no older backup brings it back: neither one of before it was lifted, nor of before the erasure.
    await tellLifted(office.erasing())
    await tellLifted(office.erasing())
    const entries = await Array.fromAsync(office.erasing().ledger.after(undefined))
    const told = entries.filter(({ kind }) => kind === 'fingerprints_lifted')
    expect(told.map(({ body }) => body)).toEqual([{ ids: [uuidOf('ErasureFingerprint', mark)] }])
    const erased = await office.database.erasureFingerprint.findFirstOrThrow({ where: { kind: 'email' } })
    const again = await office.person({ phones: [{ number: '+49 30 1234567' }] })
    const work = office.erasing()
    await transact(work, 'test', (tx) => keepFingerprints(tx, work.secrets, [again.uuid], erased.erasureId))
    expect((await known({ phone: '+49301234567' })).id).toBe(mark)
    for (const entry of told) await replayLifted(work, entry)
    expect(await known({ phone: '+49301234567' })).toBeNull()
  })

  test('is known by nothing that tells who they were', async () => {
    const rows = await office.database.erasureFingerprint.findMany()
    const plain = createHash('sha256').update(email).digest('hex')
    for (const { hash } of rows) expect(hash).not.toBe(plain)
    expect(JSON.stringify(rows)).not.toContain(email)
  })

  test('comes back when they confirm consent themself, and not when somebody attests it', async () => {
    const give = 'mutation ($input: GiveConsentInput!) { giveConsent(input: $input) { token outcomes { state } } }'
    const about = { person: { email }, purposes: [{ purpose: 'newsletter', notice: { version: 1, language: 'en' } }] }
    const attested = { ...about, idempotencyKey: 'attested', evidence: { kind: 'FORM', text: 'A form.' } }
    expect((await office.fail(give, { input: attested })).faults).toMatchObject([{ rule: 'erased' }])
    await office.ask(give, { input: { ...about, idempotencyKey: 'asked' } })
    const mail = (await office.server.takesFor(email, 1)).at(-1)
    const token = /[?&]t=([\w-]+)/.exec(mail?.text ?? '')?.[1]
    const confirm = 'mutation ($input: ConfirmConsentInput!) { confirmConsent(input: $input) { outcomes { state } } }'
    const { errors } = await office.graphql(confirm, { input: { token, idempotencyKey: 'confirmed' } })
    expect(errors).toBeUndefined()
    expect(await known({ email })).toBeNull()
  })

  test('may only be marked after an objection', async () => {
    const { id } = await office.person()
    const input = { contactId: id, ground: 'UNLAWFUL', fingerprints: true }
    expect(await office.refusedRequest(input)).toMatchObject({ code: 'INVALID_INPUT' })
  })
})

test('the register says who has to be told by hand', async () => {
  const { id } = await office.person()
  const client = 'mutation ($input: CreateClientInput!) { createClient(input: $input) { id } }'
  const made = await office.ask(client, { input: { name: 'Deaf partner', kind: 'PARTNER' } })
  const clientId = Buffer.from(made.createClient.id, 'base64').toString().split(':')[1] ?? ''
  const contactId = Buffer.from(id, 'base64').toString().split(':')[1] ?? ''
  const now = new Date()
  const read = { contactId, id: crypto.randomUUID(), clientId, field: 'givenName', firstAt: now, lastAt: now }
  await office.database.recipientRead.create({ data: read })
  const erasure = await approved({ contactId: id, ground: 'NO_LONGER_NEEDED' })
  await office.act('execute', erasure)
  await office.eraseAll()
  expect((await office.erasure(erasure)).recipientsToTell).toEqual(['Deaf partner'])
  expect((await office.erasures({ recipientsToTell: true })).map((row) => row.id)).toEqual([erasure])
  expect((await office.act('recipientsTold', erasure)).recipientsToTell).toEqual([])
})

test('who is bound to purposes sees the erasures of those alone that they see', async () => {
  const bound = await office.clerk(['erasure.*', 'contacts.*'], ['newsletter'])
  const { id } = await office.person()
  const { id: erasure } = await office.request({ contactId: id, ground: 'NO_LONGER_NEEDED' })
  expect(await office.erasures({}, bound)).toEqual([])
  expect(await office.refusedAct('cancel', erasure, {}, bound)).toMatchObject({ code: 'NOT_FOUND' })
  const { errors } = await office.graphql(office.previewQuery, { input: { contactId: id, ground: 'UNLAWFUL' } }, bound)
  expect(errors?.[0]?.extensions.code).toBe('NOT_FOUND')
  const { status } = await office.download(
    `${office.url}/erasures/certificate?id=${encodeURIComponent(erasure)}`,
    bound,
  )
  expect(status).toBe(404)
})

test('what a law keeps is told to the person, counted until when, and stands in the certificate', async () => {
  const { id, email, requestId } = await asking({ language: 'de', familyName: 'Order' })
  const lines = [{ description: 'Cup', quantity: '1', unitPrice: '10' }]
  const order = 'mutation ($input: CreateOrderInput!) { createOrder(input: $input) { id } }'
  await office.ask(order, { input: { contactId: id, number: 'Zq-kept', currency: 'EUR', lines } })
  const { retained } = await office.preview({ contactId: id, ground: 'CONSENT_WITHDRAWN' })
  expect(retained).toMatchObject([{ model: 'Order', citation: expect.stringContaining('§ 257'), count: 1 }])
  const erasure = await approved({ contactId: id, requestId, ground: 'CONSENT_WITHDRAWN' })
  await office.act('execute', erasure)
  await office.eraseAll()
  const mail = await mailOf(email, 'gesperrt')
  expect(mail?.text).toContain('§ 257 Abs. 1 Nr. 2, 3, Abs. 4 HGB')
  expect(mail?.text).toContain(`bis 31. Dezember ${new Date().getFullYear() + 6}`)
  const done = await office.erasure(erasure)
  expect(done.retained).toEqual(retained)
  const answered = await office.database.answeredRequest.findMany({ where: { article: 'Art. 17(3)(b) GDPR' } })
  expect(answered).toMatchObject([{ kind: 'erasure', status: 'fulfilled' }])
  const pdf = await textOfPdf((await office.download(`${done.certificateUrl}&language=de`)).body)
  expect(pdf).toContain('§257Abs.1Nr.2')
  expect(pdf).not.toContain('Zq-kept')
})

test('documents without personal data stay or go along, as is decided', async () => {
  for (const [fate, stays] of [
    ['KEEP', 1],
    ['ERASE', 0],
  ] as const) {
    const { id, uuid } = await office.person()
    const document = await neutralDocument(uuid)
    const erasure = await approved({ contactId: id, ground: 'UNLAWFUL', related: [{ kind: 'document', fate }] })
    await office.act('execute', erasure)
    await office.eraseAll()
    expect(await office.database.document.count({ where: { id: document } })).toBe(stays)
    expect(await office.database.documentContact.count({ where: { contactId: uuid } })).toBe(0)
  }
  const { id } = await office.person()
  const wrong = { contactId: id, ground: 'UNLAWFUL', related: [{ kind: 'order', fate: 'KEEP' }] }
  expect(await office.refusedRequest(wrong)).toMatchObject({ code: 'INVALID_INPUT' })
})

/** A document about nobody that a contact has. */
async function neutralDocument(contactId: string): Promise<string> {
  const work = office.system()
  async function* content() {
    yield Buffer.from('%PDF-1.7\n')
  }
  const staged = await stageContent(work, { content: content() })
  const draft = { title: 'A manual', typeKey: 'other', personal: 'none' as const, contacts: [contactId], staged }
  return (await transact(work, 'test', (tx) => storeDocument(tx, work, draft))).id
}

test('who read the data and has a webhook is told by it, once', async () => {
  const { id, uuid } = await office.person()
  const { client, webhook } = await reader(uuid)
  expect(client).not.toBe('')
  const erasure = await approved({ contactId: id, ground: 'NO_LONGER_NEEDED' })
  await office.act('execute', erasure)
  await office.eraseAll()
  const notices = await office.database.erasureNotice.findMany({ where: { erasedId: uuid } })
  expect(notices.map(({ webhookId, state }) => [webhookId, state])).toEqual([[webhook, 'queued']])
  expect((await office.erasure(erasure)).recipientsToTell).toEqual([])
})

/** A client with a webhook, which read a contact's name. */
async function reader(contactId: string): Promise<{ client: string; webhook: string }> {
  const uuid = (globalId: string) => Buffer.from(globalId, 'base64').toString().split(':')[1] ?? ''
  const create = 'mutation ($input: CreateClientInput!) { createClient(input: $input) { id } }'
  const { createClient } = await office.ask(create, { input: { name: 'Hearing partner', kind: 'PARTNER' } })
  const webhook = 'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } } }'
  const input = { client: createClient.id, url: 'https://partner.example/hook', purposes: ['newsletter'] }
  const { createWebhook } = await office.ask(webhook, { input })
  const clientId = uuid(createClient.id)
  const now = new Date()
  const read = { contactId, id: crypto.randomUUID(), clientId, field: 'givenName', firstAt: now, lastAt: now }
  await office.database.recipientRead.create({ data: read })
  return { client: clientId, webhook: uuid(createWebhook.webhook.id) }
}

test('a register that is older than the ledger learns of erasures again; what waited there waits for somebody', async () => {
  const { id } = await office.person()
  const waiting = await approved({ contactId: id, ground: 'NO_LONGER_NEEDED' })
  await office.act('execute', waiting)
  const [erasureId, set] = [crypto.randomUUID(), { id: crypto.randomUUID(), contacts: 2 }]
  const at = new Date()
  const execution = {
    erasureId,
    decision: {
      ...{ erasureId, ground: 'objection' as const, categories: null, related: {}, fingerprints: false, at },
    },
    facts: {
      ...{ set, requestId: null, requester: { kind: 'user', id: null }, requestedAt: at.toISOString() },
      ...{ approverIds: [], approvedAt: null, toldAt: null, toldHow: null },
    },
    contactIds: [crypto.randomUUID(), crypto.randomUUID()],
    outcome: { erased: { Contact: 2 }, anonymised: {}, kept: {} },
    retained: [],
    position: { sequence: 900, hash: 'a'.repeat(64) },
    replay: true,
  }
  const work = office.system()
  await transact(work, 'test', (tx) => recordExecuted(tx, execution))
  const batch = await office.database.erasure.findUniqueOrThrow({ where: { id: erasureId } })
  expect(batch).toMatchObject({ kind: 'batch', setId: set.id, state: 'executed', replays: 1, contacts: 2 })
  expect(await office.database.erasedContact.count({ where: { erasureId } })).toBe(2)
  // The set says what its batches came to, and proves it.
  const whole = await office.erasure(encodeGlobalID('Erasure', set.id))
  expect(whole).toMatchObject({ state: 'EXECUTED', contacts: 2, contactsDone: 2, ledgerSequence: 900, replays: 1 })
  expect(countsOf(whole)).toEqual({ Contact: [2, 0, 0] })
  expect(await office.erasure(waiting)).toMatchObject({ state: 'APPROVED' })
  await office.eraseAll()
  expect(await office.exists(id)).toBe(true)
  await transact(work, 'test', (tx) => recordExecuted(tx, execution))
  expect(await office.database.erasure.findUniqueOrThrow({ where: { id: erasureId } })).toMatchObject({ replays: 2 })
  expect(await office.database.erasedContact.count({ where: { erasureId } })).toBe(2)
  await office.act('cancel', waiting)
})

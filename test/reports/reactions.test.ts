import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { hooksOf } from '../../src/modules/hooks.ts'
import { modules } from '../../src/modules/index.ts'
import { reportData } from '../../src/modules/reports/personal-data.ts'
import { askAgain } from '../../src/modules/reports/reacting/ask.ts'
import { forgetOldAsks } from '../../src/modules/reports/reacting/asked.ts'
import { performNext } from '../../src/modules/reports/reacting/worker.ts'
import { contextOf } from '../../src/modules/reports/reader.ts'
import { applyRules } from '../../src/modules/retention/rules/apply.ts'
import { uuid } from '../contacts/lists-support.ts'
import { inDays } from '../lawfulness/support.ts'
import { disclosedBy } from '../support/disclosed.ts'
import { wholeContact } from '../support/erasure.ts'
import { type Data, type Desk, grants, openDesk } from './support.ts'

let desk: Desk
beforeAll(async () => {
  desk = await openDesk({ mail: true })
})
afterAll(() => desk.close())

const counts = 'id state total changed skipped { reason count } fault erasureId requestId'
const preview = `query ($report: ReportReference!, $parameters: JSON, $reaction: ReportReactionInput!, $rows: [ID!]) {
  previewReportReaction(report: $report, parameters: $parameters, reaction: $reaction, rows: $rows) { total would skipped { reason count } } }`
const react = `mutation ($report: ReportReference!, $parameters: JSON, $reaction: ReportReactionInput!, $rows: [ID!], $expected: Int) {
  reactToReport(report: $report, parameters: $parameters, reaction: $reaction, rows: $rows, expected: $expected) { ${counts} } }`

const work = () => ({ ...desk.work, ...hooksOf(modules), mail: true })
const settle = async () => {
  while (await performNext(work()));
}
const outcome = async (id: string): Promise<Data> =>
  (await desk.ask(`query ($id: ID!) { reportReaction(id: $id) { ${counts} } }`, { id })).reportReaction
const previewed = async (asked: object): Promise<Data> => (await desk.ask(preview, asked)).previewReportReaction
const done = async (asked: object): Promise<Data> => {
  const { id } = (await desk.ask(react, asked)).reactToReport
  await settle()
  return outcome(id)
}

let count = 0
const ownPurpose = async (input: object = {}) => {
  const key = `reaction-${++count}`
  await desk.createPurpose({ key, ...input })
  return key
}
const people = (many: number, input: object = {}) => Promise.all(Array.from({ length: many }, () => desk.person(input)))
const mailed = (n: number) => ({ emails: [{ address: `asked-${++count}-${n}@example.org` }] })
const give = (contactId: string | undefined, purpose: string, ground: string, days = 5) =>
  desk.record({ contactId, purpose, ground, validUntil: inDays(days) })
const lapsing = (purpose: string) => ({ report: { key: 'lapsing' }, parameters: { purpose } })

describe('renewing', () => {
  it('does what the preview said, to all or to some, once, and in the log as one action', async () => {
    const purpose = await ownPurpose()
    const [first, second, third, consenting] = await people(4)
    for (const one of [first, second, third]) await give(one, purpose, 'CONTRACT')
    await give(consenting, purpose, 'CONSENT')
    const reaction = { kind: 'RENEW', reason: 'Contract was extended', validUntil: inDays(400) }
    const asked = { ...lapsing(purpose), reaction }
    expect(await previewed(asked)).toEqual({ total: 4, would: 3, skipped: [{ reason: 'consent', count: 1 }] })
    const { rows } = await desk.run({ key: 'lapsing' }, { parameters: { purpose } })
    const one = rows.filter(({ contactId }: Data) => contactId === first).map(({ id }: Data) => id)
    expect(await previewed({ ...asked, rows: one })).toMatchObject({ total: 1, would: 1 })
    expect(await done({ ...asked, rows: one, expected: 1 })).toMatchObject({ state: 'DONE', changed: 1, skipped: [] })
    expect((await desk.fail(react, { ...asked, expected: 3 })).code).toBe('CONFLICT')
    const whole = await done({ ...asked, expected: 2 })
    expect(whole).toMatchObject({ state: 'DONE', total: 3, changed: 2, skipped: [{ reason: 'consent', count: 1 }] })
    const left = await desk.run({ key: 'lapsing' }, { parameters: { purpose } })
    expect(left.rows.map(({ contactId }: Data) => contactId)).toEqual([consenting])
    const events = await desk.database.lawfulBasisEvent.findMany({ where: { purposeKey: purpose, kind: 'renewed' } })
    expect(events.map(({ source }) => source)).toEqual(Array.from({ length: 3 }, () => reaction.reason))
    // What it did to each stands in the log under the request that asked for it, in the name of who asked.
    const entries = await desk.database.auditEntry.findMany({ where: { requestId: whole.requestId } })
    expect(new Set(entries.map(({ contactId }) => contactId))).toEqual(
      new Set([second, third].map((id) => uuid(id ?? ''))),
    )
    expect(new Set(entries.map(({ actorKind }) => actorKind))).toEqual(new Set(['user']))
    const own = await desk.database.systemAuditEntry.findMany({
      where: { entity: 'ReportReaction', entityId: whole.id },
    })
    expect(own.map(({ action, operation }) => `${operation} ${action}`)).toEqual([
      'reactToReport created',
      'reactToReport updated',
    ])
  })

  it('leaves alone who was renewed a minute before', async () => {
    const purpose = await ownPurpose()
    const [quick, slow] = await people(2)
    const { id: basisId } = await give(quick, purpose, 'CONTRACT')
    await give(slow, purpose, 'CONTRACT')
    const reaction = { kind: 'RENEW', reason: 'All go on' }
    const { id } = (await desk.ask(react, { ...lapsing(purpose), reaction })).reactToReport
    await desk.withdraw({ contactId: slow, purpose })
    await desk.object({ contactId: slow, purpose })
    await desk.ask('mutation ($input: RecordLawfulBasisInput!) { recordLawfulBasis(input: $input) { id } }', {
      input: { contactId: quick, purpose, ground: 'CONTRACT' },
    })
    await settle()
    const { changed, skipped } = await outcome(id)
    // What it was asked for does not hold any more: another one took its place.
    expect([changed, skipped]).toEqual([1, [{ reason: 'no_ground', count: 1 }]])
    const renewed = await desk.database.lawfulBasisEvent.count({ where: { kind: 'renewed', basisId } })
    expect(renewed).toBe(0)
  })
})

it('asks for consent those who may be asked, by mail, and nobody twice', async () => {
  const purpose = await ownPurpose({ directMarketing: true })
  await desk.ask(
    'mutation ($p: String!, $t: [LocalizedTextInput!]!) { publishNotice(purpose: $p, texts: $t) { id } }',
    {
      p: purpose,
      t: [
        { language: 'en', text: 'We write to you.' },
        { language: 'de', text: 'Wir schreiben Ihnen.' },
      ],
    },
  )
  const german = await desk.person({ ...mailed(1), language: 'de-AT' })
  const english = await desk.person(mailed(2))
  const [unreachable] = await people(1)
  const child = await desk.person({ ...mailed(3), birthDate: inDays(-3650).slice(0, 10) })
  const objector = await desk.person(mailed(4))
  const withdrawn = await desk.person(mailed(5))
  for (const one of [german, english, unreachable, child]) await give(one, purpose, 'LEGITIMATE_INTERESTS')
  await give(withdrawn, purpose, 'CONSENT')
  await desk.withdraw({ contactId: withdrawn, purpose })
  await desk.object({ contactId: objector, purpose })
  const tagged = 'to-be-asked'
  for (const id of [german, english, unreachable, child, objector, withdrawn]) {
    const { version } = await desk.contact(id ?? '')
    await desk.update({ id, version, tags: [tagged] })
  }
  const report = { definition: { source: 'contacts', filter: { tags: { hasAny: [tagged] } } } }
  const asked = { report, reaction: { kind: 'ASK_FOR_CONSENT', purpose } }
  const expected = [
    { reason: 'said_no', count: 2 },
    { reason: 'child', count: 1 },
    { reason: 'no_address', count: 1 },
  ]
  const seen = await previewed(asked)
  expect([seen.total, seen.would, new Set(seen.skipped)]).toEqual([6, 2, new Set(expected)])
  // Why not, is told to those alone who may read what it tells of.
  const clerk = await desk.signInWith(
    grants(['contacts.contact', 'contacts.tags', 'reports.reports'], ['reports.reactions', 'lawfulness.basis']),
  )
  const { previewReportReaction: less } = await clerk.ask(preview, asked)
  expect(new Set(less.skipped)).toEqual(
    new Set([
      { reason: 'said_no', count: 2 },
      { reason: 'refused', count: 2 },
    ]),
  )
  const { id } = (await desk.ask(react, asked)).reactToReport
  // A worker that dies right after asking one of them: who comes after it asks nobody again.
  const { userId, requestId } = await desk.database.reportReaction.findUniqueOrThrow({ where: { id } })
  const context = await contextOf(work(), userId, requestId)
  const first = { contactId: uuid(german), id, basisId: null, purposeKey: purpose, reason: null }
  if (context) expect(await askAgain(context, { id }, first)).toBeNull()
  await settle()
  const { changed, skipped } = await outcome(id)
  expect([changed, new Set(skipped)]).toEqual([2, new Set(expected)])
  const mails = await desk.database.outgoingMail.findMany({ where: { kind: { contains: 'confirm' } } })
  expect(mails).toHaveLength(2)
  expect(await desk.database.reportReactionSubject.count()).toBe(0)
})

describe('whoever was asked for consent', () => {
  const toAsk = async (many: number) => {
    const purpose = await ownPurpose()
    const all = await Promise.all(Array.from({ length: many }, (_, n) => desk.person(mailed(n))))
    for (const id of all) await give(id, purpose, 'CONTRACT')
    return { purpose, all, asked: { ...lapsing(purpose), reaction: { kind: 'ASK_FOR_CONSENT' } } }
  }
  const mailsTo = (purpose: string) => desk.database.reportAsk.count({ where: { purposeKey: purpose } })
  const queued = () => desk.database.outgoingMail.count({ where: { kind: { contains: 'confirm' } } })

  it('is not asked by another reaction soon after, nor by two at once', async () => {
    const { purpose, asked } = await toAsk(3)
    const before = await queued()
    const { rows } = await desk.run({ key: 'lapsing' }, { parameters: { purpose } })
    expect(await done({ ...asked, rows: [rows[0].id] })).toMatchObject({ changed: 1 })
    const already = (count: number) => ({ reason: 'asked_already', count })
    expect(await previewed(asked)).toEqual({ total: 3, would: 2, skipped: [already(1)] })
    // Two that begin at the same time, in two processes.
    const ids = await Promise.all([1, 2].map(async () => (await desk.ask(react, asked)).reactToReport.id))
    await Promise.all([performNext(work()), performNext(work())])
    const outcomes = await Promise.all(ids.map(outcome))
    expect(outcomes.map(({ state }) => state)).toEqual(['DONE', 'DONE'])
    expect(outcomes[0].changed + outcomes[1].changed).toBe(2)
    expect(outcomes.flatMap(({ skipped }) => skipped).reduce((sum, { count: some }) => sum + some, 0)).toBe(4)
    expect([await mailsTo(purpose), (await queued()) - before]).toEqual([3, 3])
    // A month later they may be asked again; that they were is forgotten by then.
    await desk.database.reportAsk.updateMany({
      where: { purposeKey: purpose },
      data: { askedAt: new Date(inDays(-31)) },
    })
    expect(await previewed(asked)).toMatchObject({ would: 3 })
    await forgetOldAsks({ ...work(), requestId: randomUUID() })
    expect(await mailsTo(purpose)).toBe(0)
    // But not while an earlier question waits for its answer.
    expect(await done(asked)).toMatchObject({ changed: 0, skipped: [already(3)] })
  })

  it('is not asked again as the contact that they were merged into', async () => {
    const { all, asked } = await toAsk(2)
    const { rows } = await desk.run({ key: 'lapsing' }, { parameters: asked.parameters })
    const from = rows[0].contactId
    const into = all.find((id) => id !== from)
    expect(await done({ ...asked, rows: [rows[0].id] })).toMatchObject({ changed: 1 })
    const merge = 'mutation ($input: MergeContactsInput!) { mergeContacts(input: $input) { version } }'
    const version = (await desk.ask('query ($id: ID!) { contact(id: $id) { version } }', { id: into })).contact.version
    await desk.ask(merge, { input: { targetId: into, version, sourceIds: [from] } })
    expect(await previewed(asked)).toMatchObject({
      total: 1,
      would: 0,
      skipped: [{ reason: 'asked_already', count: 1 }],
    })
    expect(await done(asked)).toMatchObject({ changed: 0 })
  })

  it('is not asked for what they gave without an end', async () => {
    const { purpose, all, asked } = await toAsk(2)
    await desk.record({ contactId: all[0], purpose, ground: 'CONSENT' })
    const report = { definition: { source: 'grounds', parameters: { state: 'valid', purpose } } }
    expect(await previewed({ ...asked, report, parameters: {} })).toEqual({
      ...{ total: 2, would: 1, skipped: [{ reason: 'consents', count: 1 }] },
    })
  })

  it('has that in their access report, and it goes with their grounds', async () => {
    const { purpose, all, asked } = await toAsk(1)
    await done(asked)
    const contactId = uuid(all[0] ?? '')
    const told = await transact({ ...work(), requestId: randomUUID() }, 'disclose', (tx) =>
      disclosedBy(reportData, { ...work(), tx, contactId }),
    )
    expect(JSON.stringify(told)).toContain(purpose)
    const decision = { ...wholeContact(), categories: ['legal grounds'] }
    await transact({ ...work(), requestId: randomUUID() }, 'erase', (tx) =>
      reportData.erase(tx, [contactId], decision, work()),
    )
    expect(await mailsTo(purpose)).toBe(0)
  })
})

it('tells how far it is while it is done', async () => {
  const purpose = await ownPurpose()
  for (const id of await people(3)) await give(id, purpose, 'CONTRACT')
  const asked = { ...lapsing(purpose), reaction: { kind: 'RESTRICT' } }
  const { id } = (await desk.ask(react, asked)).reactToReport
  const follow = (token: string) =>
    desk.app.fetch(
      new Request(`${desk.url}/graphql`, {
        method: 'POST',
        headers: { accept: 'text/event-stream', 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({
          query: 'subscription ($id: ID!) { reportReactionProgress(id: $id) { state total changed } }',
          variables: { id },
        }),
      }),
    )
  const stream = await follow(await desk.signIn())
  const [told] = await Promise.all([stream.text(), settle()])
  expect(told).toContain('"state":"QUEUED","total":3')
  expect(told).toContain('"state":"DONE","total":3,"changed":3')
  const clerk = await desk.signInWith(grants(['reports.reports', 'reports.reactions']))
  expect(await (await follow(clerk.token)).text()).toContain('NOT_FOUND')
})

it('restricts, and lifts what was restricted so; no rule lifts it', async () => {
  const purpose = await ownPurpose()
  const [one, other] = await people(2)
  for (const id of [one, other]) await give(id, purpose, 'CONTRACT')
  const restricting = { ...lapsing(purpose), reaction: { kind: 'RESTRICT', reason: 'Under dispute' } }
  expect(await done(restricting)).toMatchObject({ state: 'DONE', changed: 2 })
  expect(await desk.rulesOf(one ?? '', purpose)).toEqual([false, 'RESTRICTED'])
  expect(await done(restricting)).toMatchObject({ changed: 0, skipped: [{ reason: 'restricted', count: 2 }] })
  const renewing = { ...lapsing(purpose), reaction: { kind: 'RENEW', reason: 'x' } }
  expect(await previewed(renewing)).toMatchObject({ would: 0, skipped: [{ reason: 'restricted', count: 2 }] })
  await applyRules({ ...work(), requestId: randomUUID() })
  expect(await desk.rulesOf(one ?? '', purpose)).toEqual([false, 'RESTRICTED'])
  expect(await done({ ...lapsing(purpose), reaction: { kind: 'LIFT_RESTRICTION' } })).toMatchObject({ changed: 2 })
  expect(await desk.rulesOf(one ?? '', purpose)).toEqual([true, 'VALID_BASIS'])
})

it('asks for the erasure of all at once, as one set that is decided on as one', async () => {
  const purpose = await ownPurpose()
  const everybody = await people(3)
  for (const id of everybody) await give(id, purpose, 'CONTRACT')
  await desk.ask('mutation ($input: RequestErasureInput!) { requestErasure(input: $input) { id } }', {
    input: { contactId: everybody[0], ground: 'OBJECTION' },
  })
  const asked = { ...lapsing(purpose), reaction: { kind: 'ERASE', ground: 'NO_LONGER_NEEDED' } }
  const found = await done(asked)
  expect(found).toMatchObject({ state: 'DONE', changed: 2, skipped: [{ reason: 'being_erased', count: 1 }] })
  const { erasure } = await desk.ask('query ($id: ID!) { erasure(id: $id) { state contacts } }', {
    id: found.erasureId,
  })
  expect(erasure).toEqual({ state: 'APPROVED', contacts: 2 })
})

describe('whoever reacts', () => {
  const base = ['contacts.contact', 'lawfulness.basis', 'reports.reports']

  it('needs the rights of what is done, and is told of all that are missing', async () => {
    const purpose = await ownPurpose()
    const [id] = await people(1)
    await give(id, purpose, 'CONTRACT')
    const clerk = await desk.signInWith(grants(base, ['reports.reactions']))
    for (const kind of ['RENEW', 'ASK_FOR_CONSENT', 'RESTRICT', 'ERASE']) {
      const reaction = { kind, reason: 'x', ground: 'UNLAWFUL' }
      for (const query of [preview, react]) {
        const refused = await clerk.fail(query, { ...lapsing(purpose), reaction })
        expect([kind, refused.code, refused.denied[0].access]).toEqual([kind, 'FORBIDDEN', 'write'])
      }
    }
    const reader = await desk.signInWith(grants([...base, 'reports.reactions']))
    expect((await reader.fail(react, { ...lapsing(purpose), reaction: { kind: 'RESTRICT' } })).code).toBe('FORBIDDEN')
  })

  it('hears what is wrong with what they ask', async () => {
    const purpose = await ownPurpose()
    const [id] = await people(1)
    await give(id, purpose, 'CONTRACT')
    const everybody = { definition: { source: 'contacts' } }
    const wrong: [object, object, string][] = [
      [{ key: 'security-review' }, { kind: 'RESTRICT' }, 'report'],
      [everybody, { kind: 'ASK_FOR_CONSENT' }, 'reaction.purpose'],
      [everybody, { kind: 'ASK_FOR_CONSENT', purpose: 'none.such' }, 'reaction.purpose'],
      [everybody, { kind: 'ASK_FOR_CONSENT', purpose: 'a\u0000b' }, 'reaction.purpose'],
      [{ key: 'lapsing' }, { kind: 'RENEW' }, 'reaction.reason'],
      [{ key: 'lapsing' }, { kind: 'RENEW', reason: 'x', validUntil: inDays(-1) }, 'reaction.validUntil'],
      [everybody, { kind: 'ERASE' }, 'reaction.ground'],
    ]
    for (const [report, reaction, field] of wrong) {
      for (const query of [preview, react]) {
        const refused = await desk.fail(query, { report, reaction })
        expect([reaction, refused.code, refused.faults[0].field]).toEqual([reaction, 'INVALID_INPUT', field])
      }
    }
    expect(await previewed({ ...lapsing(purpose), reaction: { kind: 'RESTRICT' }, rows: ['none'] })).toMatchObject({
      total: 0,
    })
  })

  it('reaches only those whom they see, and sees no reactions of others', async () => {
    const [purpose, elsewhere] = [await ownPurpose(), await ownPurpose()]
    const [seen, unseen] = await people(2)
    await give(seen, purpose, 'CONTRACT')
    await give(unseen, elsewhere, 'CONTRACT')
    const bound = await desk.signInWith(grants(base, ['reports.reactions', 'requests.decide', 'lawfulness.basis']), [
      purpose,
    ])
    const report = { definition: { source: 'grounds', parameters: { state: 'lapsing' } } }
    const reaction = { kind: 'RENEW', reason: 'x' }
    const { previewReportReaction } = await bound.ask(preview, { report, reaction })
    expect(previewReportReaction).toEqual({ total: 1, would: 1, skipped: [] })
    const rows = (await desk.run({ key: 'lapsing' }, { parameters: { purpose: elsewhere } })).rows
    const named = rows.map(({ id }: Data) => id)
    expect((await bound.ask(preview, { report, reaction, rows: named })).previewReportReaction.total).toBe(0)
    const { id } = (await bound.ask(react, { report, reaction })).reactToReport
    const query = 'query ($id: ID!) { reportReaction(id: $id) { id } reportReactions { id } }'
    const clerk = await desk.signInWith(grants([...base, 'reports.reactions']))
    const others = await clerk.ask(query, { id })
    expect(others.reportReaction).toBeNull()
    expect(others.reportReactions.map((one: Data) => one.id)).not.toContain(id)
    expect((await desk.fail('mutation ($id: ID!) { cancelReportReaction(id: $id) { id } }', { id })).code).toBe(
      'NOT_FOUND',
    )
    await bound.ask('mutation ($id: ID!) { cancelReportReaction(id: $id) { state } }', { id })
    await settle()
    expect((await desk.run({ key: 'lapsing' }, { parameters: { purpose } })).rows).toHaveLength(1)
  })

  it('does nothing any more once a right is taken from them', async () => {
    const purpose = await ownPurpose()
    const [id] = await people(1)
    await give(id, purpose, 'CONTRACT')
    const clerk = await desk.signInWith(grants(base, ['reports.reactions', 'requests.decide']))
    const asked = { ...lapsing(purpose), reaction: { kind: 'RESTRICT' } }
    const { id: reaction } = (await clerk.ask(react, asked)).reactToReport
    const { userId } = await desk.database.reportReaction.findUniqueOrThrow({ where: { id: reaction } })
    const { roleId } = await desk.database.roleAssignment.findFirstOrThrow({ where: { userId } })
    await desk.ask(
      'mutation ($role: ID!) { revokeRight(role: $role, right: "requests.decide", read: true, write: true) { id } }',
      {
        role: btoa(`Role:${roleId}`),
      },
    )
    await settle()
    const found = await desk.database.reportReaction.findUniqueOrThrow({ where: { id: reaction } })
    expect([found.state, found.fault, found.changed]).toEqual(['failed', 'FORBIDDEN', 0])
    expect(await desk.rulesOf(id ?? '', purpose)).toEqual([true, 'VALID_BASIS'])
  })
})

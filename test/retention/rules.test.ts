import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { untilAllIsDone } from '../../src/afterwards.ts'
import { transact } from '../../src/database/transact.ts'
import { hooksOf } from '../../src/modules/hooks.ts'
import { modules } from '../../src/modules/index.ts'
import type { RequestErasure } from '../../src/modules/retention/request-erasure.ts'
import { applyRules } from '../../src/modules/retention/rules/apply.ts'
import { applyDaily, applyToNoted } from '../../src/modules/retention/rules/watch.ts'
import { inDays, openRegistry, type Registry } from '../lawfulness/support.ts'
import { pastTheGuards } from '../support/database.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
type Data = any

let registry: Registry
const asked: Parameters<RequestErasure>[2][] = []
beforeAll(async () => {
  registry = await openRegistry()
  await registry.ask('mutation { retireRetentionRule(key: "without-ground") { retiredAt } }')
})
afterAll(() => registry.close())

const hooks = hooksOf(modules)
/** What applies rules by itself; erasures that it asks for are noted here. */
const system = () => ({
  ...registry.work,
  ...hooks,
  requestId: randomUUID(),
  requestErasure: (async (_tx, _context, request) => {
    asked.push(request)
    return { erasureId: randomUUID() }
  }) satisfies RequestErasure,
})

const fields = 'key version retiredAt action tags ground purpose { key } retentionClass { key }'
const makeClass = (key: string, period: string, start: string) =>
  registry.ask(
    `mutation ($key: String!, $period: String!, $start: RetentionStart!) {
      createRetentionClass(input: { key: $key, names: [{ language: "en", text: "Class" }], period: $period, start: $start, action: ERASE }) { key } }`,
    { key, period, start },
  )
const make = `mutation ($key: String!, $input: RetentionRuleInput!) {
  createRetentionRule(key: $key, names: [{ language: "en", text: "Rule" }], input: $input) { ${fields} } }`
const makeRule = (key: string, input: object): Promise<Data> => registry.ask(make, { key, input })
const retire = (key: string) =>
  registry.ask('mutation ($key: String!) { retireRetentionRule(key: $key) { key } }', { key })
const simulate = async (input: object, inPlaceOf?: string): Promise<Data> => {
  const { simulateRetentionRule } = await registry.ask(
    `query ($input: RetentionRuleInput!, $inPlaceOf: String) { simulateRetentionRule(input: $input, inPlaceOf: $inPlaceOf) {
      matched counts { status count } keptLonger dueWithin30Days dueWithin365Days earliest latest months { month count }
      examples { contact { id } status dueAt } } }`,
    { input, inPlaceOf },
  )
  const counts = Object.fromEntries(
    simulateRetentionRule.counts
      .filter(({ count }: Data) => count > 0)
      .map(({ status, count }: Data) => [status, count]),
  )
  return { ...simulateRetentionRule, counts }
}
const proposals = async (args = ''): Promise<Data[]> => {
  const { erasureProposals } = await registry.ask(
    `{ erasureProposals(first: 500${args}) { edges { node { id contact { id } rule ground dueAt state reason keptUntil erasure decider { name } } } } }`,
  )
  return erasureProposals.edges.map(({ node }: Data) => node)
}
const uuid = (id: string) => Buffer.from(id, 'base64').toString().replace('Contact:', '')
let tags = 0
/** A purpose and a tag of their own, so that tests don’t get at each other’s contacts. */
async function ground(period = 'P1Y', start = 'END_OF_PURPOSE') {
  const key = `own-${++tags}`
  await makeClass(key, period, start)
  await registry.createPurpose({ key })
  return key
}
/** Somebody who had a ground for a purpose, from and until so many days from now. */
async function somebody(purpose: string, [from, until]: [number, number | null], more: object = {}) {
  const id = await registry.person(more)
  await registry.record({
    ...{ contactId: id, purpose, ground: 'CONTRACT', source: 'a test', validFrom: inDays(from) },
    ...(until !== null && { validUntil: inDays(until) }),
  })
  return id
}
const statusOf = async (input: object) => Object.keys((await simulate(input)).counts)

describe('a rule', () => {
  it('is made, changed and retired, and says what is wrong with it', async () => {
    const key = await ground()
    const made = await makeRule(`rule-${key}`, { purpose: key, retentionClass: key, action: 'PROPOSE', tags: ['vip'] })
    expect(made.createRetentionRule).toMatchObject({
      purpose: { key },
      retentionClass: { key },
      tags: ['vip'],
      version: 1,
    })
    const change = `mutation ($key: String!, $version: Int!, $input: RetentionRuleInput!) {
      updateRetentionRule(key: $key, version: $version, input: $input) { ${fields} } }`
    const input = { purpose: key, retentionClass: key, action: 'ERASE' }
    const changed = await registry.ask(change, { key: `rule-${key}`, version: 1, input })
    expect(changed.updateRetentionRule).toMatchObject({ action: 'ERASE', tags: [], version: 2 })
    expect(await registry.fail(change, { key: `rule-${key}`, version: 1, input })).toMatchObject({ code: 'CONFLICT' })
    await retire(`rule-${key}`)
    const { retentionRules } = await registry.ask(`{ retentionRules { key } }`)
    expect(retentionRules.map((rule: Data) => rule.key)).not.toContain(`rule-${key}`)
    const create = `mutation ($input: RetentionRuleInput!) {
      createRetentionRule(key: "A b", names: [], input: $input) { key } }`
    const { faults } = await registry.fail(create, { input: { purpose: 'nowhere', action: 'ERASE' } })
    expect(faults.map(({ field }: Data) => field)).toEqual(['key', 'names', 'purpose'])
    const none = await registry.fail(
      create.replace('A b', 'ab').replace('names: []', 'names: [{ language: "en", text: "x" }]'),
      {
        input: { purpose: key, action: 'ERASE' },
      },
    )
    expect(none.faults.map(({ field }: Data) => field)).toEqual(['retentionClass'])
  })

  it('is tried without leaving a trace: counts, dates, examples', async () => {
    const key = await ground('P90D')
    const input = { purpose: key, retentionClass: key, action: 'PROPOSE' }
    const over = await somebody(key, [-400, -100])
    await somebody(key, [-400, -80])
    await somebody(key, [-400, null])
    const entries = () => registry.database.auditEntry.count()
    const before = await entries()
    const found = await simulate(input)
    expect(found).toMatchObject({ matched: 3, counts: { DUE: 1, WAITING: 1, LAWFUL: 1 }, dueWithin30Days: 2 })
    expect(found.examples.map(({ contact, status }: Data) => [contact.id, status])[0]).toEqual([over, 'DUE'])
    expect(found.months.reduce((sum: number, { count }: Data) => sum + count, 0)).toBe(2)
    expect(new Date(found.earliest) < new Date(found.latest)).toBe(true)
    expect(await entries()).toBe(before)
    expect((await simulate({ ...input, tags: ['nobody has it'] })).matched).toBe(0)
    expect((await simulate({ ...input, ground: 'CONSENT' })).matched).toBe(0)
  })

  it('leaves alone whom another ground, a longer period or a purpose’s own class keeps', async () => {
    const [short, long] = [await ground('P10D'), await ground('P10Y')]
    const input = { purpose: short, retentionClass: short, action: 'PROPOSE' }
    const id = await somebody(short, [-400, -100])
    expect(await statusOf(input)).toEqual(['DUE'])
    await registry.record({ contactId: id, purpose: 'orders', ground: 'CONTRACT', source: 'a test' })
    expect(await statusOf(input)).toEqual(['LAWFUL'])

    const other = await ground('P10D')
    const second = { ...input, purpose: other, retentionClass: other }
    await somebody(other, [-400, -100], { tags: [long] })
    await makeRule(`long-${long}`, { tags: [long], retentionClass: long, action: 'ERASE' })
    expect(await simulate(second)).toMatchObject({ counts: { WAITING: 1 }, keptLonger: 1 })
    await retire(`long-${long}`)
    expect(await statusOf(second)).toEqual(['DUE'])
    await registry.ask(
      `mutation ($key: String!, $class: String!) { updatePurpose(key: $key, input: { retentionClass: $class }) { key } }`,
      {
        key: other,
        class: long,
      },
    )
    expect(await simulate(second)).toMatchObject({ counts: { WAITING: 1 }, keptLonger: 1 })
  })

  it('counts from what its class says', async () => {
    const starts = [
      'COLLECTED',
      'LAST_CONTACT',
      'LAST_USE',
      'END_OF_CONTRACT',
      'END_OF_PURPOSE',
      'END_OF_CALENDAR_YEAR',
    ]
    const due: Record<string, string> = {}
    const ended = new Date(Date.now() - 100 * 86_400_000)
    for (const start of starts) {
      const key = await ground('P10Y', start)
      await somebody(key, [-400, -100], { sourceAt: '2020-02-29T12:00:00.000Z', source: 'a fair' })
      due[start] = (await simulate({ purpose: key, retentionClass: key, action: 'PROPOSE' })).latest.slice(0, 10)
    }
    const plusTen = (date: Date) => `${date.getUTCFullYear() + 10}${date.toISOString().slice(4, 10)}`
    expect(due).toEqual({
      COLLECTED: '2030-02-28',
      LAST_CONTACT: plusTen(new Date(Date.now() - 400 * 86_400_000)),
      LAST_USE: plusTen(new Date(Date.now() - 400 * 86_400_000)),
      END_OF_CONTRACT: plusTen(ended),
      END_OF_PURPOSE: plusTen(ended),
      END_OF_CALENDAR_YEAR: `${ended.getUTCFullYear() + 11}-01-01`,
    })
  })
})

describe('the rules, applied', () => {
  it('propose once, and take it back when a ground is given, or the rule goes', async () => {
    const key = await ground('P10D')
    await makeRule(`rule-${key}`, { purpose: key, retentionClass: key, action: 'PROPOSE' })
    const [one, other] = [await somebody(key, [-400, -100]), await somebody(key, [-400, -50])]
    await applyRules(system())
    await applyRules(system())
    const found = (await proposals()).filter(({ rule }) => rule === `rule-${key}`)
    expect(found.map(({ contact, ground: why, state }) => [contact.id, why, state])).toEqual([
      [one, 'RETENTION_ENDED', 'OPEN'],
      [other, 'RETENTION_ENDED', 'OPEN'],
    ])
    await registry.record({ contactId: one, purpose: 'orders', ground: 'CONTRACT', source: 'a test' })
    const states = async () =>
      (await proposals(`, state: null, rule: "rule-${key}"`)).map(({ contact, state }) => [contact.id, state])
    expect(await states()).toEqual([
      [one, 'WITHDRAWN'],
      [other, 'OPEN'],
    ])
    await retire(`rule-${key}`)
    await applyRules(system())
    expect(await states()).toEqual([
      [one, 'WITHDRAWN'],
      [other, 'WITHDRAWN'],
    ])
  })

  it('ask for erasures where they say so, with what the person said as the ground', async () => {
    const key = await ground('P10D', 'COLLECTED')
    await makeRule(`rule-${key}`, { purpose: key, retentionClass: key, action: 'ERASE' })
    const consent = { purpose: key, ground: 'CONSENT', source: 'a test', givenAt: inDays(-50) }
    const past = { sourceAt: inDays(-60), source: 'a fair' }
    const [withdrawn, ended] = [await registry.person(past), await somebody(key, [-50, -1], past)]
    await registry.record({ contactId: withdrawn, ...consent })
    await applyRules(system())
    const requests = () => asked.filter(({ ruleKey }) => ruleKey === `rule-${key}`)
    expect(requests().flatMap(({ contactIds }) => contactIds)).toEqual([uuid(ended)])
    // Nobody has to wait for the next day.
    await registry.withdraw({ contactId: withdrawn, purpose: key })
    await applyToNoted(system())
    expect(requests().map(({ contactIds, ground: why, origin }) => [contactIds, why, origin])).toEqual([
      [[uuid(ended)], 'retention_ended', 'rule'],
      [[uuid(withdrawn)], 'consent_withdrawn', 'rule'],
    ])
    await applyRules(system())
    expect(requests()).toHaveLength(2)
  })

  it('restrict until the period is over, and let go at once when a ground is given', async () => {
    const key = await ground('P10Y')
    await makeRule(`rule-${key}`, { purpose: key, retentionClass: key, action: 'RESTRICT' })
    const id = await somebody(key, [-400, -100])
    await applyRules(system())
    const restrictedAt = async () =>
      (await registry.ask('query ($id: ID!) { contact(id: $id) { restrictedAt } }', { id })).contact.restrictedAt
    expect((await restrictedAt())?.slice(0, 10)).toBe(inDays(-100).slice(0, 10))
    await registry.record({ contactId: id, purpose: 'orders', ground: 'CONTRACT', source: 'a test' })
    expect(await restrictedAt()).toBeNull()
    expect(await registry.rulesOf(id, 'orders')).toEqual([true, expect.any(String)])
    expect(asked.filter(({ ruleKey }) => ruleKey === `rule-${key}`)).toEqual([])
  })

  it('of what is anonymised leave whatever holds no personal data', async () => {
    const key = await ground('P10D')
    await makeRule(`rule-${key}`, { purpose: key, retentionClass: key, action: 'ANONYMISE' })
    await somebody(key, [-400, -100])
    await applyRules(system())
    const related = { document: 'keep', appointment: 'keep' }
    expect(asked.filter(({ ruleKey }) => ruleKey === `rule-${key}`)).toMatchObject([{ related, categories: null }])
  })

  it('may be about a part of the data, which goes though the rest is kept, and goes again when the period has passed', async () => {
    const key = await ground('P90D')
    const input = { purpose: key, retentionClass: key, action: 'ERASE', categories: ['occupation', 'appointments'] }
    const parts = { categories: ['appointments', 'occupation'] }
    const id = await somebody(key, [-400, -100])
    await somebody(key, [-400, -80])
    const open = await somebody(key, [-400, null])
    for (const one of [id, open])
      await registry.record({ contactId: one, purpose: 'orders', ground: 'CONTRACT', source: 'a test' })
    expect(await simulate(input)).toMatchObject({ matched: 3, counts: { DUE: 1, WAITING: 1, LAWFUL: 1 } })
    expect(await registry.fail(make, { key: `bad-${key}`, input: { ...input, categories: ['none'] } })).toMatchObject({
      code: 'INVALID_INPUT',
    })
    expect(await registry.fail(make, { key: `bad-${key}`, input: { ...input, action: 'RESTRICT' } })).toMatchObject({
      faults: [{ field: 'categories' }],
    })
    await makeRule(`rule-${key}`, input)
    await applyRules(system())
    await applyRules(system())
    const mine = () => asked.filter(({ ruleKey }) => ruleKey === `rule-${key}`)
    expect(mine()).toMatchObject([{ contactIds: [uuid(id)], ...parts, ground: 'retention_ended' }])
    // It was erased: so it isn't due, until the period has passed once more.
    const [proposal] = await registry.database.erasureProposal.findMany({ where: { ruleKey: `rule-${key}` } })
    const done = (daysAgo: number) =>
      pastTheGuards(
        registry.config.databaseUrl ?? '',
        `WITH e AS (INSERT INTO erasure (id, kind, contacts, state, ground, requester_kind, requested_at, executed_at, counts, ledger_sequence)
           VALUES ($1, 'contact', 1, 'executed', 'retention_ended', 'rule', now(), now(), '{}', 1) ON CONFLICT DO NOTHING)
         UPDATE erasure_proposal SET decided_at = now() - $2::int * interval '1 day' WHERE erasure_id = $1`,
        [proposal?.erasureId, daysAgo],
      )
    await done(40)
    await applyRules(system())
    expect(mine()).toHaveLength(1)
    await done(100)
    await applyRules(system())
    expect(mine()).toHaveLength(2)
    await retire(`rule-${key}`)
  })

  it('erase nobody whose erasure staff refused or called off, and everybody of whom another part was erased once', async () => {
    const key = await ground('P10D')
    const input = { purpose: key, retentionClass: key, action: 'ERASE' }
    const [refused, part, waiting] = [
      await somebody(key, [-400, -100]),
      await somebody(key, [-400, -100]),
      await somebody(key, [-400, -100]),
    ]
    const erasure = (contactId: string, state: string, categories: string) =>
      pastTheGuards(
        registry.config.databaseUrl ?? '',
        `WITH e AS (INSERT INTO erasure (id, kind, contacts, state, categories, ground, requester_kind, requested_at, executed_at, counts,
             ledger_sequence, decided_at, article)
           VALUES ($1, 'contact', 1, $3, $4::text[], 'unlawful', 'user', now(), now(), '{}', 1, now(), 'Art. 17(3)(e) GDPR') RETURNING id)
         INSERT INTO erasure_subject (contact_id, erasure_id) SELECT $2::uuid, id FROM e`,
        [randomUUID(), uuid(contactId), state, categories],
      )
    await erasure(refused, 'refused', '{}')
    await erasure(part, 'executed', '{occupation}')
    await erasure(waiting, 'approved', '{}')
    expect((await simulate(input)).counts).toEqual({ KEPT: 1, DUE: 1, REQUESTED: 1 })
    await makeRule(`rule-${key}`, input)
    await applyRules(system())
    const mine = () => asked.filter(({ ruleKey }) => ruleKey === `rule-${key}`).map(({ contactIds }) => contactIds)
    expect(mine()).toEqual([[uuid(part)]])
    // A year later, staff decides over it once more.
    await pastTheGuards(
      registry.config.databaseUrl ?? '',
      `UPDATE erasure SET decided_at = now() - interval '370 days' WHERE state = $1`,
      ['refused'],
    )
    await applyRules(system())
    expect(mine()).toHaveLength(1)
    expect((await proposals(`, rule: "rule-${key}"`)).map(({ contact, state }) => [contact.id, state])).toEqual([
      [refused, 'OPEN'],
    ])
  })

  it('stop before a legal hold, and go on once it is lifted', async () => {
    const key = await ground('P10D')
    await makeRule(`rule-${key}`, { purpose: key, retentionClass: key, action: 'ERASE' })
    const id = await somebody(key, [-400, -100])
    const place = 'mutation ($id: ID!) { placeLegalHold(contact: $id, reason: "A claim.") { id } }'
    const hold = (await registry.ask(place, { id })).placeLegalHold.id
    await applyRules(system())
    expect(await statusOf({ purpose: key, retentionClass: key, action: 'ERASE' })).toEqual(['HELD'])
    expect(asked.filter(({ ruleKey }) => ruleKey === `rule-${key}`)).toEqual([])
    await registry.ask('mutation ($id: ID!) { liftLegalHold(id: $id, reason: "It was settled.") { id } }', { id: hold })
    await applyRules(system())
    expect(asked.filter(({ ruleKey }) => ruleKey === `rule-${key}`)).toHaveLength(1)
  })

  it('are applied once a day, and when somebody says so', async () => {
    const key = await ground('P10D')
    await makeRule(`rule-${key}`, { purpose: key, retentionClass: key, action: 'PROPOSE' })
    await somebody(key, [-400, -100])
    await applyDaily(system())
    expect(await applyDaily(system())).toBeUndefined()
    await somebody(key, [-400, -100])
    expect(await applyDaily(system())).toBeUndefined()
    expect((await registry.ask('mutation { applyRetentionRules }')).applyRetentionRules).toBe(true)
    await untilAllIsDone()
    expect(await proposals(`, rule: "rule-${key}"`)).toHaveLength(2)
  })

  it('are applied by two processes at once as by one', async () => {
    const key = await ground('P10D')
    await makeRule(`rule-${key}`, { purpose: key, retentionClass: key, action: 'PROPOSE' })
    for (let count = 0; count < 5; count++) await somebody(key, [-400, -100])
    await Promise.all([applyRules(system()), applyRules(system()), applyRules(system())])
    expect(await proposals(`, state: null, rule: "rule-${key}"`)).toHaveLength(5)
  })
})

describe('a proposal', () => {
  it('is accepted, or refused with a reason for a while', async () => {
    const key = await ground('P10D')
    await makeRule(`rule-${key}`, { purpose: key, retentionClass: key, action: 'PROPOSE' })
    for (let count = 0; count < 2; count++) await somebody(key, [-400, -100])
    await applyRules(system())
    const [one] = await proposals(`, rule: "rule-${key}"`)
    const refuse = `mutation ($id: ID!, $reason: String!, $keptUntil: DateTime) {
      refuseErasureProposal(id: $id, reason: $reason, keptUntil: $keptUntil) { state reason keptUntil decider { name } } }`
    expect((await registry.fail(refuse, { id: one.id, reason: ' ' })).code).toBe('INVALID_INPUT')
    const { refuseErasureProposal } = await registry.ask(refuse, { id: one.id, reason: 'We are in talks.' })
    expect(refuseErasureProposal).toMatchObject({ state: 'REFUSED', reason: 'We are in talks.' })
    expect((await registry.fail(refuse, { id: one.id, reason: 'Once more.' })).code).toBe('NOT_FOUND')
    await applyRules(system())
    expect(await proposals(`, rule: "rule-${key}"`)).toHaveLength(1)
    await pastTheGuards(
      registry.config.databaseUrl ?? '',
      `UPDATE erasure_proposal SET kept_until = now() - interval '1 day' WHERE rule_key = $1 AND state = 'refused'`,
      [`rule-${key}`],
    )
    await applyRules(system())
    expect(await proposals(`, rule: "rule-${key}"`)).toHaveLength(2)
  })
})

describe('legal holds', () => {
  it('are placed on all contacts of a list, or on none, and lifted together', async () => {
    const tag = `held-${randomUUID().slice(0, 8)}`
    for (let count = 0; count < 3; count++) await registry.person({ tags: [tag] })
    const place = `mutation ($tag: String!, $reason: String!) {
      placeLegalHolds(filter: { tags: { hasAny: [$tag] } }, reason: $reason) { case count } }`
    expect((await registry.fail(place, { tag: 'nobody', reason: 'A claim.' })).code).toBe('INVALID_INPUT')
    expect((await registry.fail(place, { tag, reason: '' })).code).toBe('INVALID_INPUT')
    const { placeLegalHolds } = await registry.ask(place, { tag, reason: 'A claim.' })
    expect(placeLegalHolds.count).toBe(3)
    const holds = async () =>
      (
        await registry.ask(
          'query ($case: ID!) { legalHolds(case: $case) { edges { node { reason liftedAt liftReason placer { name } lifter { name } contact { id } } } } }',
          { case: placeLegalHolds.case },
        )
      ).legalHolds.edges.map(({ node }: Data) => node)
    expect(await holds()).toHaveLength(3)
    const held =
      hooks &&
      (await transact(system(), 'test', async (tx) => {
        const ids = (await holds()).map(({ contact }: Data) => uuid(contact.id))
        const { erasureHold } = await import('../../src/modules/retention/holds/in-force.ts')
        return erasureHold(tx, ids)
      }))
    expect([...held.values()].map(({ reason }) => reason)).toEqual(['A claim.', 'A claim.', 'A claim.'])
    const lift = 'mutation ($case: ID!) { liftLegalHolds(case: $case, reason: "Settled.") }'
    expect((await registry.ask(lift, { case: placeLegalHolds.case })).liftLegalHolds).toBe(3)
    expect((await registry.fail(lift, { case: placeLegalHolds.case })).code).toBe('NOT_FOUND')
    for (const hold of await holds())
      expect(hold).toMatchObject({ liftReason: 'Settled.', liftedAt: expect.any(String) })
  })
})

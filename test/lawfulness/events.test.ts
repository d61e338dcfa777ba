import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { modules } from '../../src/modules/index.ts'
import { uuid } from '../contacts/lists-support.ts'
import { ownerOf, withClient } from '../support/database.ts'
import { wholeContact } from '../support/erasure.ts'
import { everythingIn, openEntry } from '../support/log.ts'
import { everyField, inDays, openRegistry, type Registry, untilNow } from './support.ts'

// What is recorded stays as it was recorded, and answers for any moment.

let registry: Registry
beforeAll(async () => {
  registry = await openRegistry()
})
afterAll(() => registry.close())

const asApplication = <T>(statement: string, values: unknown[] = []): Promise<T[]> =>
  withClient(registry.config.databaseUrl ?? '', async (client) => (await client.query(statement, values)).rows)

describe('an event', () => {
  test('tells everything that was said, and who recorded it', async () => {
    const contactId = await registry.person()
    const publish =
      'mutation ($t: [LocalizedTextInput!]!) { publishNotice(purpose: "phone", texts: $t) { id version sha256 } }'
    const text = 'Wir rufen Sie an, wenn Sie zustimmen.'
    const { publishNotice } = await registry.ask(publish, { t: [{ language: 'de', text }] })
    const [notice] = publishNotice
    expect(notice).toMatchObject({ version: 1, sha256: createHash('sha256').update(text).digest('hex') })
    const evidence = { kind: 'PHONE_NOTE', text: 'Said yes to Ms Weber.' }
    const draft = {
      contactId,
      purpose: 'phone',
      ground: 'CONSENT',
      source: 'call centre',
      noticeId: notice.id,
      evidence,
    }
    const event = await registry.record({ ...draft, givenAt: '2026-03-04T05:06:07.008Z' })
    expect(event).toMatchObject({
      kind: 'GIVEN',
      purpose: 'phone',
      ground: 'CONSENT',
      occurredAt: '2026-03-04T05:06:07.008Z',
      validFrom: '2026-03-04T05:06:07.008Z',
      validUntil: null,
      notice: { ...notice, language: 'de' },
      source: 'call centre',
      evidenceKind: 'PHONE_NOTE',
      evidence: 'Said yes to Ms Weber.',
      recordedBy: { kind: 'USER', name: 'Administrator' },
    })
  })

  test('seals its evidence under the key of its contact, and the log tells the hash', async () => {
    const contactId = await registry.person()
    const evidence = { kind: 'DOCUMENT', text: 'zqsigned card 17' }
    const event = await registry.record({ contactId, purpose: 'newsletter', ground: 'CONSENT', evidence })
    expect(await everythingIn(registry.config.databaseUrl ?? '')).not.toContain('zqsigned')
    const entry = await registry.database.auditEntry.findFirstOrThrow({
      where: { entityId: event.id, action: 'created' },
    })
    const changes = await openEntry(registry.work.keys, entry, registry.database)
    expect(changes['evidenceHash']).toEqual({ new: event.evidenceHash })
    const reads = await registry.database.auditEntry.findMany({ where: { contactId: uuid(contactId), action: 'read' } })
    expect(reads.map(({ fields }) => fields)).toEqual([['evidence']])
    await withClient(ownerOf(registry.config.databaseUrl ?? ''), async (owner) => {
      await owner.query("SET session_replication_role = 'replica'")
      await owner.query(`UPDATE lawful_basis_event SET evidence = evidence || '\\x00' WHERE id = $1`, [event.id])
    })
    const query = 'query ($id: ID!) { contact(id: $id) { lawfulness { events { evidence } } } }'
    expect((await registry.fail(query, { id: contactId })).code).toBe('UNREADABLE')
    expect(registry.logged.splice(0).filter(({ level }) => Number(level) >= 50)).toHaveLength(1)
  })

  test('can be added by the application, and nothing else; and by nobody without an entry in the log', async () => {
    const contactId = await registry.person()
    const { id } = await registry.record({ contactId, purpose: 'newsletter', ground: 'CONSENT' })
    for (const statement of ['DELETE FROM lawful_basis_event', 'UPDATE lawful_basis_event SET source = source']) {
      await expect(asApplication(`${statement} WHERE id = $1`, [id])).rejects.toThrow('permission denied')
      await expect(
        withClient(ownerOf(registry.config.databaseUrl ?? ''), (owner) =>
          owner.query(`${statement} WHERE id = $1`, [id]),
        ),
      ).rejects.toMatchObject({ code: 'LE003' })
    }
    await expect(
      asApplication(
        `INSERT INTO lawful_basis_event (contact_id, id, kind, purpose_key, occurred_at, actor_kind)
         VALUES ($1, $2, 'withdrawn', 'newsletter', now(), 'user')`,
        [uuid(contactId), randomUUID()],
      ),
    ).rejects.toMatchObject({ code: 'LE002' })
  })

  test('has no evidence that says nothing', async () => {
    const draft = { contactId: await registry.person(), purpose: 'newsletter', ground: 'CONSENT' }
    const { faults } = await registry.failRecord({ ...draft, evidence: { kind: 'PHONE_NOTE', text: ' \n ' } })
    expect(faults[0].field).toBe('evidence.text')
  })

  test('is in the history of the contact, by each field that follows from it', async () => {
    const contactId = await registry.person()
    await registry.record({ contactId, purpose: 'phone', ground: 'CONSENT' })
    await registry.withdraw({ contactId, purpose: 'phone' })
    const query = `query ($id: ID!, $field: String!) { contact(id: $id) {
      history(field: $field) { edges { node { operation } } } } }`
    for (const field of ['lawfulness', 'mayProcess', 'withoutBasis']) {
      const { contact } = await registry.ask(query, { id: contactId, field })
      const operations = contact.history.edges.map(({ node }: { node: { operation: string } }) => node.operation)
      expect([field, ...operations]).toEqual([field, 'withdrawConsent', 'recordLawfulBasis'])
    }
    const caller = await registry.signInWith([
      { right: 'contacts.*', read: true, write: false },
      { right: 'audit.history', read: true, write: false },
    ])
    expect((await caller.fail(query, { id: contactId, field: 'withoutBasis' })).code).toBe('FORBIDDEN')
  })

  test('goes with its contact', async () => {
    const contactId = uuid(await registry.person())
    await registry.record({ contactId: btoa(`Contact:${contactId}`), purpose: 'newsletter', ground: 'CONSENT' })
    const work = { ...registry.work, requestId: randomUUID() }
    const outcomes = await transact(work, 'erase', async (tx) => {
      const done = []
      for (const { personalData } of modules.toReversed()) {
        if (personalData !== 'none') done.push(await personalData.erase(tx, [contactId], wholeContact(), work))
      }
      return done
    })
    expect(outcomes.find(({ erased }) => 'LawfulBasisEvent' in erased)?.erased).toEqual({
      LawfulBasisEvent: 1,
      LawfulBasisPeriod: 1,
    })
    const left =
      'SELECT FROM lawful_basis_event WHERE contact_id = $1 UNION ALL SELECT FROM lawful_basis_period WHERE contact_id = $1'
    expect(await asApplication(left, [contactId])).toEqual([])
  })
})

describe('what holds', () => {
  const basesAt = async (id: string, moments: { at?: string; knownAt?: string } = {}) => {
    const query = `query ($id: ID!, $at: DateTime, $knownAt: DateTime) { contact(id: $id) {
      lawfulness(at: $at, knownAt: $knownAt) { bases { purpose ground validFrom validUntil } events { kind } } } }`
    const { contact } = await registry.ask(query, { id, ...moments })
    return contact.lawfulness
  }

  test('answers for any moment', async () => {
    const contactId = await registry.person()
    const [from, until] = [inDays(-100), inDays(-50)]
    await registry.record({ contactId, purpose: 'analysis', ground: 'CONSENT', givenAt: from, validUntil: until })
    expect((await basesAt(contactId, { at: inDays(-101) })).bases).toEqual([])
    expect((await basesAt(contactId, { at: inDays(-75) })).bases).toEqual([
      { purpose: 'analysis', ground: 'CONSENT', validFrom: from, validUntil: until },
    ])
    expect((await basesAt(contactId)).bases).toEqual([])
  })

  test('answers by what was known at any moment', async () => {
    const contactId = await registry.person()
    await registry.record({ contactId, purpose: 'analysis', ground: 'CONSENT', givenAt: inDays(-100) })
    const before = await untilNow()
    // A letter of 60 days ago is found today.
    const { recordedAt } = await registry.withdraw({ contactId, purpose: 'analysis', at: inDays(-60) })
    const asked = { at: inDays(-30) }
    expect(await registry.rulesOf(contactId, 'analysis', asked)).toEqual([false, 'WITHDRAWN'])
    expect(await registry.rulesOf(contactId, 'analysis', { ...asked, knownAt: before })).toEqual([true, 'VALID_BASIS'])
    expect(await registry.rulesOf(contactId, 'analysis', { ...asked, knownAt: recordedAt })).toEqual([
      false,
      'WITHDRAWN',
    ])
    expect(await registry.rulesOf(contactId, 'analysis', { at: inDays(-90) })).toEqual([true, 'VALID_BASIS'])
    expect((await basesAt(contactId, { knownAt: before })).events).toEqual([{ kind: 'GIVEN' }])
  })

  test('PostgreSQL itself refuses what contradicts it, and what no event says', async () => {
    const contactId = await registry.person()
    const draft = { contactId, purpose: 'analysis', givenAt: inDays(-9) }
    const consent = await registry.record({ ...draft, ground: 'CONSENT' })
    const interests = await registry.record({ ...draft, ground: 'LEGITIMATE_INTERESTS', validUntil: inDays(-5) })
    const adding = ({ id, ground, validFrom }: { id: string; ground: string; validFrom: string }) =>
      asApplication(
        `INSERT INTO lawful_basis_period (contact_id, id, purpose_key, ground, is_valid, valid_from, event_id, given_at)
         VALUES ($1, $2, 'analysis', $3, true, $4, $5, $4)`,
        [uuid(contactId), randomUUID(), ground.toLowerCase(), validFrom, id],
      )
    await expect(adding(consent)).rejects.toMatchObject({ code: '23P01' })
    await expect(adding({ ...consent, validFrom: inDays(-20) })).rejects.toMatchObject({ code: 'LE003' })
    await expect(adding({ ...consent, ground: 'CONTRACT' })).rejects.toMatchObject({ code: 'LE003' })
    await registry.object({ contactId, purpose: 'analysis' })
    // It would be valid while the objection stands.
    const over = 'DELETE FROM lawful_basis_period WHERE event_id = $1'
    await asApplication(over, [interests.id])
    await expect(adding(interests)).rejects.toMatchObject({ code: 'LE003' })
    await registry.withdraw({ contactId, purpose: 'analysis' })
    await asApplication(over, [consent.id])
    await expect(adding(consent)).rejects.toMatchObject({ code: 'LE003' })
    // Nor when what stood against it is taken away first.
    await asApplication('DELETE FROM lawful_basis_period WHERE contact_id = $1', [uuid(contactId)])
    await expect(adding(consent)).rejects.toMatchObject({ code: 'LE003' })
    await expect(adding(interests)).rejects.toMatchObject({ code: 'LE003' })
  })

  test('PostgreSQL itself refuses what holds for longer than was said, or against a word for the whole', async () => {
    const contactId = await registry.person()
    const draft = { contactId, ground: 'CONSENT', givenAt: inDays(-9), validUntil: inDays(9) }
    const ids = new Map<string, string>()
    for (const purpose of ['newsletter', 'analysis.usage', 'phone']) {
      ids.set(purpose, (await registry.record({ ...draft, purpose })).id)
    }
    const again = async (purpose: string, until: string | null) => {
      const eventId = ids.get(purpose)
      await asApplication('DELETE FROM lawful_basis_period WHERE contact_id = $1 AND purpose_key = $2', [
        uuid(contactId),
        purpose,
      ])
      return asApplication(
        `INSERT INTO lawful_basis_period (contact_id, id, purpose_key, ground, is_valid, valid_from, valid_until, event_id, given_at)
         SELECT contact_id, $3, purpose_key, ground, true, valid_from, $4, id, occurred_at FROM lawful_basis_event
         WHERE contact_id = $1 AND id = $2`,
        [uuid(contactId), eventId, randomUUID(), until],
      )
    }
    for (const until of [null, inDays(10)]) {
      await expect(again('newsletter', until)).rejects.toMatchObject({ code: 'LE003' })
    }
    await again('newsletter', inDays(9).slice(0, 10))
    await registry.withdraw({ contactId, purpose: 'marketing', at: inDays(-5) })
    await registry.refuse.do({ contactId, purpose: 'analysis.usage', at: inDays(-5) })
    for (const purpose of ids.keys()) {
      await expect(again(purpose, inDays(8))).rejects.toMatchObject({ code: 'LE003' })
      await again(purpose, inDays(-6)) // Before that, it was so.
    }
  })

  test('is the same whoever comes first, when many record at once', async () => {
    const contactId = await registry.person()
    const draft = { contactId, purpose: 'newsletter', ground: 'CONSENT' }
    await Promise.all([
      ...Array.from({ length: 4 }, () => registry.record(draft)),
      registry.withdraw({ contactId, purpose: 'marketing' }),
      registry.object({ contactId, purpose: 'analysis' }),
    ])
    const [allowed] = await registry.rulesOf(contactId, 'newsletter')
    expect((await registry.listFor('newsletter')).includes(contactId)).toBe(allowed)
    expect((await basesAt(contactId)).events).toHaveLength(6)
  })

  test('of a page of contacts takes as many statements as of one', async () => {
    const { statementsOf } = await import('../contacts/lists-support.ts')
    for (const purpose of ['newsletter', 'phone', 'analysis']) {
      await registry.record({ contactId: await registry.person(), purpose, ground: 'CONSENT' })
    }
    const query = (first: number) => `{ contacts(first: ${first}) { edges { node { withoutBasis
      mayProcess(purpose: "phone") { allowed reasons { rule events { ${everyField.replace('evidence ', '')} } } }
      lawfulness { bases { purpose register { key } provableUntil lastUsedAt event { id } } events { id }
        uses { edges { node { id } } } } } } } }`
    const one = await statementsOf(() => registry.ask(query(1)))
    expect((await statementsOf(() => registry.ask(query(50)))).length).toBeLessThanOrEqual(one.length + 6)
  })
})

describe('a use', () => {
  test('is recorded of those who may be processed, and makes the consent provable for five years more', async () => {
    const contactIds = [await registry.person(), await registry.person()]
    for (const contactId of contactIds) {
      await registry.record({ contactId, purpose: 'phone', ground: 'CONSENT', givenAt: '2026-01-31T00:00:00.000Z' })
    }
    const mutation = 'mutation ($input: RecordUseInput!) { recordUse(input: $input) }'
    const query = `query ($id: ID!) { contact(id: $id) { lawfulness { bases { lastUsedAt provableUntil } } } }`
    const bases = async () => (await registry.ask(query, { id: contactIds[0] })).contact.lawfulness.bases
    expect(await bases()).toEqual([{ lastUsedAt: null, provableUntil: '2031-01-31T00:00:00.000Z' }])
    const at = '2026-02-28T00:00:00.000Z'
    const { recordUse } = await registry.ask(mutation, {
      input: { contactIds, purpose: 'phone', at, source: 'campaign' },
    })
    expect(recordUse).toBe(2)
    expect(await bases()).toEqual([{ lastUsedAt: at, provableUntil: '2031-02-28T00:00:00.000Z' }])
  })

  test('is told page by page, as of any moment and by what was known at any, and not among what decides', async () => {
    const contactIds = [await registry.person(), await registry.person()]
    for (const contactId of contactIds) {
      await registry.record({ contactId, purpose: 'phone', ground: 'CONSENT', givenAt: inDays(-40) })
    }
    const mutation = 'mutation ($input: RecordUseInput!) { recordUse(input: $input) }'
    const days = [-30, -20, -10]
    const at = (day: number) => new Date(today.getTime() + day * 86_400_000).toISOString()
    const today = new Date()
    for (const day of days) await registry.ask(mutation, { input: { contactIds, purpose: 'phone', at: at(day) } })
    const query = `query ($id: ID!, $at: DateTime, $knownAt: DateTime, $after: String) { contact(id: $id) {
      lawfulness(at: $at, knownAt: $knownAt) { bases { lastUsedAt } events { kind } uses(first: 2, after: $after) {
        edges { node { kind occurredAt } } pageInfo { hasNextPage endCursor } } } } }`
    const look = async (variables: object) => {
      const { contact } = await registry.ask(query, { id: contactIds[0], ...variables })
      const { bases, events, uses } = contact.lawfulness
      const nodes: { kind: string; occurredAt: string }[] = uses.edges.map(({ node }: { node: object }) => node)
      expect(nodes.every(({ kind }) => kind === 'USED')).toBe(true)
      return {
        last: bases[0]?.lastUsedAt,
        events,
        uses: nodes.map(({ occurredAt }) => occurredAt),
        page: uses.pageInfo,
      }
    }
    const first = await look({})
    expect(first).toMatchObject({ last: at(-10), events: [{ kind: 'GIVEN' }], uses: [at(-10), at(-20)] })
    expect(first.page.hasNextPage).toBe(true)
    const rest = await look({ after: first.page.endCursor })
    expect(rest).toMatchObject({ uses: [at(-30)], page: { hasNextPage: false } })
    expect(await look({ at: at(-15) })).toMatchObject({ last: at(-20), uses: [at(-20), at(-30)] })
    expect(await look({ at: at(-15), knownAt: at(-5) })).toMatchObject({ last: undefined, uses: [] })
  })

  test('is refused, for all, if one of them may not be processed', async () => {
    const contactIds = [await registry.person(), await registry.person()]
    await registry.record({ contactId: contactIds[0], purpose: 'phone', ground: 'CONSENT' })
    const mutation = 'mutation ($input: RecordUseInput!) { recordUse(input: $input) }'
    const { faults } = await registry.fail(mutation, { input: { contactIds, purpose: 'phone' } })
    expect(faults).toEqual([expect.objectContaining({ field: 'contactIds.1', rule: 'no_basis' })])
    const used = await registry.database.lawfulBasisEvent.findMany({
      where: { contactId: { in: contactIds.map(uuid) }, kind: 'used' },
    })
    expect(used).toEqual([])
  })
})

describe('a merge', () => {
  test('takes what the person said along, evidence included, and undoing it takes that back', async () => {
    const [one, other] = [await registry.create({ givenName: 'A' }), await registry.create({ givenName: 'B' })]
    await registry.record({ contactId: one.id, purpose: 'newsletter', ground: 'CONSENT', givenAt: inDays(-9) })
    const evidence = { kind: 'PHONE_NOTE', text: 'Wants no advertising.' }
    await registry.object({ contactId: other.id, purpose: 'marketing', at: inDays(-1), evidence })
    const merged = await registry.merge({ targetId: one.id, version: 1, sourceIds: [other.id] })
    expect(await registry.rulesOf(one.id, 'newsletter')).toEqual([false, 'OBJECTION_PREVAILS'])
    expect(await registry.listFor('newsletter')).not.toContain(one.id)
    const query = `query ($id: ID!) { contact(id: $id) { lawfulness { events { kind evidence copiedFrom } } } }`
    const { contact } = await registry.ask(query, { id: one.id })
    expect(contact.lawfulness.events[1]).toEqual({
      kind: 'OBJECTED',
      evidence: evidence.text,
      copiedFrom: expect.any(String),
    })
    const known = await untilNow()
    await registry.undo(one.id, merged.merges[0].id)
    expect(await registry.rulesOf(one.id, 'newsletter')).toEqual([true, 'VALID_BASIS'])
    expect(await registry.rulesOf(one.id, 'newsletter', { knownAt: known })).toEqual([false, 'OBJECTION_PREVAILS'])
    expect(await registry.rulesOf(other.id, 'newsletter')).toEqual([false, 'OBJECTION_PREVAILS'])
  })

  test('leaves nothing to be recorded for a contact that was merged', async () => {
    const [one, other] = [await registry.create({ givenName: 'A' }), await registry.create({ givenName: 'B' })]
    await registry.merge({ targetId: one.id, version: 1, sourceIds: [other.id] })
    const { faults } = await registry.failRecord({ contactId: other.id, purpose: 'newsletter', ground: 'CONSENT' })
    expect(faults[0].field).toBe('contactId')
  })
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inDays, openRegistry, type Registry, untilNow } from './support.ts'

// What the law says, asked of a contact: each rule once, with the events that decide.

let registry: Registry
beforeAll(async () => {
  registry = await openRegistry()
})
afterAll(() => registry.close())

const about = ({ contactId, purpose }: { contactId: string; purpose: string }) => ({ contactId, purpose })

describe('a contact may be processed', () => {
  test('on a ground that holds, which the answer names', async () => {
    const contactId = await registry.person()
    const { id } = await registry.record({ contactId, purpose: 'newsletter', ground: 'CONSENT' })
    expect(await registry.decide(contactId, 'newsletter')).toEqual({
      allowed: true,
      reasons: [{ rule: 'VALID_BASIS', events: [{ id }] }],
    })
    expect(await registry.listFor('newsletter')).toContain(contactId)
  })

  test('on any of several grounds, and still on the others when one ends', async () => {
    const contactId = await registry.person()
    await registry.record({ contactId, purpose: 'analysis', ground: 'CONSENT' })
    const { id } = await registry.record({ contactId, purpose: 'analysis', ground: 'CONTRACT' })
    await registry.withdraw({ contactId, purpose: 'analysis' })
    expect((await registry.decide(contactId, 'analysis')).reasons).toEqual([{ rule: 'VALID_BASIS', events: [{ id }] }])
  })
})

describe('a contact may not be processed', () => {
  const refused = async (contactId: string, purpose: string, ...rules: string[]) => {
    expect(await registry.rulesOf(contactId, purpose)).toEqual([false, ...rules])
    expect(await registry.listFor(purpose)).not.toContain(contactId)
  }

  test('without any ground', async () => refused(await registry.person(), 'newsletter', 'NO_BASIS'))

  test('for a purpose that is in no register, which is told as a mistake of whoever asks', async () => {
    const id = await registry.person()
    const asked = [
      'query ($id: ID!) { contact(id: $id) { mayProcess(purpose: "curiosity") { allowed } } }',
      'query ($id: ID!) { contact(id: $id) { lawfulness { mayProcess(purpose: "curiosity") { allowed } } } }',
      '{ contacts(lawfulFor: "curiosity") { edges { node { id } } } }',
      '{ contacts(lawfulFor: "curiosity", first: 0) { totalCount } }',
      'mutation ($id: ID!) { objectToProcessing(input: { contactId: $id, purpose: "curiosity" }) { id } }',
    ]
    for (const query of asked) {
      const { code, faults } = await registry.fail(query, { id })
      expect([query, code, faults[0].rule]).toEqual([query, 'INVALID_INPUT', 'unknown_purpose'])
    }
    expect(await registry.listFor('phone')).toEqual([]) // It is there, and nobody may be.
  })

  test('for a purpose that was retired', async () => {
    const contactId = await registry.person()
    await registry.createPurpose({ key: 'fair-2026' })
    await registry.record({ contactId, purpose: 'fair-2026', ground: 'CONSENT' })
    expect(await registry.listFor('fair-2026')).toEqual([contactId])
    await registry.ask('mutation { retirePurpose(key: "fair-2026") { retiredAt } }')
    await refused(contactId, 'fair-2026', 'PURPOSE_RETIRED')
    const { faults } = await registry.failRecord({ contactId, purpose: 'fair-2026', ground: 'CONSENT' })
    expect(faults).toEqual([expect.objectContaining({ field: 'purpose', rule: 'purpose_retired' })])
  })

  test('on a ground that the purpose may not rest on any more', async () => {
    const contactId = await registry.person()
    await registry.createPurpose({ key: 'survey' })
    await registry.record({ contactId, purpose: 'survey', ground: 'LEGITIMATE_INTERESTS' })
    await registry.ask('mutation { updatePurpose(key: "survey", input: { grounds: [CONSENT] }) { key } }')
    await refused(contactId, 'survey', 'GROUND_NOT_ALLOWED')
  })

  test('and what the purpose asked for at an earlier moment decides over that moment', async () => {
    const contactId = await registry.person()
    const draft = { contactId, purpose: 'poll', ground: 'LEGITIMATE_INTERESTS', givenAt: inDays(-9) }
    await registry.createPurpose({ key: 'poll' })
    await registry.record(draft)
    const before = await untilNow()
    const use = 'mutation ($input: RecordUseInput!) { recordUse(input: $input) }'
    await registry.ask('mutation { updatePurpose(key: "poll", input: { grounds: [CONSENT] }) { key } }')
    await refused(contactId, 'poll', 'GROUND_NOT_ALLOWED')
    for (const moment of [
      { at: before },
      { at: inDays(-5) },
      { knownAt: before },
      { at: inDays(5), knownAt: before },
    ]) {
      expect([moment, ...(await registry.rulesOf(contactId, 'poll', moment))]).toEqual([moment, true, 'VALID_BASIS'])
    }
    expect(await registry.rulesOf(contactId, 'poll', { at: inDays(5) })).toEqual([false, 'GROUND_NOT_ALLOWED'])
    expect(
      await registry.ask(use, { input: { contactIds: [contactId], purpose: 'poll', at: inDays(-5) } }),
    ).toBeTruthy()
    const { faults } = await registry.fail(use, { input: { contactIds: [contactId], purpose: 'poll' } })
    expect(faults[0].rule).toBe('ground_not_allowed')
  })

  test('before the ground begins', async () => {
    const contactId = await registry.person()
    await registry.record({ contactId, purpose: 'orders', ground: 'CONTRACT', validFrom: inDays(1) })
    await refused(contactId, 'orders', 'NOT_YET_VALID')
    expect(await registry.rulesOf(contactId, 'orders', { at: inDays(2) })).toEqual([true, 'VALID_BASIS'])
  })

  test('after it has lapsed, without anything having run', async () => {
    const contactId = await registry.person()
    const given = { contactId, purpose: 'newsletter', ground: 'CONSENT', givenAt: inDays(-731) }
    const { validUntil } = await registry.record(given)
    expect(validUntil.slice(0, 10)).toBe(plusYears(inDays(-731), 2).slice(0, 10))
    await refused(contactId, 'newsletter', 'LAPSED')
    expect(await registry.rulesOf(contactId, 'newsletter', { at: inDays(-100) })).toEqual([true, 'VALID_BASIS'])
  })

  test('after the person withdrew consent, and every part of the purpose with it', async () => {
    const contactId = await registry.person()
    for (const purpose of ['marketing', 'newsletter', 'newsletter.events']) {
      await registry.record({ contactId, purpose, ground: 'CONSENT' })
    }
    await registry.withdraw({ contactId, purpose: 'newsletter', source: 'phone' })
    await refused(contactId, 'newsletter', 'WITHDRAWN', 'GRANT_NOT_INHERITED')
    await refused(contactId, 'newsletter.events', 'WITHDRAWN_ABOVE', 'GRANT_NOT_INHERITED')
    expect(await registry.rulesOf(contactId, 'marketing')).toEqual([true, 'VALID_BASIS'])
  })

  test('because of a ground for what it is part of, or for a part of it', async () => {
    const contactId = await registry.person()
    await registry.record({ contactId, purpose: 'newsletter', ground: 'CONSENT' })
    await refused(contactId, 'newsletter.events', 'GRANT_NOT_INHERITED')
    await refused(contactId, 'marketing', 'GRANT_NOT_INHERITED')
    await refused(contactId, 'phone', 'NO_BASIS')
  })

  test('after a withdrawal, though its consent was to begin later', async () => {
    const contactId = await registry.person()
    await registry.record({ contactId, purpose: 'newsletter', ground: 'CONSENT', validFrom: inDays(1) })
    await registry.withdraw({ contactId, purpose: 'newsletter' })
    expect(await registry.rulesOf(contactId, 'newsletter', { at: inDays(2) })).toEqual([false, 'WITHDRAWN'])
  })

  test('on legitimate interests after an objection, unless compelling grounds override it', async () => {
    const contactId = await registry.person()
    const interests = { contactId, purpose: 'analysis.usage', ground: 'LEGITIMATE_INTERESTS' }
    await registry.record(interests)
    await registry.record({ ...interests, ground: 'PUBLIC_TASK' })
    await registry.object({ contactId, purpose: 'analysis' })
    await refused(contactId, 'analysis.usage', 'OBJECTED')
    const { faults } = await registry.failRecord(interests)
    expect(faults).toEqual([expect.objectContaining({ field: 'ground', rule: 'objected' })])
    await registry.record({ ...interests, despiteObjection: true })
    expect(await registry.rulesOf(contactId, 'analysis.usage')).toEqual([true, 'VALID_BASIS'])
  })

  test('for direct marketing after an objection, on whatever ground and however compelling', async () => {
    const contactId = await registry.person()
    await registry.record({ contactId, purpose: 'newsletter', ground: 'CONSENT' })
    await registry.record({ contactId, purpose: 'newsletter', ground: 'CONTRACT' })
    await registry.object({ contactId, purpose: 'marketing' })
    await refused(contactId, 'newsletter', 'OBJECTION_PREVAILS')
    for (const ground of ['CONTRACT', 'LEGITIMATE_INTERESTS', 'LEGAL_OBLIGATION']) {
      const draft = { contactId, purpose: 'newsletter', ground, despiteObjection: true }
      expect((await registry.failRecord(draft)).faults[0].rule).toBe('objection_prevails')
    }
    // Only the person can undo it.
    await registry.record({ contactId, purpose: 'newsletter', ground: 'CONSENT' })
    expect(await registry.rulesOf(contactId, 'newsletter')).toEqual([true, 'VALID_BASIS'])
  })

  test('on consent that is pending double opt-in; a confirmation needs a pending request', async () => {
    const contactId = await registry.person()
    const draft = { contactId, purpose: 'newsletter', ground: 'CONSENT', pending: true }
    const request = await registry.record(draft)
    await refused(contactId, 'newsletter', 'PENDING_CONFIRMATION')
    const partner = await registry.partner()
    const confirmation = { contactId, requestId: request.id, evidence: { kind: 'DOUBLE_OPT_IN', text: 'clicked' } }
    const confirmed = await partner.confirm(confirmation)
    expect(confirmed).toMatchObject({ kind: 'CONFIRMED', basis: request.id, recordedBy: { kind: 'CLIENT' } })
    expect(await registry.rulesOf(contactId, 'newsletter')).toEqual([true, 'VALID_BASIS'])
    expect((await partner.failConfirm(confirmation)).faults[0].rule).toBe('confirmation_without_request')
  })

  test('for longer than what was confirmed, or on what was not confirmed in time', async () => {
    const contactId = await registry.person()
    const partner = await registry.partner()
    const draft = { contactId, ground: 'CONSENT', pending: true, givenAt: inDays(-20) }
    const [short, long] = [inDays(9), inDays(9000)]
    const shorter = await registry.record({ ...draft, purpose: 'newsletter', validUntil: short })
    expect([shorter.validUntil, shorter.confirmUntil]).toEqual([short, short])
    expect(await partner.confirm({ contactId, requestId: shorter.id })).toMatchObject({ validUntil: short })
    const longer = await registry.record({ ...draft, purpose: 'newsletter', validUntil: long })
    const { occurredAt, validUntil } = await partner.confirm({ contactId, requestId: longer.id })
    expect(new Date(validUntil).getUTCFullYear()).toBe(new Date(occurredAt).getUTCFullYear() + 2) // As the purpose says.
    const late = await registry.record({ ...draft, purpose: 'phone', givenAt: inDays(-31) })
    await refused(contactId, 'phone', 'NOT_CONFIRMED')
    const { faults } = await partner.failConfirm({ contactId, requestId: late.id })
    expect(faults[0].rule).toBe('confirmation_without_request')
  })

  test('after the person refused consent, be it one request or all of it', async () => {
    const contactId = await registry.person()
    const partner = await registry.partner()
    const draft = { contactId, purpose: 'newsletter', ground: 'CONSENT' }
    await registry.record(draft)
    const { id: requestId } = await registry.record({ ...draft, pending: true })
    expect(await registry.refuse.do({ ...about(draft), requestId })).toMatchObject({
      kind: 'REFUSED',
      basis: requestId,
    })
    expect((await partner.failConfirm({ contactId, requestId })).faults[0].rule).toBe('confirmation_without_request')
    expect((await registry.refuse.fail({ ...about(draft), requestId })).faults[0].field).toBe('requestId')
    expect(await registry.rulesOf(contactId, 'newsletter')).toEqual([true, 'VALID_BASIS'])
    await registry.refuse.do(about(draft))
    await refused(contactId, 'newsletter', 'REFUSED')
    expect(await registry.listFor('newsletter')).not.toContain(contactId)
    await registry.record(draft) // They changed their mind.
    expect(await registry.rulesOf(contactId, 'newsletter')).toEqual([true, 'VALID_BASIS'])
    const other = await registry.person()
    await registry.refuse.do({ contactId: other, purpose: 'marketing' })
    await refused(other, 'marketing', 'REFUSED')
    await refused(other, 'newsletter', 'NO_BASIS') // Saying no goes down no tree.
  })

  test('on a confirmation or a renewal once the purpose was retired', async () => {
    const contactId = await registry.person()
    await registry.createPurpose({ key: 'fair-2027' })
    const draft = { contactId, purpose: 'fair-2027', ground: 'CONSENT' }
    const { id: basisId } = await registry.record(draft)
    const { id: requestId } = await registry.record({ ...draft, pending: true })
    await registry.ask('mutation { retirePurpose(key: "fair-2027") { retiredAt } }')
    const partner = await registry.partner()
    expect((await partner.failConfirm({ contactId, requestId })).faults[0].rule).toBe('purpose_retired')
    expect((await registry.renew.fail({ contactId, basisId })).faults[0].rule).toBe('purpose_retired')
    expect(await registry.withdraw(about(draft))).toMatchObject({ kind: 'WITHDRAWN' }) // Never refused.
  })

  test('on a confirmation by the user or the program that asked for it', async () => {
    const contactId = await registry.person()
    const { id: requestId } = await registry.record({ contactId, purpose: 'phone', ground: 'CONSENT', pending: true })
    expect((await registry.confirm.fail({ contactId, requestId })).code).toBe('FORBIDDEN')
    await refused(contactId, 'phone', 'PENDING_CONFIRMATION')
    const partner = await registry.partner()
    const { id } = await partner.record({ contactId, purpose: 'phone', ground: 'CONSENT', pending: true })
    expect((await partner.failConfirm({ contactId, requestId: id })).code).toBe('FORBIDDEN')
  })

  test('on a confirmation that comes after a withdrawal', async () => {
    const contactId = await registry.person()
    const request = await registry.record({ contactId, purpose: 'newsletter', ground: 'CONSENT', pending: true })
    await registry.withdraw({ contactId, purpose: 'marketing' })
    const partner = await registry.partner()
    const { faults } = await partner.failConfirm({ contactId, requestId: request.id })
    expect(faults[0].rule).toBe('confirmation_without_request')
    await refused(contactId, 'newsletter', 'WITHDRAWN_ABOVE')
  })

  test('in special categories without a ground of their own', async () => {
    const contactId = await registry.person()
    const { faults } = await registry.failRecord({ contactId, purpose: 'allergies', ground: 'CONTRACT' })
    expect(faults).toEqual([expect.objectContaining({ field: 'specialGround', rule: 'special_category' })])
    await registry.record({ contactId, purpose: 'allergies', ground: 'CONTRACT', specialGround: 'HEALTH_CARE' })
    expect(await registry.rulesOf(contactId, 'allergies')).toEqual([true, 'VALID_BASIS'])
    // A purpose that comes to process them needs it from then on.
    const other = await registry.person()
    await registry.createPurpose({ key: 'seating' })
    await registry.record({ contactId: other, purpose: 'seating', ground: 'CONTRACT' })
    await registry.ask('mutation { updatePurpose(key: "seating", input: { specialCategories: true }) { key } }')
    await refused(other, 'seating', 'SPECIAL_CATEGORY')
  })

  test('on the consent of a child under 16, unless a guardian gave it', async () => {
    const contactId = await registry.person({ birthDate: plusYears(inDays(1), -16).slice(0, 10) })
    const draft = { contactId, purpose: 'newsletter', ground: 'CONSENT' }
    expect((await registry.failRecord(draft)).faults).toEqual([
      expect.objectContaining({ field: 'byGuardian', rule: 'child' }),
    ])
    await registry.record({ ...draft, byGuardian: true })
    expect(await registry.rulesOf(contactId, 'newsletter')).toEqual([true, 'VALID_BASIS'])
    // That somebody is a child may show later.
    const other = await registry.create({ givenName: 'Young' })
    await registry.record({ ...draft, contactId: other.id })
    await registry.update({ id: other.id, version: other.version, birthDate: '2015-01-01' })
    await refused(other.id, 'newsletter', 'CHILD')
  })

  test('as a child, by what was known of their age at a moment', async () => {
    const contactId = await registry.person()
    const unknown = await untilNow()
    await registry.record({ contactId, purpose: 'phone', ground: 'CONSENT', givenAt: inDays(-9) })
    const recorded = await untilNow()
    await registry.ask(`mutation ($input: UpdateContactInput!) { updateContact(input: $input) { version } }`, {
      input: { id: contactId, version: 1, birthDate: inDays(-365 * 12).slice(0, 10) },
    })
    await refused(contactId, 'phone', 'CHILD')
    expect(await registry.rulesOf(contactId, 'phone', { at: recorded })).toEqual([false, 'CHILD'])
    expect(await registry.rulesOf(contactId, 'phone', { knownAt: recorded })).toEqual([true, 'VALID_BASIS'])
    expect(await registry.rulesOf(contactId, 'phone', { knownAt: unknown })).toEqual([false, 'NO_BASIS'])
    expect(await registry.rulesOf(contactId, 'phone', { knownAt: new Date().toISOString() })).toEqual([false, 'CHILD'])
  })

  test('on a renewal of what has ended', async () => {
    const contactId = await registry.person()
    const draft = { contactId, purpose: 'newsletter', ground: 'CONSENT' }
    const { id: basisId } = await registry.record({ ...draft, givenAt: inDays(-9), validUntil: inDays(1) })
    const renewed = await registry.renew.do({ contactId, basisId, validUntil: inDays(9) })
    expect(renewed).toMatchObject({ kind: 'RENEWED', basis: basisId })
    expect(await registry.rulesOf(contactId, 'newsletter', { at: inDays(8) })).toEqual([true, 'VALID_BASIS'])
    await registry.withdraw({ contactId, purpose: 'newsletter' })
    const { faults } = await registry.renew.fail({ contactId, basisId, validUntil: inDays(20) })
    expect(faults[0].rule).toBe('renewed_too_late')
  })
})

test('every rule is told in English and in German', async () => {
  const contactId = await registry.person()
  const query = `query ($id: ID!) { contact(id: $id) { mayProcess(purpose: "phone") {
    reasons { de: text(language: DE) en: text } } } }`
  const { contact } = await registry.ask(query, { id: contactId })
  expect(contact.mayProcess.reasons).toEqual([
    {
      de: 'Für diesen Zweck ist keine Rechtsgrundlage erfasst (Art. 6 Abs. 1 DSGVO).',
      en: 'No legal ground was recorded for this purpose (Art. 6(1) GDPR).',
    },
  ])
})

function plusYears(iso: string, years: number): string {
  const date = new Date(iso)
  date.setUTCFullYear(date.getUTCFullYear() + years)
  return date.toISOString()
}

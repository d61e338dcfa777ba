import { isRestricted, type Restricted } from './restriction.ts'
import type { Rule } from './rules.ts'
import { type Stretch, type Timeline, timelineOf } from './timeline.ts'
import { type LawEvent, type LawPurpose, lineOf, type Purposes } from './types.ts'

/** Why, with the events that decide; none where it is that there is none. */
export type Reason<E extends LawEvent = LawEvent> = { rule: Rule; events: E[] }

/** Whether a contact may be processed for a purpose, and why. */
export type Decision<E extends LawEvent = LawEvent> = { allowed: boolean; reasons: Reason<E>[] }

/** What is asked: for which purpose, at which moment, of whom, whose processing may be restricted. */
export type Question = {
  purpose: string
  at: Date
  birthDate: Date | null
  restrictions: readonly Restricted[]
}

/** Until this birthday, a consent needs whoever has parental responsibility (Art. 8(1) GDPR; Germany has no lower age). */
const ageOfConsent = 16

/** Decides, and says why: the law of this module. The SQL of basis.ts says the same for many contacts, at this moment. */
export function decide<E extends LawEvent>(
  events: readonly E[],
  purposes: Purposes,
  { purpose: key, at, birthDate, restrictions }: Question,
): Decision<E> {
  const purpose = purposes.get(key)
  if (!purpose) return { allowed: false, reasons: [{ rule: 'unknown_purpose', events: [] }] }
  if (purpose.retiredAt && purpose.retiredAt <= at) {
    return { allowed: false, reasons: [{ rule: 'purpose_retired', events: [] }] }
  }
  const past = until(events, at)
  const timeline = timelineOf(past, purposes, key)
  const holding = timeline.stretches.filter((one) => holdsAt(one, at))
  const judged = holding.map((one) => ({
    rule: flawOf(one, purpose, birthDate) ?? (isRestricted(restrictions, one, at) ? 'restricted' : undefined),
    events: [one.event, ...one.along],
  }))
  const sound = judged.filter(({ rule }) => rule === undefined)
  if (sound.length > 0) {
    return { allowed: true, reasons: sound.map((one) => ({ rule: 'valid_basis', events: one.events })) }
  }
  const reasons = [
    ...judged.flatMap(({ rule, events: own }) => (rule ? [{ rule, events: own }] : [])),
    ...whyNot(timeline, at, key),
    ...elsewhere(past, purposes, { purpose: key, at }),
  ]
  return { allowed: false, reasons: reasons.length > 0 ? together(reasons) : [{ rule: 'no_basis', events: [] }] }
}

/** Whether a stretch is one in which its ground holds, at a moment. */
export const holdsAt = ({ valid, from, until }: Stretch, at: Date): boolean =>
  valid && from <= at && (until === null || until > at)

/** What is wrong with a ground that holds, for this purpose and person. */
export function flawOf(stretch: Stretch, purpose: LawPurpose, birthDate: Date | null): Rule | undefined {
  if (!purpose.grounds.includes(stretch.ground)) return 'ground_not_allowed'
  if (purpose.specialCategories && stretch.specialGround === null) return 'special_category'
  if (stretch.ground === 'consent' && !stretch.byGuardian && isChild(birthDate, stretch.event.occurredAt))
    return 'child'
  return undefined
}

/** Whether somebody is too young to consent alone, at a moment. Who has no birth date here isn't known to be. */
export function isChild(birthDate: Date | null, at: Date): boolean {
  if (!birthDate) return false
  const birthday = new Date(birthDate)
  birthday.setUTCFullYear(birthday.getUTCFullYear() + ageOfConsent)
  return at < birthday
}

/** What had happened by then. What came later decides nothing before, but that something never counted. */
const until = <E extends LawEvent>(events: readonly E[], at: Date): E[] =>
  events.filter(({ kind, occurredAt }) => occurredAt <= at || kind === 'retracted')

/** Why nothing holds: what ended, what waits, what stands against it, what counted for nothing. */
function whyNot<E extends LawEvent>(timeline: Timeline<E>, at: Date, purpose: string): Reason<E>[] {
  const { stretches, ignored, pending, withdrawal, refusal, objection, marketing } = timeline
  const restricting = (by: E): Rule => {
    if (by.kind === 'refused') return 'refused'
    if (by.kind === 'withdrawn') return by.purposeKey === purpose ? 'withdrawn' : 'withdrawn_above'
    return marketing ? 'objection_prevails' : 'objected'
  }
  const reasons: Reason<E>[] = []
  // Of each ground, the newest statement decides.
  const newest = new Map(stretches.filter(({ valid }) => valid).map((one) => [one.ground, one]))
  for (const { event, along, from, until: end, endedBy } of newest.values()) {
    const itself = [event, ...along]
    if (endedBy) reasons.push({ rule: restricting(endedBy), events: [endedBy, ...itself] })
    else if (from > at) reasons.push({ rule: 'not_yet_valid', events: itself })
    else if (end && end <= at) reasons.push({ rule: 'lapsed', events: itself })
  }
  // Also where there was nothing that they could end.
  const consented = newest.get('consent')
  if (withdrawal && !consented) reasons.push({ rule: restricting(withdrawal), events: [withdrawal] })
  if (refusal && !consented) reasons.push({ rule: 'refused', events: [refusal] })
  if (objection) reasons.push({ rule: restricting(objection), events: [objection] })
  for (const { event, rule } of ignored) reasons.push({ rule, events: [event] })
  for (const event of pending) {
    const isOpen = event.confirmUntil === null || event.confirmUntil > at
    reasons.push({ rule: isOpen ? 'pending_confirmation' : 'not_confirmed', events: [event] })
  }
  return reasons
}

/** What holds for a purpose that this one is part of, or for a part of it. */
function elsewhere<E extends LawEvent>(
  events: readonly E[],
  purposes: Purposes,
  { purpose, at }: Pick<Question, 'purpose' | 'at'>,
): Reason<E>[] {
  const others = new Set(events.map(({ purposeKey }) => purposeKey))
  others.delete(purpose)
  const related = [...others].filter(
    (key) => lineOf(purposes, purpose).includes(key) || lineOf(purposes, key).includes(purpose),
  )
  const found = related.flatMap((key) =>
    timelineOf(events, purposes, key).stretches.flatMap((one) => (holdsAt(one, at) ? [one.event] : [])),
  )
  return found.length > 0 ? [{ rule: 'grant_not_inherited', events: found }] : []
}

/** One reason a rule, with all its events. */
function together<E extends LawEvent>(reasons: readonly Reason<E>[]): Reason<E>[] {
  const byRule = Map.groupBy(reasons, ({ rule }) => rule)
  return [...byRule].map(([rule, same]) => ({ rule, events: [...new Set(same.flatMap(({ events }) => events))] }))
}

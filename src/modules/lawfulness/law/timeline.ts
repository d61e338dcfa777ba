import type { LegalGround } from '#prisma/client.ts'
import type { Rule } from './rules.ts'
import { type LawEvent, lineOf, type Purposes } from './types.ts'

/** A time in which a ground holds, or, if not valid, in which a withdrawal or an objection stands against it. */
export type Stretch<E extends LawEvent = LawEvent> = {
  ground: LegalGround
  valid: boolean
  from: Date
  /** Exclusive; null: without end. Not after `from`: it never came to hold. */
  until: Date | null
  /** What it begins with. */
  event: E
  /** What else made it what it is: the request that was confirmed, and renewals. */
  along: E[]
  /** What ended it before its time. */
  endedBy?: E
  byGuardian: boolean
  specialGround: LawEvent['specialGround']
}

/** What follows from a contact's events for one purpose. */
export type Timeline<E extends LawEvent = LawEvent> = {
  /** In the order in which they were given. */
  stretches: Stretch<E>[]
  /** Requests that can still be confirmed. */
  pending: E[]
  /** What counts for nothing, and by which rule. */
  ignored: { event: E; rule: Rule }[]
  /** The newest withdrawal and objection, of the purpose itself or of what it is part of. */
  withdrawal?: E
  /** The newest refusal of consent, of the purpose itself: saying no goes down no tree, as there was nothing to end. */
  refusal?: E
  objection?: E
  /** It is direct marketing, or part of it. */
  marketing: boolean
}

const allGrounds: readonly LegalGround[] = [
  'consent',
  'contract',
  'legal_obligation',
  'vital_interests',
  'public_task',
  'legitimate_interests',
]

/** What an objection ends (Art. 21(1) GDPR). */
const objectionable: readonly LegalGround[] = ['public_task', 'legitimate_interests']

/** What depends on the person's will, so that no import brings it back, nor a rule. */
export const atWill: readonly LegalGround[] = ['consent', ...objectionable]

/**
 * The law, over time: goes through the events in the order in which they happened. Withdrawals and objections count for
 * all parts of the purpose that they were about, grants for that purpose alone.
 */
export function timelineOf<E extends LawEvent>(events: readonly E[], purposes: Purposes, purpose: string): Timeline<E> {
  const line = lineOf(purposes, purpose)
  const marketing = line.some((key) => purposes.get(key)?.directMarketing)
  const timeline: Timeline<E> = { stretches: [], pending: [], ignored: [], marketing }
  const { stretches } = timeline

  const isOpen = (stretch: Stretch<E>, at: Date) => stretch.until === null || stretch.until > at

  function end(ground: LegalGround, at: Date, by: E) {
    for (const stretch of stretches) {
      if (!stretch.valid || stretch.ground !== ground || !isOpen(stretch, at)) continue
      stretch.until = at > stretch.from ? at : stretch.from
      stretch.endedBy = by
    }
  }

  function bar(ground: LegalGround, by: E) {
    end(ground, by.occurredAt, by)
    const standing = stretches.find((one) => !one.valid && one.ground === ground && isOpen(one, by.occurredAt))
    if (standing) standing.until = null
    else stretches.push(stretchOf(by, { ground, valid: false, from: by.occurredAt, until: null }))
  }

  function refusalOf(event: E, ground: LegalGround, from: Date): Rule | undefined {
    const { objection, withdrawal, refusal } = timeline
    if (objection && marketing && ground !== 'consent') return 'objection_prevails'
    if (objection && objectionable.includes(ground) && !event.despiteObjection) return 'objected'
    if (event.importId === null) return undefined
    if ((objection || withdrawal) && atWill.includes(ground)) return 'import_fills_gaps'
    if (refusal && ground === 'consent') return 'import_fills_gaps'
    const until = event.validUntil
    const taken = stretches.some(
      (one) =>
        one.valid &&
        one.ground === ground &&
        isOpen(one, from) &&
        (until === null || one.from < until) &&
        !isEmpty(one),
    )
    return taken ? 'import_fills_gaps' : undefined
  }

  function grant(event: E, request?: E) {
    const ground = event.ground ?? 'consent'
    const from = event.validFrom ?? event.occurredAt
    const rule = refusalOf(event, ground, from)
    if (rule) {
      timeline.ignored.push({ event, rule })
      return
    }
    end(ground, from, event)
    for (const one of stretches) {
      if (!one.valid && one.ground === ground && isOpen(one, from)) one.until = from
    }
    const stretch = stretchOf(event, { ground, valid: true, from, until: event.validUntil })
    if (request) {
      stretch.along.push(request)
      stretch.byGuardian ||= request.byGuardian
      stretch.specialGround ??= request.specialGround
    }
    stretches.push(stretch)
  }

  function confirm(event: E) {
    const request = timeline.pending.find(
      ({ id, confirmUntil }) => id === event.basisId && (confirmUntil === null || confirmUntil > event.occurredAt),
    )
    if (!request) {
      timeline.ignored.push({ event, rule: 'confirmation_without_request' })
      return
    }
    timeline.pending = timeline.pending.filter((one) => one !== request)
    grant(event, request)
  }

  /** No to one request leaves alone what was given before; no to the purpose doesn't. */
  function refuse(event: E) {
    timeline.refusal = event
    timeline.pending = timeline.pending.filter(({ id }) => event.basisId !== null && id !== event.basisId)
    if (event.basisId === null) bar('consent', event)
  }

  function renew(event: E) {
    const stretch = stretches.find((one) => one.valid && one.event.id === event.basisId)
    if (!stretch || stretch.endedBy || !isOpen(stretch, event.occurredAt)) {
      timeline.ignored.push({ event, rule: 'renewed_too_late' })
      return
    }
    stretch.until = event.validUntil
    stretch.along.push(event)
    // At most until what was given meanwhile begins.
    for (const next of stretches) {
      if (next === stretch || !next.valid || next.ground !== stretch.ground || isEmpty(next)) continue
      if (next.from >= event.occurredAt && isOpen(stretch, next.from)) {
        stretch.until = next.from
        stretch.endedBy = next.event
      }
    }
  }

  for (const event of inOrder(events, purpose, line)) {
    if (event.kind === 'given') grant(event)
    else if (event.kind === 'requested') timeline.pending.push(event)
    else if (event.kind === 'confirmed') confirm(event)
    else if (event.kind === 'refused') refuse(event)
    else if (event.kind === 'renewed') renew(event)
    else if (event.kind === 'withdrawn') {
      timeline.withdrawal = event
      timeline.pending = []
      bar('consent', event)
    } else if (event.kind === 'objected') {
      timeline.objection = event
      if (marketing) timeline.pending = []
      for (const ground of marketing ? allGrounds : objectionable) bar(ground, event)
    }
  }
  return timeline
}

/** It never came to hold. */
export const isEmpty = ({ from, until }: Stretch): boolean => until !== null && until <= from

/** Whether it ends, or has ended, by itself. */
export const expires = ({ valid, until, endedBy }: Stretch): boolean => valid && until !== null && !endedBy

function stretchOf<E extends LawEvent>(
  event: E,
  times: Pick<Stretch, 'ground' | 'valid' | 'from' | 'until'>,
): Stretch<E> {
  return { ...times, event, along: [], byGuardian: event.byGuardian, specialGround: event.specialGround }
}

/** What counts for a purpose, as it happened; of what happened at once, as it was recorded. */
function inOrder<E extends LawEvent>(events: readonly E[], purpose: string, line: readonly string[]): E[] {
  const retracted = new Set(events.flatMap(({ kind, basisId }) => (kind === 'retracted' && basisId ? [basisId] : [])))
  return events
    .filter(({ kind, purposeKey, id }) => {
      if (retracted.has(id)) return false
      return purposeKey === purpose || ((kind === 'withdrawn' || kind === 'objected') && line.includes(purposeKey))
    })
    .sort(
      (one, other) =>
        one.occurredAt.getTime() - other.occurredAt.getTime() ||
        one.recordedAt.getTime() - other.recordedAt.getTime() ||
        (one.id < other.id ? -1 : 1),
    )
}

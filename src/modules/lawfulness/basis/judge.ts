import { invalidInput } from '../../../graphql/errors.ts'
import { flawOf } from '../law/decide.ts'
import { type Rule, rules } from '../law/rules.ts'
import { timelineOf } from '../law/timeline.ts'
import type { NewEvent } from './append.ts'
import type { Stage } from './stage.ts'

/** Asks the law itself: with this event added, does it count, and has the ground a flaw? Throws INVALID_INPUT with the rule. */
export function refuseFlawed({ contact, events, purposes }: Stage, { id = '', ...event }: NewEvent) {
  const bare = {
    validFrom: null,
    validUntil: null,
    confirmUntil: null,
    basisId: null,
    specialGround: null,
    importId: null,
  }
  const assumed = {
    ...bare,
    byGuardian: false,
    despiteObjection: false,
    ground: null,
    ...event,
    id,
    recordedAt: new Date(),
  }
  const timeline = timelineOf([...events, assumed], purposes, event.purposeKey)
  const ignored = timeline.ignored.find((one) => one.event.id === id)
  if (ignored) throw refusal(ignored.rule)
  const stretch = timeline.stretches.find((one) => one.valid && one.event.id === id)
  const purpose = purposes.get(event.purposeKey)
  const flaw = stretch && purpose && flawOf(stretch, purpose, contact.birthDate)
  if (flaw) throw refusal(flaw)
}

const places: Partial<Record<Rule, string>> = {
  ground_not_allowed: 'ground',
  objected: 'ground',
  objection_prevails: 'ground',
  special_category: 'specialGround',
  child: 'byGuardian',
  confirmation_without_request: 'requestId',
  renewed_too_late: 'basisId',
}

/** INVALID_INPUT with the rule of the law that is in the way, at the field that it is about. */
export const refusal = (rule: Rule, field = places[rule] ?? 'ground') =>
  invalidInput([{ field, message: rules[rule].en, rule }])

import type { LawfulBasisEvent } from '#prisma/client.ts'
import type { Context } from '../../../graphql/context.ts'
import { addDuration } from '../duration.ts'
import { type Decision, decide, flawOf, holdsAt } from '../law/decide.ts'
import { type Restricted, restrictionsKnownAt } from '../law/restriction.ts'
import { type Stretch, timelineOf } from '../law/timeline.ts'
import type { Purposes } from '../law/types.ts'
import { birthDateKnownAt } from './birth-date.ts'
import { eventsOf, registerOf, restrictionsOf } from './loaders.ts'
import { lastUsesOf } from './uses.ts'

/** A contact, as far as the law looks at it. */
export type Person = { id: string; birthDate: Date | null }

/** What holds about a contact at one moment, by what was known at another. */
export type Lawfulness = {
  contact: Person
  /** The first moment; now, unless it was asked for. */
  at: Date
  /** Both, as they were asked for. */
  asked: Moments
  purposes: Purposes
  /** What was recorded by then, but for uses. */
  events: LawfulBasisEvent[]
  /** When processing was restricted, as it was known by then. */
  restrictions: Restricted[]
}

/** A ground that holds. */
export type HoldingBasis = Stretch<LawfulBasisEvent> & {
  contactId: string
  purpose: string
  at: Date
  knownAt: Date | null
}

type Moments = { at?: Date | null | undefined; knownAt?: Date | null | undefined }

/** What holds about a contact: at this moment and by what is known now, unless another is asked for. */
export async function lawfulnessOf(context: Context, contact: Person, asked: Moments): Promise<Lawfulness> {
  const { at, knownAt } = asked
  // What a purpose asked for is known as soon as it is so.
  const [moment] = [at, knownAt]
    .filter((one) => one instanceof Date)
    .toSorted((one, other) => one.getTime() - other.getTime())
  const [purposes, events, restrictions] = await Promise.all([
    registerOf(context, moment),
    eventsOf(context, contact.id),
    restrictionsOf(context, contact.id),
  ])
  const recorded = { at: at ?? new Date(), asked, purposes }
  if (!knownAt) return { ...recorded, contact, events, restrictions }
  const birthDate = await birthDateKnownAt(context, contact, knownAt)
  const known = events.filter(({ recordedAt }) => recordedAt <= knownAt)
  return {
    ...recorded,
    contact: { ...contact, birthDate },
    events: known,
    restrictions: restrictionsKnownAt(restrictions, knownAt),
  }
}

/** Whether the contact may be processed for a purpose then, and why. */
export const decisionOf = (
  { contact, at, purposes, events, restrictions }: Lawfulness,
  purpose: string,
): Decision<LawfulBasisEvent> => decide(events, purposes, { purpose, at, birthDate: contact.birthDate, restrictions })

/** The grounds that hold then, of every purpose. */
export function basesOf({ contact, at, asked, purposes, events }: Omit<Lawfulness, 'restrictions'>): HoldingBasis[] {
  const happened = events.filter(({ kind, occurredAt }) => occurredAt <= at || kind === 'retracted')
  return [...new Set(events.map(({ purposeKey }) => purposeKey))].toSorted().flatMap((key) => {
    const purpose = purposes.get(key)
    if (!purpose || (purpose.retiredAt && purpose.retiredAt <= at)) return []
    const { stretches } = timelineOf(happened, purposes, key)
    return stretches
      .filter((one) => holdsAt(one, at) && !flawOf(one, purpose, contact.birthDate))
      .map((one) => ({
        ...one,
        ...{ contactId: contact.id, purpose: key, at, knownAt: asked.knownAt ?? null },
      }))
  })
}

/** Whether the contact is held without any ground that is valid now. */
export const isWithoutBasis = (lawfulness: Lawfulness): boolean => basesOf(lawfulness).length === 0

/** The last use that was recorded of a ground. */
export const lastUseOf = async (
  context: Context,
  { contactId, at, knownAt, event }: HoldingBasis,
): Promise<Date | null> => (await lastUsesOf(context, contactId, { at, knownAt })).get(event.id) ?? null

/** Until when a consent has to be provable: so long from when it was given, and from each use (§ 7a(2) UWG). */
export function provableUntil({ event }: HoldingBasis, used: Date | null, { period }: { period: string }): Date {
  const given = event.occurredAt
  return addDuration(used && used > given ? used : given, period)
}

import { type LawfulBasisEvent, Prisma } from '#prisma/client.ts'
import type { Context } from '../../../graphql/context.ts'
import type { Moment } from '../../../graphql/scalars.ts'
import { type MaybePromise, whenThere } from '../../../maybe-promise.ts'
import { along } from '../../contacts/along.ts'
import { asDate } from '../../contacts/reading.ts'
import { addDuration } from '../duration.ts'
import { type Decision, decide, flawOf, holdsAt } from '../law/decide.ts'
import { type Restricted, restrictionsKnownAt } from '../law/restriction.ts'
import { type Stretch, timelineOf } from '../law/timeline.ts'
import type { Purposes } from '../law/types.ts'
import { birthDateKnownAt } from './birth-date.ts'
import { holding } from './condition.ts'
import { eventsOf, registerOf, restrictionsOf } from './loaders.ts'
import { lastUsesOf } from './uses.ts'

/** A contact, as far as the law looks at it. */
export type Person = { id: string; birthDate: Date | null }

/** Which moment is asked about, and by what was known at which one. */
export type Moments = { at?: Date | null | undefined; knownAt?: Date | null | undefined }

/** What holds about a contact at one moment, by what was known at another. */
export type Lawfulness = {
  contact: Person
  /** The first moment; now, unless it was asked for. */
  at: Date
  /** Both, as they were asked for. */
  asked: Moments
}

/** What decides it. */
export type Facts = Lawfulness & {
  purposes: Purposes
  /** What was recorded by then, but for uses. */
  events: LawfulBasisEvent[]
  /** When processing was restricted, as it was known by then. */
  restrictions: Restricted[]
}

/** A ground that holds. */
export type HoldingBasis = Pick<Stretch, 'ground' | 'from' | 'until' | 'specialGround' | 'byGuardian'> & {
  contactId: string
  purpose: string
  /** What it begins with. */
  event: Pick<LawfulBasisEvent, 'id' | 'occurredAt'>
  at: Date
  knownAt: Date | null
}

/** The same as fields show it, whose moments may be text. */
export type ShownBasis = Omit<HoldingBasis, 'from' | 'until'> & { from: Moment; until: Moment | null }

/** What is asked about a contact: this moment and by what is known now, unless another is asked for. */
export const lawfulnessOf = (contact: Person, asked: Moments): Lawfulness => ({
  contact,
  at: asked.at ?? new Date(),
  asked,
})

// Several fields may ask.
const known = new WeakMap<Lawfulness, Promise<Facts>>()

/** What decides it, read for many in one statement. */
export function factsOf(context: Context, lawfulness: Lawfulness): Promise<Facts> {
  const facts = known.get(lawfulness) ?? readFacts(context, lawfulness)
  known.set(lawfulness, facts)
  return facts
}

async function readFacts(context: Context, { contact, at, asked }: Lawfulness): Promise<Facts> {
  const { knownAt } = asked
  // What a purpose asked for is known as soon as it is so.
  const [moment] = [asked.at, knownAt]
    .filter((one) => one instanceof Date)
    .toSorted((one, other) => one.getTime() - other.getTime())
  const [purposes, events, restrictions] = await Promise.all([
    registerOf(context, moment),
    eventsOf(context, contact.id),
    restrictionsOf(context, contact.id),
  ])
  if (!knownAt) return { contact, at, asked, purposes, events, restrictions }
  const birthDate = await birthDateKnownAt(context, contact, knownAt)
  return {
    ...{ contact: { ...contact, birthDate }, at, asked, purposes },
    events: events.filter(({ recordedAt }) => recordedAt <= knownAt),
    restrictions: restrictionsKnownAt(restrictions, knownAt),
  }
}

/** Whether the contact may be processed for a purpose then, and why. */
export const decisionOf = (
  { contact, at, purposes, events, restrictions }: Facts,
  purpose: string,
): Decision<LawfulBasisEvent> => decide(events, purposes, { purpose, at, birthDate: contact.birthDate, restrictions })

/** The grounds that hold now come along with the contact, from the periods that each change of events makes anew. */
export const currentBases = along<Current>('bases', {
  columns: {
    purpose: Prisma.sql`p.purpose_key`,
    ground: Prisma.sql`p.ground`,
    from: Prisma.sql`p.valid_from`,
    until: Prisma.sql`p.valid_until`,
    specialGround: Prisma.sql`p.special_ground`,
    byGuardian: Prisma.sql`p.by_guardian`,
    eventId: Prisma.sql`p.event_id`,
    givenAt: { sql: Prisma.sql`p.given_at`, read: asDate },
  },
  always: ['purpose'],
  rows: holding,
})

type Current = Pick<ShownBasis, 'purpose' | 'ground' | 'from' | 'until' | 'specialGround' | 'byGuardian'> & {
  eventId: string
  givenAt: Date
}

/** The grounds that hold, of every purpose: now by their periods, at other moments by what was recorded. */
export function holdingBases(context: Context, lawfulness: Lawfulness): MaybePromise<ShownBasis[]> {
  const { contact, at, asked } = lawfulness
  if (asked.at || asked.knownAt) return factsOf(context, lawfulness).then(basesOf)
  return whenThere(currentBases.of(context, contact), (found) =>
    found.map(({ purpose, ground, from, until, specialGround, byGuardian, eventId, givenAt }) => ({
      contactId: contact.id,
      purpose,
      ground,
      from,
      until,
      specialGround,
      byGuardian,
      event: { id: eventId, occurredAt: givenAt },
      at,
      knownAt: null,
    })),
  )
}

/** The grounds that hold then, of every purpose, by what was recorded. */
export function basesOf({ contact, at, asked, purposes, events }: Omit<Facts, 'restrictions'>): HoldingBasis[] {
  const happened = events.filter(({ kind, occurredAt }) => occurredAt <= at || kind === 'retracted')
  return [...new Set(events.map(({ purposeKey }) => purposeKey))].toSorted().flatMap((key) => {
    const purpose = purposes.get(key)
    if (!purpose || (purpose.retiredAt && purpose.retiredAt <= at)) return []
    const { stretches } = timelineOf(happened, purposes, key)
    return stretches
      .filter((one) => holdsAt(one, at) && !flawOf(one, purpose, contact.birthDate))
      .map(({ ground, from, until, specialGround, byGuardian, event }) => ({
        ...{ ground, from, until, specialGround, byGuardian, event },
        ...{ contactId: contact.id, purpose: key, at, knownAt: asked.knownAt ?? null },
      }))
  })
}

/** The last use that was recorded of a ground. */
export const lastUseOf = async (
  context: Context,
  { contactId, at, knownAt, event }: ShownBasis,
): Promise<Date | null> => (await lastUsesOf(context, contactId, { at, knownAt })).get(event.id) ?? null

/** Until when a consent has to be provable: so long from when it was given, and from each use (§ 7a(2) UWG). */
export function provableUntil(
  { event }: Pick<ShownBasis, 'event'>,
  used: Date | null,
  { period }: { period: string },
): Date {
  const given = event.occurredAt
  return addDuration(used && used > given ? used : given, period)
}

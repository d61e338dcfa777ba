import { Prisma } from '#prisma/client.ts'
import type { Database } from '../../../database/client.ts'
import type { Transaction } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import type { Stretch } from './timeline.ts'
import type { LawEvent } from './types.ts'

// Restriction of processing (Art. 18 GDPR): as long as it is in force, data are stored, and nothing else is done with them, but for
// what Art. 18(2) excepts.

/** A time in which the processing of a contact's data is restricted; `until` is exclusive, null: it is in force. */
export type Restricted = { from: Date; until: Date | null }

type Tables = 'subjectRequest' | 'retentionRestriction'
type Asker = Pick<Transaction, Tables> | Pick<Database, Tables>

/** Whose processing is restricted, by the modules that know of it. */
export type Restriction = {
  /** Who may write this right sees them all the same, to answer what they ask for (Art. 12 GDPR). */
  answeredBy: string
  /** Whom it is in force for: `SELECT contact_id, since`. */
  inForce: Prisma.Sql
  /** When it was, of some contacts, by contact. One statement. */
  of: (tx: Asker, contactIds: readonly string[]) => Promise<ReadonlyMap<string, readonly Restricted[]>>
}

/** When the processing of some contacts was restricted, by contact. */
export async function readRestrictions(
  tx: Asker,
  { restrictions = [] }: Pick<WorkContext, 'restrictions'>,
  contactIds: readonly string[],
): Promise<Map<string, Restricted[]>> {
  const found = new Map<string, Restricted[]>()
  // One after the other: a transaction takes one statement at a time.
  for (const { of } of restrictions) {
    for (const [id, own] of await of(tx, contactIds)) found.set(id, [...(found.get(id) ?? []), ...own])
  }
  return found
}

/** What was known of them at a moment. */
export const restrictionsKnownAt = (restrictions: readonly Restricted[], knownAt: Date): Restricted[] =>
  restrictions
    .filter(({ from }) => from <= knownAt)
    .map(({ from, until }) => ({ from, until: until && until <= knownAt ? until : null }))

// For claims at law, and reasons of important public interest: stated with the ground, in the words of Art. 9(2) GDPR.
const excepted = ['legal_claims', 'substantial_public_interest'] as const

/**
 * Whether a restriction stands against a ground at a moment: not against consent that was given since, nor where the ground was
 * stated to be for legal claims or an important public interest (Art. 18(2) GDPR).
 */
export function isRestricted(
  restrictions: readonly Restricted[],
  stretch: Pick<Stretch, 'ground' | 'specialGround'> & { event: Pick<LawEvent, 'occurredAt'> },
  at: Date,
): boolean {
  const { ground, specialGround, event } = stretch
  if (excepted.some((one) => one === specialGround)) return false
  return restrictions.some(
    ({ from, until }) =>
      from <= at && (until === null || until > at) && !(ground === 'consent' && event.occurredAt >= from),
  )
}

/** The same of a period `p`, for those of `inForce`, which may be none. */
export const despiteRestriction = (inForce: Prisma.Sql): Prisma.Sql => Prisma.sql`(
  p.special_ground IN (${Prisma.join(excepted.map((one) => Prisma.sql`${one}::special_ground`))})
  OR (p.ground = 'consent' AND p.given_at >= (SELECT max(r.since) FROM (${inForce}) r WHERE r.contact_id = p.contact_id)))`

import { Prisma } from '#prisma/client.ts'
import type { Context } from '../../../graphql/context.ts'
import { hasBasis, isBound, seenAmong } from '../../contacts/sight.ts'
import type { ToldChange } from '../changes/kinds.ts'

/** A change with its place among all. */
export type FedChange = ToldChange & { position: bigint }

/** A change as one caller is told of it. `ended`: they don't see the contact any more, and hear that it ended, alone. */
export type Heard = FedChange & { ended: boolean }

/**
 * What a caller hears of these changes. Who is bound to purposes hears of contacts that they see, and of those that they have
 * ceased to see, that it ended: somebody who works with what they read must know when they have to stop.
 */
export async function heardOf(context: Context, changes: readonly FedChange[]): Promise<Heard[]> {
  const all = changes.map((change) => ({ ...change, ended: false }))
  if (!isBound(context) || changes.length === 0) return all
  const seen = await seenAmong(context.database, context, [...new Set(changes.map(({ contactId }) => contactId))])
  const unseen = changes.filter(({ contactId, valid }) => !valid && !seen.has(contactId))
  const endings = await endingsAmong(context, unseen)
  return all.flatMap((change) => {
    if (seen.has(change.contactId)) return change
    return endings.has(change.id) ? { ...change, ...nothingMore(change), ended: true } : []
  })
}

/** When it was noted here, and not what happened when. */
const nothingMore = ({ recordedAt }: ToldChange) => ({
  ground: null,
  occurredAt: recordedAt,
  since: recordedAt,
  until: null,
})

/** Of a change `e`: whether the contact was allowed to be processed for its purpose before, and is not after it. */
const isEnd = Prisma.sql`NOT e.is_valid AND (
  SELECT p.is_valid AND coalesce(p.since, p.recorded_at) <= e.recorded_at FROM consent_change p
  WHERE p.contact_id = e.contact_id AND p.purpose_key = e.purpose_key AND p.position < e.position
    AND p.transaction_id <> e.transaction_id ORDER BY p.position DESC LIMIT 1)`

/**
 * Those of the changes that ended something about a contact that the caller saw before: of each set of purposes that they are
 * bound to, one is still allowed, or ended no earlier. One statement.
 */
async function endingsAmong(context: Context, changes: readonly FedChange[]): Promise<Set<string>> {
  const sets = context.rights.purposes
  const concerned = changes.filter(({ purposeKey }) => sets.some((purposes) => purposes.includes(purposeKey)))
  if (concerned.length === 0) return new Set()
  const were = sets.map(
    (purposes) => Prisma.sql`(${hasBasis(context, purposes)} OR EXISTS (
      SELECT FROM consent_change e WHERE e.contact_id = h.contact_id AND e.position >= h.position
        AND e.purpose_key = ANY(${[...purposes]}::text[]) AND ${isEnd}))`,
  )
  const rows = await context.database.$queryRaw<{ id: string }[]>`
    SELECT e.id FROM consent_change e JOIN consent_change h ON h.contact_id = e.contact_id AND h.id = e.id
    JOIN contact c ON c.contact_id = e.contact_id
    WHERE e.contact_id = ANY(${concerned.map(({ contactId }) => contactId)}::uuid[])
      AND e.id = ANY(${concerned.map(({ id }) => id)}::uuid[]) AND ${isEnd} AND ${Prisma.join(were, ' AND ')}`
  return new Set(rows.map(({ id }) => id))
}

import type { ReportReaction } from '#prisma/client.ts'
import { Prisma } from '#prisma/client.ts'
import type { Database } from '../../../database/client.ts'
import type { Transaction } from '../../../database/transact.ts'
import type { Context } from '../../../graphql/context.ts'
import { judged } from './judge.ts'
import { kindOf, type SkipReason } from './kinds.ts'

/** How many are done in one unit of work. */
export const batch = 100

/** With whom it is to be done; and if not, why. */
export type Subject = {
  contactId: string
  id: string
  basisId: string | null
  purposeKey: string | null
  reason: SkipReason | null
}

/** The next with whom it is to be done, judged as things stand now: who renewed a minute ago is left alone. */
export const nextSubjects = (
  tx: Pick<Database, '$queryRaw'> | Pick<Transaction, '$queryRaw'>,
  context: Context,
  reaction: ReportReaction,
): Promise<Subject[]> =>
  tx.$queryRaw<Subject[]>`
    SELECT j.contact_id AS "contactId", j.id, j.basis_id AS "basisId", j.purpose_key AS "purposeKey", j.reason
    FROM (${judged({ context, kind: kindOf(reaction), id: reaction.id }, nextOf(reaction.id))}) j ORDER BY j.contact_id, j.id`

const nextOf = (id: string) => Prisma.sql`
  SELECT t.contact_id, t.id, t.basis_id, t.purpose_key FROM report_reaction_subject t WHERE t.reaction_id = ${id}::uuid
  ORDER BY t.contact_id, t.id LIMIT ${batch}`

/** Notes, in the unit of work that did it, with whom it was done, and with whom not. */
export async function settle(tx: Transaction, { id }: ReportReaction, subjects: readonly Subject[]): Promise<void> {
  const contactId = { in: subjects.map((subject) => subject.contactId) }
  const own = { in: subjects.map((subject) => subject.id) }
  const { count: gone } = await tx.reportReactionSubject.deleteMany({ where: { contactId, id: own, reactionId: id } })
  if (gone !== subjects.length) throw new Error('somebody else is at it, or it was called off')
  await count(tx, id, subjects)
}

/** Adds to what was counted. */
export async function count(tx: Transaction, id: string, subjects: readonly Pick<Subject, 'reason'>[]): Promise<void> {
  const { changed, skipped } = await tx.reportReactionWork.findUniqueOrThrow({ where: { id } })
  const counts = countsIn(skipped)
  for (const { reason } of subjects) if (reason) counts[reason] = (counts[reason] ?? 0) + 1
  const done = subjects.filter(({ reason }) => reason === null).length
  await tx.reportReactionWork.update({ where: { id }, data: { changed: changed + done, skipped: counts } })
}

/** Counts by reason, as they are stored. */
export const countsIn = (stored: unknown): Record<string, number> =>
  Object.fromEntries(Object.entries(Object(stored)).map(([reason, number]) => [reason, Number(number)]))

/** Notes that a reaction is over, with what came of it. */
export async function finish(
  tx: Transaction,
  { id }: Pick<ReportReaction, 'id'>,
  outcome: { state: 'done' | 'failed' | 'cancelled'; fault?: string; erasureId?: string },
): Promise<void> {
  const work = await tx.reportReactionWork.findUnique({ where: { id } })
  if (!work) return
  const data = { changed: work.changed, skipped: countsIn(work.skipped), finishedAt: new Date(), ...outcome }
  await tx.reportReaction.update({ where: { id }, data })
  await tx.reportReactionSubject.deleteMany({ where: { reactionId: id } })
  await tx.reportReactionWork.delete({ where: { id } })
}

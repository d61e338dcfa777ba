import { v7 as uuidv7 } from 'uuid'
import { Prisma, type ReportReaction } from '#prisma/client.ts'
import type { Claimed } from '../../../database/lease-queue.ts'
import { type Transaction, transact } from '../../../database/transact.ts'
import type { Context, WorkContext } from '../../../graphql/context.ts'
import { LetheError } from '../../../graphql/errors.ts'
import { registerSet } from '../../erasure/request.ts'
import { renewLawfulBasis } from '../../lawfulness/basis/record.ts'
import { byHand } from '../../retention/rules/restriction.ts'
import { contextOf } from '../reader.ts'
import { askAgain } from './ask.ts'
import { judged } from './judge.ts'
import { kindOf, rightsFor, type SkipReason, type Wish, wishIn } from './kinds.ts'
import { subjectsOf } from './order.ts'
import { reactionWork } from './queue.ts'
import { batch, count, finish, nextSubjects, type Subject, settle } from './subjects.ts'

/** It is over, or another process is at it: this one was too slow. */
export class NotOurs extends Error {}

/**
 * Does what is left of a reaction, some at a time, by the rights that whoever asked for it has then. It can be broken off anywhere, and goes
 * on where it was. Throws FORBIDDEN when they lack a right by now, or may not sign in any more.
 */
export async function performReaction(work: Omit<WorkContext, 'requestId'>, claimed: Claimed): Promise<void> {
  const reaction = await work.database.reportReaction.findUniqueOrThrow({ where: { id: claimed.id } })
  const step = steps[kindOf(reaction)]
  let over = false
  while (!over) {
    work.signal?.throwIfAborted()
    if (!(await reactionWork.renew(work.database, claimed))) throw new NotOurs()
    over = await step(await actingContext(work, reaction), reaction)
  }
}

/** Does some of it. Returns whether that was all. */
type Step = (context: Context, reaction: ReportReaction) => Promise<boolean>

const steps: Readonly<Record<ReturnType<typeof kindOf>, Step>> = {
  renew: inBatches(async (context, _tx, subjects, wish) => {
    const outcomes: Subject[] = []
    for (const subject of subjects) outcomes.push({ ...subject, reason: await renew(context, subject, wish) })
    return outcomes
  }),
  ask_for_consent: askSome,
  restrict: inBatches(async (_context, tx, subjects) => {
    const rows = subjects.map(({ contactId }) => ({ contactId, id: uuidv7(), ruleKey: byHand, since: new Date() }))
    if (rows.length > 0) await tx.retentionRestriction.createMany({ data: rows })
    return subjects
  }),
  lift_restriction: inBatches(async (_context, tx, subjects) => {
    const where = { contactId: { in: subjects.map(({ contactId }) => contactId) }, ruleKey: byHand, endedAt: null }
    if (subjects.length > 0) await tx.retentionRestriction.updateMany({ where, data: { endedAt: new Date() } })
    return subjects
  }),
  erase: eraseAll,
}

/** Looked at anew for each batch: what is taken from somebody takes effect at once. */
async function actingContext(work: Omit<WorkContext, 'requestId'>, reaction: ReportReaction): Promise<Context> {
  const context = await contextOf(work, reaction.userId, reaction.requestId)
  if (!context) throw new LetheError('FORBIDDEN', 'Whoever asked for it may not sign in any more.')
  const missing = ['reports.reactions', ...rightsFor[kindOf(reaction)]].find((right) => !context.rights.canWrite(right))
  if (missing) throw new LetheError('FORBIDDEN', `Whoever asked for it may not write "${missing}" any more.`)
  return context
}

/** A step that does it with a batch in one unit of work: killed at any moment, it is done with each once. */
function inBatches(
  act: (context: Context, tx: Transaction, subjects: readonly Subject[], wish: Wish) => Promise<readonly Subject[]>,
): Step {
  return (context, reaction) =>
    transact(context, 'reactToReport', async (tx) => {
      const found = await nextSubjects(tx, context, reaction)
      const sound = found.filter(({ reason }) => reason === null)
      const outcomes = await act({ ...context, within: tx }, tx, sound, wishIn(reaction.wish))
      await settle(tx, reaction, [...found.filter(({ reason }) => reason !== null), ...outcomes])
      if (found.length === batch) return false
      await finish(tx, reaction, { state: 'done' })
      return true
    })
}

/** Why it can't be renewed; null: it is. */
async function renew(context: Context, { contactId, basisId }: Subject, wish: Wish): Promise<SkipReason | null> {
  const validUntil = wish.validUntil === undefined ? undefined : new Date(wish.validUntil)
  try {
    await renewLawfulBasis(context, { contactId, basisId: basisId ?? '', validUntil, source: wish.reason })
    return null
  } catch (error) {
    // The law refuses before anything is written.
    if (error instanceof LetheError && error.code === 'INVALID_INPUT') return 'refused'
    if (error instanceof LetheError && error.code === 'NOT_FOUND') return 'gone'
    throw error
  }
}

/** One by one: each mail is asked for in a unit of work of its own, with a key by which it is asked for once. */
async function askSome(context: Context, reaction: ReportReaction): Promise<boolean> {
  const found = await nextSubjects(context.database, context, reaction)
  for (const subject of found) {
    context.signal?.throwIfAborted()
    const reason = subject.reason ?? (await askAgain(context, reaction, subject))
    await transact(context, 'reactToReport', (tx) => settle(tx, reaction, [{ ...subject, reason }]))
  }
  if (found.length === batch) return false
  await transact(context, 'reactToReport', (tx) => finish(tx, reaction, { state: 'done' }))
  return true
}

/** All at once, as one set: it is approved, executed or refused as one. */
function eraseAll(context: Context, reaction: ReportReaction): Promise<boolean> {
  return transact(context, 'reactToReport', async (tx) => {
    const ground = wishIn(reaction.wish).ground ?? 'no_longer_needed'
    const all = judged({ context, kind: 'erase' }, subjectsOf(reaction.id))
    const found = await tx.$queryRaw<{ reason: SkipReason | null; count: number }[]>`
      SELECT j.reason, count(*)::int AS count FROM (${all}) j GROUP BY 1`
    const would = found.find(({ reason }) => reason === null)?.count ?? 0
    const chosen = Prisma.sql`SELECT j.contact_id FROM (${all}) j WHERE j.reason IS NULL`
    const wish = { ground, categories: null, related: {} }
    const erasure = would > 0 ? await registerSet(tx, context, wish, chosen) : undefined
    for (const { reason, count: number } of found)
      await count(
        tx,
        reaction.id,
        Array.from({ length: number }, () => ({ reason })),
      )
    await finish(tx, reaction, { state: 'done', ...(erasure && { erasureId: erasure.id }) })
    return true
  })
}

import type { ReportReaction } from '#prisma/client.ts'
import { transact } from '../../../database/transact.ts'
import type { Context } from '../../../graphql/context.ts'
import { LetheError, notFound } from '../../../graphql/errors.ts'
import { isBound } from '../../contacts/sight.ts'
import { userOf } from '../saved/find.ts'
import { finish } from './subjects.ts'

// Whoever had it done sees how far it is, and who reads the log of all contacts: to others, counts would tell of contacts that they don't see.

const mostListed = 200

/** A reaction that the caller sees; null if there is none. */
export async function findReaction(context: Context, id: string): Promise<ReportReaction | null> {
  const seen = seenBy(context)
  return seen && context.database.reportReaction.findFirst({ where: { id, ...seen } })
}

/** Those that the caller sees, the newest first. */
export async function listReactions(context: Context): Promise<ReportReaction[]> {
  const where = seenBy(context)
  if (!where) return []
  return context.database.reportReaction.findMany({ where, orderBy: { id: 'desc' }, take: mostListed })
}

function seenBy(context: Context): { userId?: string } | null {
  const userId = userOf(context)
  if (userId === null) return null
  return !isBound(context) && context.rights.canRead('audit.log') ? {} : { userId }
}

/** Calls off what is not done of a reaction; what was done stays. Throws NOT_FOUND; CONFLICT when it is over. */
export async function cancelReaction(context: Context, id: string): Promise<ReportReaction> {
  return transact(context, 'cancelReportReaction', async (tx) => {
    const reaction = await tx.reportReaction.findUnique({ where: { id } })
    // Who only sees it has the log, and no say.
    if (!reaction || reaction.userId !== userOf(context)) throw notFound('ReportReaction')
    if (reaction.state !== 'queued') throw new LetheError('CONFLICT', `It is ${reaction.state} already.`)
    await finish(tx, reaction, { state: 'cancelled' })
    return tx.reportReaction.findUniqueOrThrow({ where: { id } })
  })
}

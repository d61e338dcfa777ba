import type { ReportReaction } from '#prisma/client.ts'
import type { Context } from '../../../graphql/context.ts'
import { follow } from '../../../graphql/follow.ts'
import { findReaction } from './find.ts'

/**
 * A reaction whenever it is further on, until it is over. Throws NOT_FOUND; FORBIDDEN or UNAUTHENTICATED when the rights are gone;
 * LIMIT_EXCEEDED.
 */
export const progressOf = (context: Context, id: string): Promise<AsyncIterableIterator<ReportReaction>> =>
  follow(context, {
    ...{ type: 'ReportReaction', right: 'reports.reactions' },
    look: async (now) => {
      const found = await findReaction(now, id)
      if (!found) return undefined
      const work = await now.database.reportReactionWork.findUnique({ where: { id } })
      const mark = JSON.stringify([found.state, work?.running, work?.changed, work?.skipped])
      return { value: found, mark, over: found.state !== 'queued' }
    },
  })

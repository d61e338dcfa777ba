import type { ReportFile } from '#prisma/client.ts'
import type { Context } from '../../../graphql/context.ts'
import { follow } from '../../../graphql/follow.ts'
import { findFile } from './find.ts'
import { filesRight } from './order.ts'

/**
 * A file whenever it is further on, until it is made. Throws NOT_FOUND; FORBIDDEN or UNAUTHENTICATED when the rights are gone;
 * LIMIT_EXCEEDED.
 */
export const progressOf = (context: Context, id: string): Promise<AsyncIterableIterator<ReportFile>> =>
  follow(context, {
    ...{ type: 'ReportFile', right: filesRight },
    look: async (now) => {
      const found = await findFile(now, id)
      if (!found) return undefined
      const work = await now.database.reportFileWork.findUnique({ where: { id } })
      const mark = `${found.state} ${work?.running} ${work?.rowsDone} ${work?.rowsTotal}`
      return { value: found, mark, over: found.state !== 'queued' }
    },
  })

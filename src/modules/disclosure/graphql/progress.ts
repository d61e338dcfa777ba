import type { AccessPackage } from '#prisma/client.ts'
import type { Context } from '../../../graphql/context.ts'
import { follow } from '../../../graphql/follow.ts'
import { findPackage, packagesRight } from '../packages.ts'

/**
 * A package whenever it is further on, until it is made. Throws NOT_FOUND; FORBIDDEN or UNAUTHENTICATED when the rights are gone;
 * LIMIT_EXCEEDED.
 */
export const progressOf = (context: Context, id: string): Promise<AsyncIterableIterator<AccessPackage>> =>
  follow(context, {
    ...{ type: 'AccessPackage', right: packagesRight },
    look: async (now) => {
      const found = await findPackage(now, id)
      if (!found) return undefined
      const work = await now.database.accessPackageWork.findFirst({ where: { id } })
      const mark = `${found.state} ${work?.building} ${work?.recordsDone} ${work?.recordsTotal}`
      return { value: found, mark, over: found.state !== 'queued' }
    },
  })

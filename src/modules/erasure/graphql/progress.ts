import type { Erasure } from '#prisma/client.ts'
import type { Context } from '../../../graphql/context.ts'
import { follow } from '../../../graphql/follow.ts'
import { findErasure } from '../find.ts'
import { subjectsOf } from './loaders.ts'

/**
 * An erasure whenever it is further on, until it isn't queued or executed any more. Throws NOT_FOUND; FORBIDDEN or UNAUTHENTICATED when the
 * rights are gone; LIMIT_EXCEEDED.
 */
export const progressOf = (context: Context, id: string): Promise<AsyncIterableIterator<Erasure>> =>
  follow(context, {
    ...{ type: 'Erasure', right: 'erasure.erasures' },
    look: async (now) => {
      const found = await findErasure(now, id)
      if (!found) return undefined
      const { left, held } = await subjectsOf(now, id)
      const over = found.state !== 'queued' && found.state !== 'executing'
      return { value: found, mark: `${found.state} ${left} ${held}`, over }
    },
  })

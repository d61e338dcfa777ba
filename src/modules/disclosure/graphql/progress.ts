import { setTimeout } from 'node:timers/promises'
import type { AccessPackage } from '#prisma/client.ts'
import type { Context } from '../../../graphql/context.ts'
import { forbiddenRead, LetheError, notFound } from '../../../graphql/errors.ts'
import { findPackage, packagesRight } from '../packages.ts'

const lookEvery = 1000

/**
 * A package whenever it is further on, until it is made. Rights and sight are looked at again each time. Throws NOT_FOUND; FORBIDDEN or
 * UNAUTHENTICATED when the rights are gone; LIMIT_EXCEEDED.
 */
export async function progressOf(context: Context, id: string): Promise<AsyncIterableIterator<AccessPackage>> {
  const { feed, actor } = context
  if (!feed) throw new LetheError('UNAVAILABLE', 'Nothing is told here.')
  if (!(await findPackage(context, id))) throw notFound('AccessPackage')
  const release = feed.admit(`${actor.kind} ${actor.id}`)
  const stop = new AbortController()
  const ended = context.signal ? AbortSignal.any([context.signal, stop.signal]) : stop.signal
  ended.addEventListener('abort', release, { once: true })
  const steps = follow()
  const told: AsyncIterableIterator<AccessPackage> = {
    [Symbol.asyncIterator]: () => told,
    next: () => steps.next(),
    return: async () => {
      stop.abort()
      await steps.return(undefined)
      return { done: true, value: undefined }
    },
  }
  return told

  async function* follow(): AsyncGenerator<AccessPackage, undefined> {
    let last = ''
    try {
      while (!ended.aborted && !feed?.closed) {
        await renewRights(context)
        const found = await findPackage(context, id)
        if (!found) return undefined
        const work = await context.database.accessPackageWork.findFirst({ where: { id } })
        const now = `${found.state} ${work?.building} ${work?.recordsDone} ${work?.recordsTotal}`
        if (now !== last) yield found
        last = now
        if (found.state !== 'queued') return undefined
        await setTimeout(lookEvery, undefined, { signal: ended }).catch(() => undefined) // It has ended.
      }
    } finally {
      release()
    }
    return undefined
  }
}

/** Takes over what the caller may by now. Throws UNAUTHENTICATED or FORBIDDEN. */
async function renewRights(context: Context) {
  const caller = await context.again?.()
  if (caller) Object.assign(context, { actor: caller.actor, rights: caller.rights })
  context.loaders = {}
  if (!context.rights.canRead(packagesRight)) throw forbiddenRead(packagesRight)
}

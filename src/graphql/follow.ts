import { setTimeout } from 'node:timers/promises'
import type { Context } from './context.ts'
import { forbiddenRead, LetheError, notFound } from './errors.ts'

const lookEvery = 1000

/** How far something is: what is told of it, a text that differs whenever that does, and whether it is over. */
export type Stage<T> = { value: T; mark: string; over: boolean }

type Followed<T> = {
  /** What it is called in errors. */
  type: string
  /** The right to read that it takes. */
  right: string
  /** How far it is; undefined: there is none that the caller sees. */
  look: (context: Context) => Promise<Stage<T> | undefined>
}

/**
 * Tells how far something is, whenever it is further on, until it is over. Rights and sight are looked at again each time. Throws NOT_FOUND;
 * FORBIDDEN or UNAUTHENTICATED when the rights are gone; LIMIT_EXCEEDED.
 */
export async function follow<T>(
  context: Context,
  { type, right, look }: Followed<T>,
): Promise<AsyncIterableIterator<T>> {
  const { feed, actor } = context
  if (!feed) throw new LetheError('UNAVAILABLE', 'Nothing is told here.')
  if (!(await look(context))) throw notFound(type)
  const release = await feed.admit(`${actor.kind} ${actor.id}`)
  const stop = new AbortController()
  const ended = context.signal ? AbortSignal.any([context.signal, stop.signal]) : stop.signal
  ended.addEventListener('abort', release, { once: true })
  if (ended.aborted) release() // Who subscribed left meanwhile.
  const steps = stages()
  const told: AsyncIterableIterator<T> = {
    [Symbol.asyncIterator]: () => told,
    next: () => steps.next(),
    return: async () => {
      stop.abort()
      await steps.return(undefined)
      return { done: true, value: undefined }
    },
  }
  return told

  async function* stages(): AsyncGenerator<T, undefined> {
    let last: string | undefined
    try {
      while (!ended.aborted && !feed?.closed) {
        await renewRights(context, right)
        const stage = await look(context)
        if (!stage) return undefined
        if (stage.mark !== last) yield stage.value
        last = stage.mark
        if (stage.over) return undefined
        await setTimeout(lookEvery, undefined, { signal: ended }).catch(() => undefined) // It has ended.
      }
    } finally {
      release()
    }
    return undefined
  }
}

/** Takes over what the caller may by now. Throws UNAUTHENTICATED or FORBIDDEN. */
async function renewRights(context: Context, right: string) {
  const caller = await context.again?.()
  if (caller) Object.assign(context, { actor: caller.actor, rights: caller.rights })
  context.loaders = {}
  if (!context.rights.canRead(right)) throw forbiddenRead(right)
}

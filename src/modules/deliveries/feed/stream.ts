import { Prisma } from '#prisma/client.ts'
import type { Context } from '../../../graphql/context.ts'
import { forbiddenRead, LetheError } from '../../../graphql/errors.ts'
import { cursorAt, cursorLost, type Place, placeIn } from './cursor.ts'
import type { ChangeFeed } from './feed.ts'
import { type FedChange, type Heard, heardOf } from './told.ts'

/** The right to hear of changes. */
export const changesRight = 'deliveries.changes'

/** A change as a subscriber gets it. */
export type StreamedChange = Heard & { cursor: string }

const atOnce = 100
// Where notifications should have told.
const lookAnywayAfter = 15_000

/**
 * What happens to legal grounds, from a cursor on or from now on, each change once and in one order for everybody. It reads on
 * when somebody takes what it has, so a slow reader costs no memory. Rights and sight are looked at again before each and
 * every second or two; when they are gone it ends with the error. Throws BAD_CURSOR, CURSOR_LOST, LIMIT_EXCEEDED.
 *
 * @param context Of this one subscription: it gets the rights that the caller has by then.
 */
export async function changesSince(
  context: Context,
  { after, purposes }: { after?: string | null | undefined; purposes?: readonly string[] | null | undefined },
): Promise<AsyncIterableIterator<StreamedChange>> {
  const { feed, signal, actor } = context
  if (!feed) throw new LetheError('UNAVAILABLE', 'Nothing is told here.')
  const from = after ? placeIn(after) : undefined
  const release = await feed.admit(`${actor.kind} ${actor.id}`)
  try {
    const newest = await feed.reach()
    if (from && (from.epoch !== newest.epoch || from.position > newest.position)) throw cursorLost()
    const stop = new AbortController()
    const ended = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal
    ended.addEventListener('abort', release, { once: true })
    if (ended.aborted) release() // Who subscribed left meanwhile.
    const changes = follow(context, feed, { ...newest, ...from, purposes: purposes ?? undefined, ended })
    const told: AsyncIterableIterator<StreamedChange> = {
      [Symbol.asyncIterator]: () => told,
      next: () => changes.next(),
      return: async () => {
        stop.abort()
        await changes.return(undefined)
        return { done: true, value: undefined }
      },
    }
    return told
  } catch (error) {
    release()
    throw error
  }

  async function* follow(
    context: Context,
    feed: ChangeFeed,
    place: Place & { purposes: readonly string[] | undefined; ended: AbortSignal },
  ): AsyncGenerator<StreamedChange, undefined> {
    const { epoch, purposes, ended } = place
    let { position } = place
    try {
      let known: { calls: number; newest: Place; at: number } | undefined
      while (!ended.aborted && !feed.closed) {
        const { calls } = feed
        const isFresh =
          known && feed.notified && known.calls === calls && performance.now() - known.at < lookAnywayAfter
        if (!known || !isFresh) known = { calls, newest: await feed.reach(), at: performance.now() }
        // What was lost may have been told, and other changes have its places now.
        if (known.newest.epoch !== epoch) throw cursorLost()
        const newest = known.newest.position
        while (position < newest && !ended.aborted && !feed.closed) {
          await renewRights(context)
          const batch = await readChanges(context, { after: position, until: newest, purposes })
          for (const change of await heardOf(context, batch)) {
            if (ended.aborted) return undefined
            await renewRights(context) // Whoever reads slowly may have lost them since.
            yield { ...change, cursor: cursorAt({ epoch, position: change.position }) }
          }
          position = batch.length === atOnce ? (batch.at(-1)?.position ?? newest) : newest
        }
        await renewRights(context)
        await feed.next(calls, ended)
      }
    } finally {
      release()
    }
    return undefined
  }
}

/** Takes over what the caller may by now. Throws UNAUTHENTICATED or FORBIDDEN when that isn't to hear of changes any more. */
async function renewRights(context: Context) {
  const caller = await context.again?.()
  if (caller) Object.assign(context, { actor: caller.actor, rights: caller.rights })
  context.loaders = {}
  if (!context.rights.canRead(changesRight)) throw forbiddenRead(changesRight)
}

const readChanges = (
  { database }: Context,
  { after, until, purposes }: { after: bigint; until: bigint; purposes: readonly string[] | undefined },
) =>
  database.$queryRaw<FedChange[]>`
    SELECT contact_id AS "contactId", id, kind::text AS kind, purpose_key AS "purposeKey", ground::text AS ground,
      is_valid AS valid, since, until, occurred_at AS "occurredAt", recorded_at AS "recordedAt", position
    FROM consent_change
    WHERE position > ${after} AND position <= ${until}
      AND ${purposes ? Prisma.sql`purpose_key = ANY(${purposes}::text[])` : Prisma.sql`true`}
    ORDER BY position LIMIT ${atOnce}`

import type pg from 'pg'
import type { Logger } from '../log.ts'
import { loggable } from '../log-error.ts'

/** Places of which there are so many, whichever process takes them. */
export type Places = {
  /**
   * Takes one of them. Returns what gives it back; undefined: all are taken. While the database does not answer, those count that this
   * process took.
   */
  take: (of: string, most: number) => Promise<(() => void) | undefined>
  /** Takes them anew, after the session was lost. What somebody else has taken meanwhile is theirs, too. */
  retake: () => Promise<void>
}

/**
 * Counts over all processes, by locks of a session that stays open: who ends, however that happens, has given all back.
 *
 * @param session Not by way of a pooler. Undefined: there is none at the moment. Default: this process counts by itself.
 */
export function createPlaces(log: Logger, session: () => pg.Client | undefined = () => undefined): Places {
  const taken = new Set<string>()
  let latest: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = latest.then(work)
    latest = result.catch(() => undefined) // Told to who waits for it.
    return result
  }

  /** A session may take its own locks again, so those are left out, and one asks after the other. */
  async function takeFirst(of: string, most: number): Promise<(() => void) | undefined> {
    const free = Array.from({ length: most }, (_, index) => `${of} ${index}`).filter((place) => !taken.has(place))
    const place = await firstFree(free)
    if (place === undefined) return undefined
    taken.add(place)
    return () => {
      if (!taken.delete(place)) return
      inTurn(() => ask(unlock, place)).catch(failed)
    }
  }
  async function firstFree(places: readonly string[]): Promise<string | undefined> {
    if (places.length === 0) return undefined
    const rows = await ask(lockFirst, places).catch(failed)
    return rows ? rows[0]?.place : places[0]
  }
  const ask = async (statement: string, value: unknown) =>
    (await session()?.query<{ place: string }>(statement, [value]))?.rows
  const failed = (error: unknown) => log.debug({ error: loggable(error) }, 'places are counted by this process alone')

  return {
    take: (of, most) => inTurn(() => takeFirst(of, most)),
    retake: async () => {
      await inTurn(() => ask(lockAll, [...taken])).catch(failed)
    },
  }
}

const lock = `pg_try_advisory_lock(hashtextextended('lethe place ' || place, 0))`
const lockFirst = `SELECT place FROM unnest($1::text[]) place WHERE ${lock} LIMIT 1`
const lockAll = `SELECT ${lock} FROM unnest($1::text[]) place`
const unlock = `SELECT pg_advisory_unlock(hashtextextended('lethe place ' || $1, 0))`

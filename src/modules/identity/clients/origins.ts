import type { Database } from '../../../database/client.ts'
import type { Notifications } from '../../../database/listen.ts'
import type { Fault } from '../../../graphql/errors.ts'
import { type Clock, Recent } from '../sign-in/recent.ts'

/** How many origins a client may have. */
export const mostOrigins = 20

/** What is wrong with the origins of a client; each has to be written exactly as browsers send it (RFC 6454). */
export function originFaults(origins: readonly string[]): Fault[] {
  const faults = origins.flatMap((origin, index): Fault[] => {
    const message = originFault(origin)
    return message ? [{ field: `origins.${index}`, message }] : []
  })
  if (origins.length > mostOrigins) faults.push({ field: 'origins', message: `At most ${mostOrigins}.` })
  return faults
}

function originFault(text: string): string | undefined {
  const example = 'such as https://shop.example'
  const url = URL.parse(text)
  if (!url || url.origin === 'null') return `Write an origin, ${example}.`
  if (text.includes('*')) return `Write each origin out, ${example}: a wildcard would let in whoever gets a name there.`
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && url.hostname === 'localhost')) {
    return `Use https, ${example}. Only http://localhost may do without, for development.`
  }
  if (url.origin !== text) return `Write it as browsers send it, without a path: ${url.origin}.`
  return undefined
}

// How long an answer may be old where no notification comes, in milliseconds.
const cacheAge = 1000
// More than partners anybody has; it bounds the memory.
const mostTogether = 50_000

/**
 * Tells whether pages of an origin may call with a key of their own: it is one of an enabled client that has a live
 * publishable key. All such origins are read at once, at most once a second and after changes: whoever asks for made-up
 * ones costs the database nothing.
 */
export function createClientOrigins(deps: {
  database: Database
  notifications?: Notifications
  /** For tests. */
  clock?: Clock
}): (origin: string) => Promise<boolean> {
  const clock = deps.clock ?? (() => performance.now())
  const recent = new Recent<Promise<ReadonlySet<string>>>({ lifetime: cacheAge, bound: 1, clock })
  deps.notifications?.on('lethe_access', () => recent.clear())
  const read = () => {
    const origins = readOrigins(deps.database)
    recent.set('', origins)
    return origins
  }
  return async (origin) => {
    try {
      return (await (recent.get('') ?? read())).has(origin)
    } catch (error) {
      recent.clear() // The next one asks again.
      throw error
    }
  }
}

async function readOrigins(database: Database): Promise<ReadonlySet<string>> {
  const rows = await database.$queryRaw<{ origin: string }[]>`
    SELECT DISTINCT unnest(c.origins) AS origin FROM client c
    WHERE c.disabled_at IS NULL AND EXISTS (
      SELECT FROM client_key k WHERE k.client_id = c.id AND k.kind = 'publishable' AND k.revoked_at IS NULL
        AND (k.expires_at IS NULL OR k.expires_at > now()))
    LIMIT ${mostTogether}`
  return new Set(rows.map(({ origin }) => origin))
}

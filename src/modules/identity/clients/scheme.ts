import { Prisma } from '#prisma/client.ts'
import type { Database } from '../../../database/client.ts'
import { covers, type GrantedRight } from '../../../graphql/auth/rights.ts'
import { LetheError } from '../../../graphql/errors.ts'
import type { BearerScheme } from '../sign-in/authenticate.ts'
import { hashToken } from '../sign-in/sessions.ts'
import { isKey, type KeyKind, looksLikeKey } from './keys.ts'
import type { KeyFault, LogKeyRefusal } from './log-refusals.ts'

type KnownKey = {
  keyId: string
  /** Why it is good for nothing. */
  dead: 'revoked' | 'expired' | 'client disabled' | null
  clientId: string
  kind: KeyKind
  partner: boolean
  origins: string[]
  usedLately: boolean
  scopes: GrantedRight[]
}

/** The rights that publishable keys may have, and all that modules declare by name, which no wildcard of those means. */
type OpenRights = { rights: readonly string[]; declared: readonly string[] }

// The last use of a key is noted at most so often.
const notedEvery = Prisma.sql`interval '1 minute'`

/**
 * Tells which client calls, by its key. Clients may do what their scopes say; with a publishable key, which everybody can
 * read in the page, only what modules declare open to such.
 *
 * @param publishable Those rights; of the ones that are made at run time all together, as `fields.*`.
 * @param logRefusal Told of keys of ours that are refused.
 */
export function createClientScheme(
  database: Database,
  publishable: OpenRights,
  logRefusal: LogKeyRefusal = async () => undefined,
): BearerScheme {
  return {
    recognises: looksLikeKey,
    identify: async (token, asking) => {
      if (!isKey(token)) throw refused('This is not a key of ours: check that all of it was copied, in the right case.')
      const key = await knownKey(database, hashToken(token))
      const fault = key && (key.dead ?? misuseOf(key, asking.origin))
      if (key && fault) await logRefusal(key.keyId, fault, asking)
      if (!key || fault) throw refused(texts[fault ?? 'unknown'])
      if (!key.usedLately) await noteUsed(database, key.keyId)
      const actor = { kind: 'client', id: key.clientId } as const
      const { partner } = key
      if (key.kind === 'secret') return { actor, partner, grants: key.scopes }
      return { actor, partner, grants: withinScopes(key.scopes, publishable), publishable: true }
    },
  }
}

const refused = (message: string) => new LetheError('UNAUTHENTICATED', message)

const worthless = 'This key is unknown, has expired or was revoked, or its client is disabled: ask for another.'

const texts: Readonly<Record<KeyFault | 'unknown', string>> = {
  unknown: worthless,
  revoked: worthless,
  expired: worthless,
  'client disabled': worthless,
  'from a page':
    'Secret keys are for servers, and this request comes from a web page, where everybody can read the key: ' +
    'revoke it with revokeClientKey, and use a publishable one there.',
  'from no page': 'Publishable keys are for web pages; a server needs a secret one.',
  'from another page': 'This publishable key is for pages of other origins: add this one with updateClient.',
}

/** Browsers say from which page a request comes; a page can't keep them from it. */
function misuseOf({ kind, origins }: KnownKey, origin: string | undefined): KeyFault | undefined {
  if (kind === 'secret') return origin === undefined ? undefined : 'from a page'
  if (origin === undefined) return 'from no page'
  return origins.includes(origin) ? undefined : 'from another page'
}

const withinScopes = (scopes: readonly GrantedRight[], { rights, declared }: OpenRights): GrantedRight[] =>
  rights.flatMap((right) => {
    if (right.endsWith('.*')) return writtenWithin(scopes, right, declared)
    const covering = scopes.filter((scope) => covers(scope.right, right))
    return { right, read: covering.some(({ read }) => read), write: covering.some(({ write }) => write) }
  })

/** Of rights that are made at run time, those that the scopes name one by one; for writing only: nothing is read with such a key. */
const writtenWithin = (scopes: readonly GrantedRight[], all: string, declared: readonly string[]): GrantedRight[] =>
  scopes
    .filter(({ right, write }) => write && covers(all, right) && !right.endsWith('*') && !declared.includes(right))
    .map(({ right }) => ({ right, read: false, write: true }))

/** The key with its client's scopes, in one statement. */
async function knownKey(database: Database, keyHash: string): Promise<KnownKey | undefined> {
  const [key] = await database.$queryRaw<KnownKey[]>`
    SELECT k.id AS "keyId", k.client_id AS "clientId", k.kind, c.kind = 'partner' AS partner, c.origins,
      CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked' WHEN k.expires_at <= now() THEN 'expired'
        WHEN c.disabled_at IS NOT NULL THEN 'client disabled' END AS dead,
      coalesce(k.last_used_at > now() - ${notedEvery}, false) AS "usedLately",
      coalesce(jsonb_agg(jsonb_build_object('right', s."right", 'read', s.read, 'write', s.write) ORDER BY s."right")
        FILTER (WHERE s.id IS NOT NULL), '[]') AS scopes
    FROM client_key k
    JOIN client c ON c.id = k.client_id
    LEFT JOIN client_scope s ON s.client_id = c.id
    WHERE k.key_hash = ${keyHash}
    GROUP BY k.id, c.id`
  return key
}

/** Of several requests at once, one notes it. */
async function noteUsed(database: Database, keyId: string) {
  await database.$executeRaw`
    UPDATE client_key SET last_used_at = now()
    WHERE id = ${keyId}::uuid AND (last_used_at IS NULL OR last_used_at <= now() - ${notedEvery})`
}

import { Prisma } from '#prisma/client.ts'
import type { Database } from '../../../database/client.ts'
import { covers, type GrantedRight } from '../../../graphql/auth/rights.ts'
import { LetheError } from '../../../graphql/errors.ts'
import type { BearerScheme } from '../sign-in/authenticate.ts'
import { hashToken } from '../sign-in/sessions.ts'
import { isKey, type KeyKind, looksLikeKey } from './keys.ts'

type LiveKey = {
  keyId: string
  clientId: string
  kind: KeyKind
  origins: string[]
  usedLately: boolean
  scopes: GrantedRight[]
}

// The last use of a key is noted at most so often.
const notedEvery = Prisma.sql`interval '1 minute'`

/**
 * Tells which client calls, by its key. Clients may do what their scopes say; with a publishable key, which everybody can
 * read in the page, only what modules declare open to such.
 *
 * @param publishable Those rights.
 */
export function createClientScheme(database: Database, publishable: readonly string[]): BearerScheme {
  return {
    recognises: looksLikeKey,
    identify: async (token, { origin }) => {
      if (!isKey(token)) throw refused('This is not a key of ours: check that all of it was copied, in the right case.')
      const key = await liveKey(database, hashToken(token))
      if (!key)
        throw refused('This key is unknown, has expired or was revoked, or its client is disabled: ask for another.')
      const misuse = misuseOf(key, origin)
      if (misuse) throw refused(misuse)
      if (!key.usedLately) await noteUsed(database, key.keyId)
      const grants = key.kind === 'secret' ? key.scopes : withinScopes(key.scopes, publishable)
      return { actor: { kind: 'client', id: key.clientId }, grants }
    },
  }
}

const refused = (message: string) => new LetheError('UNAUTHENTICATED', message)

/** Browsers say from which page a request comes; a page can't keep them from it. */
function misuseOf({ kind, origins }: LiveKey, origin: string | undefined): string | undefined {
  if (kind === 'secret') {
    if (origin === undefined) return undefined
    return (
      'Secret keys are for servers, and this request comes from a web page, where everybody can read the key: ' +
      'revoke it with revokeClientKey, and use a publishable one there.'
    )
  }
  if (origin === undefined) return 'Publishable keys are for web pages; a server needs a secret one.'
  return origins.includes(origin)
    ? undefined
    : 'This publishable key is for pages of other origins: add this one with updateClient.'
}

const withinScopes = (scopes: readonly GrantedRight[], rights: readonly string[]): GrantedRight[] =>
  rights.map((right) => {
    const covering = scopes.filter((scope) => covers(scope.right, right))
    return { right, read: covering.some(({ read }) => read), write: covering.some(({ write }) => write) }
  })

/** The key with its client's scopes, in one statement; nothing unless both are good. */
async function liveKey(database: Database, keyHash: string): Promise<LiveKey | undefined> {
  const [key] = await database.$queryRaw<LiveKey[]>`
    SELECT k.id AS "keyId", k.client_id AS "clientId", k.kind, c.origins,
      coalesce(k.last_used_at > now() - ${notedEvery}, false) AS "usedLately",
      coalesce(jsonb_agg(jsonb_build_object('right', s."right", 'read', s.read, 'write', s.write) ORDER BY s."right")
        FILTER (WHERE s.id IS NOT NULL), '[]') AS scopes
    FROM client_key k
    JOIN client c ON c.id = k.client_id
    LEFT JOIN client_scope s ON s.client_id = c.id
    WHERE k.key_hash = ${keyHash} AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
      AND c.disabled_at IS NULL
    GROUP BY k.id, c.id`
  return key
}

/** Of several requests at once, one notes it. */
async function noteUsed(database: Database, keyId: string) {
  await database.$executeRaw`
    UPDATE client_key SET last_used_at = now()
    WHERE id = ${keyId}::uuid AND (last_used_at IS NULL OR last_used_at <= now() - ${notedEvery})`
}

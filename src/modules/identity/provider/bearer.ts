import { decodeJwt, errors, jwtVerify } from 'jose'
import { z } from 'zod'
import type { Database } from '../../../database/client.ts'
import type { HeldGrant } from '../../../graphql/auth/rights.ts'
import { unauthenticated } from '../../../graphql/errors.ts'
import { grantsColumn, grantsJoins } from '../access/held-grants.ts'
import type { BearerScheme } from '../sign-in/authenticate.ts'
import { isSubject } from './person.ts'
import { algorithms, type Provider, tolerance } from './provider.ts'
import { hasDuplicateNames } from './strict-json.ts'

const longest = 8192
const day = 24 * 60 * 60

/** What an access token has to say (RFC 9068, section 2.2), besides issuer and audience. Times in seconds. */
const claims = z
  .object({
    sub: z.string().refine(isSubject),
    iat: z.number(),
    exp: z.number(),
    client_id: z.string(),
    jti: z.string(),
    aud: z.union([z.string(), z.tuple([z.string()])]),
  })
  .refine(({ iat, exp }) => exp - iat <= day)

/**
 * Access tokens of the provider, for programs that sign people in there: JWTs as RFC 9068 has them, made for us alone, since
 * whoever else a token is for could pass it on to us (ASVS 9.2.3, 10.3.1). They say who it is, and nothing of what they say
 * about rights counts: those are in the database.
 */
export function createProviderScheme(provider: Provider, database: Database): BearerScheme {
  const { issuer } = provider.config
  return {
    recognises: (token) => token.length <= longest && issuerOf(token) === issuer,
    identify: async (token) => {
      const { sub, iat } = await genuineClaims(provider, token)
      const user = await liveUser(database, { issuer, subject: sub, issuedAt: iat })
      if (!user) throw unauthenticated()
      return { actor: { kind: 'user', id: user.id }, grants: user.grants }
    },
  }
}

/** What a token says of its issuer, unproven. */
function issuerOf(token: string) {
  try {
    return decodeJwt(token).iss
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined
    throw error
  }
}

async function genuineClaims({ config, current }: Provider, token: string) {
  const { issuer, audience } = config
  if (audience === undefined) throw unauthenticated()
  const { keys } = await current()
  try {
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      algorithms,
      issuer,
      audience,
      typ: 'at+jwt',
      clockTolerance: tolerance,
      maxTokenAge: day,
    })
    const [header = '', body = ''] = token.split('.', 2).map((part) => Buffer.from(part, 'base64url').toString())
    const { success, data } = claims.safeParse(payload)
    if (!success || 'crit' in protectedHeader || hasDuplicateNames(header) || hasDuplicateNames(body)) {
      throw unauthenticated()
    }
    return data
  } catch (error) {
    if (error instanceof errors.JOSEError) throw unauthenticated()
    throw error
  }
}

type LiveUser = { id: string; grants: HeldGrant[] }

/** The user with their grants, in one statement; nothing if they are disabled, or signed out everywhere since then. */
async function liveUser(
  database: Database,
  { issuer, subject, issuedAt }: { issuer: string; subject: string; issuedAt: number },
): Promise<LiveUser | undefined> {
  const [user] = await database.$queryRaw<LiveUser[]>`
    SELECT u.id, ${grantsColumn} AS grants
    FROM external_identity e
    JOIN user_account u ON u.id = e.user_id
    ${grantsJoins}
    WHERE e.issuer = ${issuer} AND e.subject = ${subject} AND u.disabled_at IS NULL
      AND (u.signed_out_at IS NULL OR u.signed_out_at <= to_timestamp(${issuedAt}))
    GROUP BY u.id`
  return user
}

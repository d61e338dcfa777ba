import { errors, jwtVerify, SignJWT } from 'jose'
import { validate as isUuid } from 'uuid'
import { unauthenticated } from '../../../graphql/errors.ts'

// One algorithm, one issuer, one audience, one type: whatever a token says about itself, it is held against these.
const algorithm = 'HS256'
const issuer = 'lethe'
const audience = 'lethe'
const type = 'at+jwt'

/** What a bearer token says: who, by which sign-in. */
export type BearerClaims = { userId: string; sessionId: string }

/** A bearer token (JWT) for a session, good for as long as that is. */
export function signBearer(sessionKey: Uint8Array, claims: BearerClaims, expiresAt: Date): Promise<string> {
  return new SignJWT({ sid: claims.sessionId })
    .setProtectedHeader({ alg: algorithm, typ: type })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(claims.userId)
    .setIssuedAt()
    .setExpirationTime(expiresAt)
    .sign(sessionKey)
}

/** What a genuine bearer token says. Throws UNAUTHENTICATED for any other. */
export async function verifyBearer(sessionKey: Uint8Array, token: string): Promise<BearerClaims> {
  const { sub, sid } = await genuinePayload(sessionKey, token)
  if (!isUuid(sub) || !isUuid(sid) || typeof sub !== 'string' || typeof sid !== 'string') throw unauthenticated()
  return { userId: sub, sessionId: sid }
}

async function genuinePayload(sessionKey: Uint8Array, token: string) {
  try {
    const { payload } = await jwtVerify(token, sessionKey, {
      algorithms: [algorithm],
      issuer,
      audience,
      typ: type,
      requiredClaims: ['sub', 'sid', 'iat', 'exp'],
      // Longer than an hour, a token was never issued. The tolerance is for the clocks of several machines.
      maxTokenAge: '1 hour',
      clockTolerance: '5 seconds',
    })
    return payload
  } catch (error) {
    if (error instanceof errors.JOSEError) throw unauthenticated()
    throw error
  }
}

import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import { v4 as uuidv4 } from 'uuid'
import type { Context } from '../../../graphql/context.ts'

const algorithm = 'HS256'
const issuer = 'lethe'
const audience = 'lethe device'
const type = 'device+jwt'

/** Several people may use one browser; the cookie knows the last of them. */
const most = 5

// Of the characters that a cookie may have, one that no token has.
const separator = '~'

/** A user, as far as device tokens are about them: with another password, those from before are worth nothing. */
export type DeviceUser = { id: string; passwordSetAt: Date | null }

type DeviceContext = Pick<Context, 'secrets' | 'deviceCookie'>

type Device = { id: string; userId: string; password: number; token: string }

/**
 * The id of this device, if the user signed in with it before and has the same password still. It lets nobody in: it only
 * says that whoever guesses passwords elsewhere is somebody else.
 *
 * @param token From a client without cookies.
 */
export async function knownDevice(
  context: DeviceContext,
  user: DeviceUser | null,
  token: string | null | undefined,
): Promise<string | undefined> {
  const devices = await devicesOf(context, token)
  return devices.find((device) => isOf(device, user))?.id
}

/** Lets the device be known again for this user, by its cookie and by the token that is returned. */
export async function rememberDevice(
  context: DeviceContext & Pick<Context, 'setDeviceCookie'>,
  user: DeviceUser,
  token?: string | null,
): Promise<string> {
  const devices = await devicesOf(context, token)
  // It keeps its id, and so what was counted for it.
  const id = devices.find((device) => isOf(device, user))?.id ?? uuidv4()
  const fresh = await sign(context, id, user)
  const others = devices.filter(({ userId }) => userId !== user.id).map((device) => device.token)
  context.setDeviceCookie([fresh, ...others].slice(0, most).join(separator))
  return fresh
}

const isOf = ({ userId, password }: Device, user: DeviceUser | null) =>
  userId === user?.id && password === versionOf(user)

const versionOf = ({ passwordSetAt }: DeviceUser) => passwordSetAt?.getTime() ?? 0

const keyOf = ({ secrets }: DeviceContext) => secrets.signingKey('device')

/** The genuine ones of the tokens that came along. */
async function devicesOf(context: DeviceContext, token: string | null | undefined): Promise<Device[]> {
  const given = [token ?? '', ...(context.deviceCookie ?? '').split(separator).slice(0, most)]
    // Nothing longer was ever issued, and nothing longer is worth the reading.
    .filter((one) => one !== '' && one.length < 1000)
  const read = await Promise.all(given.map((one) => verify(context, one)))
  return read.filter((device) => device !== undefined)
}

const sign = (context: DeviceContext, id: string, user: DeviceUser) =>
  new SignJWT({ pwd: versionOf(user) })
    .setProtectedHeader({ alg: algorithm, typ: type })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(user.id)
    .setJti(id)
    .setIssuedAt()
    .setExpirationTime('1 year')
    .sign(keyOf(context))

async function verify(context: DeviceContext, token: string): Promise<Device | undefined> {
  const { sub, jti, pwd } = await payloadOf(context, token)
  return sub && jti && typeof pwd === 'number' ? { id: jti, userId: sub, password: pwd, token } : undefined
}

async function payloadOf(context: DeviceContext, token: string): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, keyOf(context), {
      algorithms: [algorithm],
      issuer,
      audience,
      typ: type,
      requiredClaims: ['sub', 'jti', 'pwd', 'iat', 'exp'],
    })
    return payload
  } catch (error) {
    if (error instanceof errors.JOSEError) return {} // Then this device is a new one.
    throw error
  }
}

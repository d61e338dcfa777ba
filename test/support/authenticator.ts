import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import { isoCBOR } from '@simplewebauthn/server/helpers'

type CBORType = Parameters<typeof isoCBOR.encode>[0]

/** How an answer differs from what an honest browser and authenticator give. */
export type Deviation = {
  type?: string
  challenge?: string
  origin?: string
  crossOrigin?: boolean
  rpId?: string
  /** Whether somebody touched it, and whether it knew who. */
  present?: boolean
  verified?: boolean
  counter?: number
  userHandle?: string | null
  /** Says something of where the key comes from. */
  attestation?: (made: MadeKey) => { fmt: string; attStmt: Map<string, CBORType> }
}

/** What an attestation tells of. */
export type MadeKey = {
  authData: Buffer
  clientDataHash: Buffer
  id: Buffer
  publicKey: KeyObject
  privateKey: KeyObject
}

/** What answers: the browser's `navigator.credentials`, with an authenticator of one key behind it. */
export type Authenticator = {
  id: string
  create: (options: { challenge: string }, deviation?: Deviation) => RegistrationResponseJSON
  get: (options: { challenge: string }, deviation?: Deviation) => AuthenticationResponseJSON
}

type Algorithm = 'ES256' | 'EdDSA' | 'RS256' | 'ES384'

/** A security key in software (WebAuthn level 3), whose user is on pages of this origin. */
export function softwareAuthenticator({
  origin,
  algorithm = 'ES256',
  counts = true,
}: {
  origin: string
  algorithm?: Algorithm
  /** Keys that are on several devices don't count. */
  counts?: boolean
}): Authenticator {
  const { publicKey, privateKey } = keyPair(algorithm)
  const id = randomBytes(32)
  let counter = 0

  const clientData = (type: string, options: { challenge: string }, deviation: Deviation) =>
    Buffer.from(JSON.stringify({ type, challenge: options.challenge, origin, crossOrigin: false, ...told(deviation) }))

  const authenticatorData = (deviation: Deviation, attested?: Buffer) => {
    const { rpId = new URL(origin).hostname, present = true, verified = true } = deviation
    if (counts) counter++
    const count = Buffer.alloc(4)
    count.writeUInt32BE(deviation.counter ?? counter)
    const flags = (present ? 0x01 : 0) | (verified ? 0x04 : 0) | (attested ? 0x40 : 0)
    return Buffer.concat([sha256(rpId), Buffer.from([flags]), count, ...(attested ? [attested] : [])])
  }

  return {
    id: id.toString('base64url'),
    create(options, deviation = {}) {
      const length = Buffer.from([id.length >> 8, id.length & 0xff])
      const attested = Buffer.concat([Buffer.alloc(16), length, id, coseKey(algorithm, publicKey)])
      const authData = authenticatorData(deviation, attested)
      const client = clientData('webauthn.create', options, deviation)
      const made = { authData, clientDataHash: sha256(client), id, publicKey, privateKey }
      const { fmt, attStmt } = deviation.attestation?.(made) ?? { fmt: 'none', attStmt: new Map() }
      const parts: [string, CBORType][] = [
        ['fmt', fmt],
        ['attStmt', attStmt],
        ['authData', new Uint8Array(authData)],
      ]
      const attestationObject = isoCBOR.encode(new Map(parts))
      return answer(id, {
        clientDataJSON: base64url(client),
        attestationObject: base64url(attestationObject),
        transports: ['internal', 'hybrid'],
      })
    },
    get(options, deviation = {}) {
      const data = authenticatorData(deviation)
      const client = clientData('webauthn.get', options, deviation)
      const signed = Buffer.concat([data, sha256(client)])
      return answer(id, {
        clientDataJSON: base64url(client),
        authenticatorData: base64url(data),
        signature: base64url(sign(algorithm === 'EdDSA' ? null : hashes[algorithm], signed, privateKey)),
        ...(deviation.userHandle && { userHandle: deviation.userHandle }),
      })
    },
  }
}

const answer = <Response extends object>(id: Buffer, response: Response) => ({
  id: id.toString('base64url'),
  rawId: id.toString('base64url'),
  type: 'public-key' as const,
  clientExtensionResults: {},
  response,
})

const told = ({ type, challenge, origin, crossOrigin }: Deviation) =>
  Object.fromEntries(
    Object.entries({ type, challenge, origin, crossOrigin }).filter(([, value]) => value !== undefined),
  )

const hashes = { ES256: 'sha256', RS256: 'sha256', ES384: 'sha384' } as const

function keyPair(algorithm: Algorithm) {
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519')
  if (algorithm === 'RS256') return generateKeyPairSync('rsa', { modulusLength: 2048 })
  return generateKeyPairSync('ec', { namedCurve: algorithm === 'ES256' ? 'P-256' : 'P-384' })
}

/** A public key as authenticators tell it (RFC 9053). */
function coseKey(algorithm: Algorithm, key: KeyObject) {
  const { x = '', y = '', n = '', e = '' } = key.export({ format: 'jwk' })
  const entries: Record<Algorithm, [number, number | Uint8Array][]> = {
    ES256: [
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, bytes(x)],
      [-3, bytes(y)],
    ],
    ES384: [
      [1, 2],
      [3, -35],
      [-1, 2],
      [-2, bytes(x)],
      [-3, bytes(y)],
    ],
    EdDSA: [
      [1, 1],
      [3, -8],
      [-1, 6],
      [-2, bytes(x)],
    ],
    RS256: [
      [1, 3],
      [3, -257],
      [-1, bytes(n)],
      [-2, bytes(e)],
    ],
  }
  return Buffer.from(isoCBOR.encode(new Map(entries[algorithm])))
}

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'))
const base64url = (data: Uint8Array) => Buffer.from(data).toString('base64url')
const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest()

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK } from 'jose'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { RecordKey } from '#prisma/client.ts'
import { isUniqueViolationOf } from '../../../database/sql-errors.ts'
import { type Transaction, transact } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import type { Secrets } from '../../../secrets.ts'

/** A public key, as it is published (RFC 8037). */
const publicKey = z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string(), kid: z.string() })

export type PublicKey = z.infer<typeof publicKey>

/** What records are signed with. */
export type RecordSigner = { kid: string; key: KeyObject }

// What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410).
const prefix = Buffer.from('302e020100300506032b657004220420', 'hex')

/** The private key of a generation derives from the installation's secret: it is kept nowhere else. */
const privateKeyOf = ({ signingKey }: Secrets, generation: number): KeyObject =>
  createPrivateKey({
    key: Buffer.concat([prefix, signingKey(`consent records ${generation}`)]),
    format: 'der',
    type: 'pkcs8',
  })

async function publicKeyOf(key: KeyObject): Promise<PublicKey> {
  const jwk = await exportJWK(createPublicKey(key))
  return publicKey.parse({ ...jwk, kid: await calculateJwkThumbprint(jwk) })
}

/**
 * What records are signed with now. The first time, and when the installation has another secret than the newest key came from,
 * there is a new key; the older ones stay published.
 */
export async function recordSigner(context: WorkContext): Promise<RecordSigner> {
  const { within: _, rights: __, signal: ___, ...work } = context
  const system: WorkContext = { ...work, actor: { kind: 'system', id: null } }
  const newest = await newestKey(context)
  const signer = newest && (await signerOf(context, newest))
  if (signer) return signer
  try {
    return await transact(system, 'addRecordKey', (tx) => addKey(tx, context.secrets, newest))
  } catch (error) {
    if (!isUniqueViolationOf(error, 'consent_record_key_pkey')) throw error
    const others = await newestKey(context) // Somebody else was first.
    const made = others && (await signerOf(context, others))
    if (!made) throw error
    return made
  }
}

/** Takes a new key from now on. What the older ones signed stays verifiable: they stay published. */
export const rotateRecordKey = (context: WorkContext): Promise<RecordSigner> =>
  transact(context, 'rotateRecordKey', async (tx) => addKey(tx, context.secrets, await tx.recordKey.findFirst(inOrder)))

const inOrder = { orderBy: { generation: 'desc' } } as const

const newestKey = ({ database }: WorkContext) => database.recordKey.findFirst(inOrder)

/** Undefined if the installation has another secret than this key came from. */
async function signerOf({ secrets }: WorkContext, row: RecordKey): Promise<RecordSigner | undefined> {
  const key = privateKeyOf(secrets, row.generation)
  const { kid } = await publicKeyOf(key)
  return kid === publicKey.parse(row.publicKey).kid ? { kid, key } : undefined
}

async function addKey(tx: Transaction, secrets: Secrets, newest: RecordKey | null): Promise<RecordSigner> {
  const createdAt = new Date()
  if (newest && !newest.retiredAt)
    await tx.recordKey.update({ where: { generation: newest.generation }, data: { retiredAt: createdAt } })
  const generation = (newest?.generation ?? 0) + 1
  const key = privateKeyOf(secrets, generation)
  const published = await publicKeyOf(key)
  await tx.recordKey.create({ data: { generation, id: uuidv7(), publicKey: published, createdAt } })
  return { kid: published.kid, key }
}

/** All keys that records were ever signed with, the newest first, as a JWK set (RFC 7517). */
export async function publishedKeys({ database }: Pick<WorkContext, 'database'>) {
  const rows = await database.recordKey.findMany({ orderBy: { generation: 'desc' } })
  return { keys: rows.map((row) => ({ ...publicKey.parse(row.publicKey), alg: 'EdDSA', use: 'sig' })) }
}

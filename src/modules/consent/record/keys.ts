import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK } from 'jose'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { RecordKey } from '#prisma/client.ts'
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
 * What records are signed with now. The first time, and when the installation has another secret than the newest key came from, there is
 * a new key; the older ones stay published.
 */
export async function recordSigner(context: WorkContext): Promise<RecordSigner> {
  const newest = await context.database.recordKey.findFirst({ orderBy: { generation: 'desc' } })
  const key = newest && privateKeyOf(context.secrets, newest.generation)
  const published = newest && publicKey.parse(newest.publicKey)
  if (key && published && (await publicKeyOf(key)).kid === published.kid) return { kid: published.kid, key }
  const { within: _, rights: __, signal: ___, ...system } = context
  return transact({ ...system, actor: { kind: 'system', id: null } }, 'addRecordKey', (tx) =>
    nextKey(tx, context.secrets, newest),
  )
}

/** Takes a new key from now on. What the older ones signed stays verifiable: they stay published. */
export const rotateRecordKey = (context: WorkContext): Promise<RecordSigner> =>
  transact(context, 'rotateRecordKey', async (tx) =>
    nextKey(tx, context.secrets, await tx.recordKey.findFirst({ orderBy: { generation: 'desc' } })),
  )

async function nextKey(tx: Transaction, secrets: Secrets, newest: RecordKey | null): Promise<RecordSigner> {
  const latest = await tx.recordKey.findFirst({ orderBy: { generation: 'desc' } })
  if (latest && latest.generation !== newest?.generation) {
    const key = privateKeyOf(secrets, latest.generation) // Another process was first.
    return { kid: (await publicKeyOf(key)).kid, key }
  }
  const createdAt = new Date()
  if (latest && !latest.retiredAt)
    await tx.recordKey.update({ where: { generation: latest.generation }, data: { retiredAt: createdAt } })
  const generation = (latest?.generation ?? 0) + 1
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

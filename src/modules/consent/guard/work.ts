import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Transaction } from '../../../database/transact.ts'
import type { Context, WorkContext } from '../../../graphql/context.ts'
import { refusal } from '../problems.ts'
import type { Asker } from './asker.ts'

const lifetime = 600_000

/** What a client's page has to work on. */
export type Challenge = { challenge: string; difficulty: number; expiresAt: Date }

/** The most that browsers on old phones can bear: a second or so. */
export const mostWork = 20

/**
 * A challenge for a client that asks for a proof of work (hashcash): `<client>.<difficulty>.<expiry>.<random>.<signature>`. Nothing
 * of it is stored before it is used.
 */
export function challengeFor({ secrets }: Pick<WorkContext, 'secrets'>, { id, proofOfWork }: Client): Challenge {
  const expiresAt = new Date(Date.now() + lifetime)
  const text = `${id}.${proofOfWork}.${expiresAt.getTime()}.${randomBytes(16).toString('base64url')}`
  return { challenge: `${text}.${signature({ secrets }, text)}`, difficulty: proofOfWork, expiresAt }
}

/** Refuses a call of a page that did not do the work its client asks for. Each proof counts once: in the transaction of the call. */
export async function spendProof(
  tx: Transaction,
  context: Context,
  { client, publishable }: Asker,
  proof: string | null | undefined,
): Promise<void> {
  if (!client || !publishable || client.proofOfWork === 0) return
  const challenge = proof?.slice(0, proof.lastIndexOf(':')) ?? ''
  const expiresAt = provenUntil(context, client, challenge, proof ?? '')
  const challengeHash = createHash('sha256').update(challenge).digest('hex')
  const spent =
    expiresAt &&
    (await tx.$executeRaw`
      INSERT INTO consent_spent_proof (challenge_hash, expires_at) VALUES (${challengeHash}, ${expiresAt})
      ON CONFLICT DO NOTHING`)
  if (!spent) throw refusal(context, 'PROOF_OF_WORK_NEEDED')
}

type Client = { id: string; proofOfWork: number }

function provenUntil(context: Context, client: Client, challenge: string, proof: string): Date | undefined {
  if (proof.length > 300) return undefined
  const parts = challenge.split('.')
  const [id, difficulty, expiry] = parts
  const expiresAt = new Date(Number(expiry))
  const signed = challenge.slice(0, challenge.lastIndexOf('.'))
  if (parts.length !== 5 || !isSigned(context, signed, parts[4] ?? '')) return undefined
  if (id !== client.id || Number(difficulty) < client.proofOfWork || !(expiresAt > new Date())) return undefined
  return zeroBits(createHash('sha256').update(proof).digest()) >= client.proofOfWork ? expiresAt : undefined
}

function isSigned(context: Context, text: string, given: string): boolean {
  const right = Buffer.from(signature(context, text))
  const claimed = Buffer.from(given)
  return right.length === claimed.length && timingSafeEqual(right, claimed)
}

const signature = ({ secrets }: Pick<WorkContext, 'secrets'>, text: string) =>
  createHmac('sha256', secrets.signingKey('consent challenge')).update(text).digest('base64url')

/** How many bits are zero before the first that isn't. */
function zeroBits(hash: Uint8Array): number {
  const index = hash.findIndex((byte) => byte !== 0)
  return index < 0 ? hash.length * 8 : index * 8 + Math.clz32(hash[index] ?? 0) - 24
}

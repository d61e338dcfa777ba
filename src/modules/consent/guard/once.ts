import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { ConsentCall } from '#prisma/client.ts'
import { type Transaction, transact } from '../../../database/transact.ts'
import type { Context, WorkContext } from '../../../graphql/context.ts'
import { type Fault, invalidInput } from '../../../graphql/errors.ts'
import type { Secrets } from '../../../secrets.ts'
import { checkText } from '../../check-text.ts'
import { refusal } from '../problems.ts'
import { type Answer, answerShape } from './answer.ts'

const kept = 48 * 3_600_000

type Call = { scope: string; operation: string; key: string; body: unknown }

type Known = { scope: string; keyHash: string; bodyHash: string }

/** Calls that run in this process. Those that repeat one wait for it, and cost nothing. */
const running = new Map<string, Promise<Answer>>()

/**
 * Does what a call asks, once: the same key with the same body gets the same answer, on whichever process and however many
 * arrive at once. The answer is kept for two days, in the transaction that has the effect. Throws IDEMPOTENCY_KEY_REUSED for the
 * same key with another body.
 *
 * @param admit Before a call that is none of the known ones: limits.
 * @param run The effect, in that transaction. It may be tried again, as every unit of work may.
 */
export async function once(
  context: Context,
  call: Call,
  admit: () => Promise<unknown>,
  run: (tx: Transaction) => Promise<Answer>,
  work: WorkContext = context,
): Promise<Answer> {
  const known = knownBy(context.secrets, call)
  const place = JSON.stringify(known)
  const together = running.get(place)
  if (together) return together
  const fresh = first(context, call, known, admit, run, work)
  running.set(place, fresh)
  try {
    return await fresh
  } finally {
    running.delete(place)
  }
}

async function first(
  context: Context,
  { operation }: Call,
  known: Known,
  admit: () => Promise<unknown>,
  run: (tx: Transaction) => Promise<Answer>,
  work: WorkContext,
): Promise<Answer> {
  const where = { scope_keyHash: { scope: known.scope, keyHash: known.keyHash } }
  const before = answered(await context.database.consentCall.findUnique({ where }), context, known)
  if (before) return before
  await admit()
  return transact(
    work,
    operation,
    async (tx) => {
      const { scope, keyHash, bodyHash } = known
      const expiresAt = new Date(Date.now() + kept)
      // Whoever comes second waits here for the first; then PostgreSQL tells that they came second, and it begins again.
      const taken = await tx.$executeRaw`
        INSERT INTO consent_call (scope, key_hash, body_hash, answer, expires_at)
        VALUES (${scope}, ${keyHash}, ${bodyHash}, ''::bytea, ${expiresAt}) ON CONFLICT DO NOTHING`
      const others = taken === 0 && answered(await tx.consentCall.findUnique({ where }), context, known)
      if (others) return others
      const answer = await run(tx)
      const sealed = context.secrets.seal(placeOf(known), JSON.stringify(answer))
      await tx.consentCall.update({
        where,
        data: { bodyHash, answer: sealed, expiresAt },
      })
      return answer
    },
    // What a person says is provable when the call is answered; that nobody becomes two contacts spans rows.
    { isolation: 'Serializable', integrated: true },
  )
}

/** What was answered before, if the key is known and not too old. */
function answered(call: ConsentCall | null, context: Context, known: Known): Answer | undefined {
  if (!call || call.expiresAt <= new Date()) return undefined
  if (call.bodyHash !== known.bodyHash) throw refusal(context, 'IDEMPOTENCY_KEY_REUSED')
  return answerShape.parse(JSON.parse(context.secrets.open(placeOf(known), call.answer)))
}

function knownBy(secrets: Secrets, { scope, operation, key, body }: Call): Known {
  const faults: Fault[] = []
  const clean = checkText(key, 'input.idempotencyKey', { max: 200 }, faults)
  if (!clean && faults.length === 0) faults.push({ field: 'input.idempotencyKey', message: 'Must not be empty.' })
  if (faults.length > 0) throw invalidInput(faults)
  const keyHash = createHash('sha256').update(clean).digest('hex')
  return { scope, keyHash, bodyHash: secrets.fingerprint('consent call', canonical([operation, body])) }
}

const placeOf = ({ scope, keyHash }: Known) => `consent_call.answer ${scope} ${keyHash}`

/** The same text for the same values, in whichever order their names come. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_name, part: unknown) =>
    isPlain(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  )

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  z.record(z.string(), z.unknown()).safeParse(value).success

import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { ConsentCall } from '#prisma/client.ts'
import type { Database } from '../../../database/client.ts'
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

/** How a call is carried out. */
type Plan = {
  /** Before a call that is none of the known ones: limits. */
  admit: () => Promise<unknown>
  /** The effect. It may be tried again, as every unit of work may. */
  run: (tx: Transaction) => Promise<Answer>
  /** Whose work it is; the caller's, unless said otherwise. */
  work?: WorkContext
}

/** Calls that run in this process. Those that repeat one wait for it, and cost nothing. */
const running = new WeakMap<Database, Map<string, Promise<Answer>>>()

/**
 * Does what a call asks, once: the same key with the same body gets the same answer, on whichever process and however many arrive at
 * once. The answer is kept for two days, in the transaction that has the effect. Throws IDEMPOTENCY_KEY_REUSED for the same key with
 * another body.
 *
 * @param prepare Checks what was asked, unless it is being done already.
 */
export async function once(context: Context, call: Call, prepare: () => Promise<Plan>): Promise<Answer> {
  const known = knownBy(context.secrets, call)
  const here = running.get(context.database) ?? new Map<string, Promise<Answer>>()
  running.set(context.database, here)
  const place = JSON.stringify(known)
  const together = here.get(place)
  if (together) return together
  const fresh = first(context, call.operation, known, prepare)
  here.set(place, fresh)
  try {
    return await fresh
  } finally {
    here.delete(place)
  }
}

async function first(context: Context, operation: string, known: Known, prepare: () => Promise<Plan>): Promise<Answer> {
  const { scope, keyHash, bodyHash } = known
  const where = { scope_keyHash: { scope, keyHash } }
  const before = answered(await context.database.consentCall.findUnique({ where }), context, known)
  if (before) return before
  const { admit, run, work = context } = await prepare()
  await admit()
  const { signal: _, ...unhurried } = work // Others may wait for it when this caller has gone.
  const effect = async (tx: Transaction) => {
    const now = new Date()
    const expiresAt = new Date(now.getTime() + kept)
    await tx.consentCall.deleteMany({ where: { scope, keyHash, expiresAt: { lte: now } } })
    // Whoever comes second waits here for the first; then PostgreSQL tells that they came second, and it begins again.
    const taken = await tx.$executeRaw`
      INSERT INTO consent_call (scope, key_hash, body_hash, answer, expires_at)
      VALUES (${scope}, ${keyHash}, ${bodyHash}, ''::bytea, ${expiresAt}) ON CONFLICT DO NOTHING`
    const others = taken === 0 && answered(await tx.consentCall.findUnique({ where }), context, known)
    if (others) return others
    const answer = await run(tx)
    const sealed = context.secrets.seal(placeOf(known), JSON.stringify(answer))
    await tx.consentCall.update({ where, data: { answer: sealed } })
    return answer
  }
  // What a person says is provable when the call is answered.
  return transact(unhurried, operation, effect, { integrated: true })
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

import { createHash } from 'node:crypto'
import { type ConsentCall, Prisma } from '#prisma/client.ts'
import type { Database } from '../../../database/client.ts'
import { rowsIn } from '../../../database/rows-in.ts'
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
type Plan<Ahead> = {
  /** Before a call that is none of the known ones: limits. */
  admit: () => Promise<unknown>
  /** What the effect begins with, read by `rowsIn` along with taking the key, in one packet. */
  ahead?: (tx: Transaction) => Promise<Ahead>
  /** The effect. It may be tried again, as every unit of work may. */
  run: (tx: Transaction, ahead: Ahead | undefined) => Promise<Answer>
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
export async function once<Ahead = never>(
  context: Context,
  call: Call,
  prepare: () => Promise<Plan<Ahead>>,
): Promise<Answer> {
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

async function first<Ahead>(
  context: Context,
  operation: string,
  known: Known,
  prepare: () => Promise<Plan<Ahead>>,
): Promise<Answer> {
  const { scope, keyHash, bodyHash } = known
  const before = answered(await callOf(context.database, known), context, known)
  if (before) return before
  const { admit, ahead, run, work = context } = await prepare()
  await admit()
  const { signal: _, ...unhurried } = work // Others may wait for it when this caller has gone.
  const effect = async (tx: Transaction) => {
    const now = new Date()
    const expiresAt = new Date(now.getTime() + kept)
    // Whoever comes second waits here for the first; then PostgreSQL tells that they came second, and it begins again.
    const take = Prisma.sql`
      INSERT INTO consent_call AS c (scope, key_hash, body_hash, answer, expires_at)
      VALUES (${scope}, ${keyHash}, ${bodyHash}, ''::bytea, ${expiresAt})
      ON CONFLICT (scope, key_hash) DO UPDATE SET body_hash = excluded.body_hash, answer = ''::bytea, expires_at = excluded.expires_at
      WHERE c.expires_at <= ${now} RETURNING scope`
    const [taken, found] = await tx.$together(() => Promise.all([rowsIn(tx, take), ahead?.(tx)]))
    const others = taken.length === 0 && answered(await callOf(tx, known), context, known)
    if (others) return others
    const answer = await run(tx, found)
    const sealed = context.secrets.seal(placeOf(known), JSON.stringify(answer))
    tx.$later(Prisma.sql`UPDATE consent_call SET answer = ${sealed} WHERE scope = ${scope} AND key_hash = ${keyHash}`)
    return answer
  }
  // What a person says is provable when the call is answered.
  return transact(unhurried, operation, effect, { integrated: true })
}

type Kept = Pick<ConsentCall, 'bodyHash' | 'answer' | 'expiresAt'>

async function callOf(from: Transaction | Database, { scope, keyHash }: Known): Promise<Kept | undefined> {
  const rows = await rowsIn<Kept>(
    from,
    Prisma.sql`
      SELECT body_hash AS "bodyHash", answer, expires_at AS "expiresAt" FROM consent_call
      WHERE scope = ${scope} AND key_hash = ${keyHash}`,
  )
  return rows[0]
}

/** What was answered before, if the key is known and not too old. */
function answered(call: Kept | undefined, context: Context, known: Known): Answer | undefined {
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

const isPlain = (value: unknown): value is object => {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

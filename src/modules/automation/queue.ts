import type { Database } from '../../database/client.ts'
import type { Transaction } from '../../database/transact.ts'

/** A run, by its key. */
export type RunKey = { contactId: string; id: string }

const outcomes = ['waiting', 'done', 'not_matched', 'loop_stopped', 'failed', 'cancelled'] as const

/** What became of a run. `failed`: nobody tries any more, unless told to. */
export type Outcome = (typeof outcomes)[number]

/** The same of a run as it is stored. */
export function outcomeOf(state: string): Outcome {
  const known = outcomes.find((one) => one === state)
  if (!known) throw new Error(`there is no outcome ${state}`)
  return known
}

// Milliseconds.
const firstPause = 1000
const longestPause = 3_600_000
const mostAttempts = 8
const keptAfterwards = { not_matched: 7, others: 90 } // days

/**
 * Runs whose turn it is: of each contact the earliest alone, so that events about it are heard in their order. Whoever takes one
 * holds it by a lock on its row, which ends with the transaction of its effect, however that ends.
 */
export const dueRuns = (database: Database, most: number): Promise<RunKey[]> =>
  database.$queryRaw<RunKey[]>`
    SELECT r.contact_id AS "contactId", r.id FROM automation_run r
    WHERE r.state = 'waiting' AND r.due_at <= now() AND NOT EXISTS (
      SELECT FROM automation_run e WHERE e.contact_id = r.contact_id AND e.state = 'waiting'
        AND (e.sequence, e.rule_id) < (r.sequence, r.rule_id))
    ORDER BY r.due_at LIMIT ${most}`

/** Takes a run for this transaction. False if it was done meanwhile, or another process is at it. */
export async function lockRun(tx: Transaction, { contactId, id }: RunKey): Promise<boolean> {
  const locked = await tx.$queryRaw<unknown[]>`
    SELECT FROM automation_run r WHERE r.contact_id = ${contactId}::uuid AND r.id = ${id}::uuid AND r.state = 'waiting'
    FOR UPDATE SKIP LOCKED`
  return locked.length > 0
}

/** Notes that a run is over, in the transaction of its effect. */
export async function finishRun(tx: Transaction, { contactId, id }: RunKey, state: Outcome): Promise<void> {
  const data = { state, finishedAt: new Date(), faultCode: '', fault: null }
  await tx.automationRun.update({ where: { contactId_id: { contactId, id } }, data })
}

/** Why a run failed. */
export type RunFault = {
  code: string
  /** Its text, sealed. */
  fault: Uint8Array<ArrayBuffer> | null
  /** Trying again would not help. */
  permanent: boolean
}

/**
 * Notes that a run failed: it is tried again after a pause, which grows from a second to an hour, or given up. Others about the
 * contact wait meanwhile. Returns which; undefined if another process was at it.
 */
export async function noteFault(
  database: Database,
  { contactId, id, attempts }: RunKey & { attempts: number },
  { code, fault, permanent }: RunFault,
): Promise<'waiting' | 'failed' | undefined> {
  const final = permanent || attempts + 1 >= mostAttempts
  const pause = Math.min(firstPause * 4 ** attempts, longestPause)
  const state = final ? 'failed' : 'waiting'
  const noted = await database.$executeRaw`
    UPDATE automation_run SET state = ${state}, attempts = attempts + 1, fault_code = ${code}, fault = ${fault},
      due_at = now() + ${pause} * interval '1 millisecond', finished_at = CASE WHEN ${final} THEN now() END
    WHERE contact_id = ${contactId}::uuid AND id = ${id}::uuid AND state = 'waiting' AND attempts = ${attempts}`
  return noted > 0 ? state : undefined
}

/** In how many milliseconds the next run is due; undefined when there is none. */
export async function nextDue(database: Database): Promise<number | undefined> {
  const [next] = await database.$queryRaw<{ wait: number | null }[]>`
    SELECT (extract(epoch FROM min(due_at) - now()) * 1000)::float8 AS wait FROM automation_run WHERE state = 'waiting'`
  return next?.wait ?? undefined
}

/** Forgets runs that were over long ago. What they did stays in the audit log. */
export async function forgetOldRuns(database: Database): Promise<void> {
  await database.$executeRaw`
    DELETE FROM automation_run WHERE finished_at < now() - ${keptAfterwards.not_matched} * interval '1 day'
      AND (state = 'not_matched' OR finished_at < now() - ${keptAfterwards.others} * interval '1 day')`
}

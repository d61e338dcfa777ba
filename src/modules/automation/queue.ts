import { Prisma } from '#prisma/client.ts'
import type { Database } from '../../database/client.ts'
import type { Queue } from '../../database/queues.ts'
import type { Transaction } from '../../database/transact.ts'
import { firstIdAt } from '../audit/filter.ts'

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
const day = 24 * 3_600_000

/**
 * That no other run comes before the run `r`: of each contact the earliest takes its turn first, so that events about it are heard
 * in their order. One that failed and waits to be tried again keeps back its own rule alone, so that others go on.
 */
const isFirst = Prisma.sql`NOT EXISTS (
  SELECT FROM automation_run e WHERE e.contact_id = r.contact_id AND e.state = 'waiting'
    AND (e.sequence, e.rule_id) < (r.sequence, r.rule_id)
    AND (e.rule_id = r.rule_id OR NOT EXISTS (
      SELECT FROM automation_run p WHERE p.contact_id = e.contact_id AND p.state = 'waiting'
        AND p.sequence <= e.sequence AND p.rule_id = e.rule_id AND p.due_at > now())))`

/**
 * Runs whose turn it is. Whoever takes one holds it by a lock on its row, which ends with the transaction of its effect, however
 * that ends.
 */
export const dueRuns = (database: Database, most: number): Promise<RunKey[]> =>
  database.$queryRaw<RunKey[]>`
    SELECT r.contact_id AS "contactId", r.id FROM automation_run r
    WHERE r.state = 'waiting' AND r.due_at <= now() AND ${isFirst}
    ORDER BY r.due_at LIMIT ${most}`

/**
 * Takes a run for this transaction. False if it was done meanwhile, if another process is at it, or if its rule has not this
 * version any more: changed or disabled by whoever was first.
 */
export async function lockRun(
  tx: Transaction,
  { contactId, id }: RunKey,
  rule: { id: string; version: number },
): Promise<boolean> {
  const locked = await tx.$queryRaw<unknown[]>`
    SELECT FROM automation_run r WHERE r.contact_id = ${contactId}::uuid AND r.id = ${id}::uuid AND r.state = 'waiting'
      AND EXISTS (SELECT FROM automation_rule a WHERE a.id = ${rule.id}::uuid AND a.version = ${rule.version})
    FOR UPDATE SKIP LOCKED`
  return locked.length > 0
}

/**
 * Cancels what waits for a rule that is not in force. In a statement of its own, which can't collide with runs that just end;
 * those that a process is at, and those of changes that commit only now, are cancelled when they would take their turn.
 */
export async function cancelRuns(database: Database, ruleId: string): Promise<void> {
  await database.$executeRaw`
    UPDATE automation_run r SET state = 'cancelled', finished_at = now()
    FROM (SELECT w.contact_id, w.id FROM automation_run w WHERE w.rule_id = ${ruleId}::uuid AND w.state = 'waiting'
      FOR UPDATE SKIP LOCKED) mine
    WHERE r.contact_id = mine.contact_id AND r.id = mine.id
      AND EXISTS (SELECT FROM automation_rule a WHERE a.id = ${ruleId}::uuid AND a.enabled_at IS NULL)`
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

/** In how many milliseconds the next run is due whose turn it is; undefined when there is none. */
export async function nextDue(database: Database): Promise<number | undefined> {
  const [next] = await database.$queryRaw<{ wait: number | null }[]>`
    SELECT (extract(epoch FROM r.due_at - now()) * 1000)::float8 AS wait FROM automation_run r
    WHERE r.state = 'waiting' AND ${isFirst} ORDER BY r.due_at LIMIT 1`
  return next?.wait ?? undefined
}

/** Forgets runs that were over long ago, some at a time. What they did stays in the audit log. */
export async function forgetOldRuns(database: Database, most = 5000): Promise<void> {
  for (const state of outcomes) {
    if (state === 'waiting') continue
    const days = state === 'not_matched' ? keptAfterwards.not_matched : keptAfterwards.others
    // Ids tell when a run was made, and it ended no earlier.
    const made = Prisma.sql`w.id < ${firstIdAt(Date.now() - days * day)}::uuid`
    let gone: number
    do {
      gone = await database.$executeRaw`
        DELETE FROM automation_run r USING (
          SELECT w.contact_id, w.id FROM automation_run w WHERE w.state = ${state} AND ${made}
            AND w.finished_at < now() - ${days} * interval '1 day' ORDER BY w.id LIMIT ${most}) old
        WHERE r.contact_id = old.contact_id AND r.id = old.id`
    } while (gone === most)
  }
}

/** Turns of rules. */
export const runs: Queue = {
  name: 'rules',
  waiting: Prisma.sql`SELECT created_at AS since FROM automation_run WHERE state = 'waiting' ORDER BY due_at`,
  givenUp: Prisma.sql`SELECT FROM automation_run WHERE state = 'failed'`,
}

import { setTimeout } from 'node:timers/promises'
import type { WorkContext } from '../graphql/context.ts'
import { inSpan } from '../telemetry/spans.ts'
import { inTransaction } from './begin.ts'
import { Recorder, type Transaction } from './recorder.ts'
import { isExclusionViolation, isSerializationFailure, isUniqueViolationOf } from './sql-errors.ts'

const attempts = 8
/** Milliseconds between two of them. */
const longestPause = 5000

export type { Transaction } from './recorder.ts'

type TransactOptions = {
  isolation?: 'ReadCommitted' | 'RepeatableRead' | 'Serializable'
  integrated?: boolean
  erasing?: readonly string[]
  last?: (tx: Transaction) => Promise<void>
  timeout?: number
}

/**
 * The unit of work that every mutation runs in: one transaction, one actor, one request. Each change of an audited model
 * is recorded with its old and new values, and the entries are written before the commit. If that fails, or the caller is told
 * in the meantime that the request was cut off, nothing happened. Throws NOT_FOUND for a change about a contact that the
 * caller doesn't see.
 *
 * Within another unit of work (`context.within`) it is a part of that, which is recorded and committed as one.
 *
 * @param operation The name for the log, usually the mutation's.
 * @param options.isolation One snapshot, as a rule: the old value that is logged is the one that was replaced, or PostgreSQL
 *   refuses and we try again. Serializable where a rule spans rows that others may change meanwhile. ReadCommitted for what nobody
 *   else does meanwhile, by a lock that it takes, and where nothing is recorded.
 * @param options.integrated Settles only when the entries are in the tree of the log, with a checkpoint that says so (or after
 *   10 seconds, of which the log tells): for what must be provable at once.
 * @param options.erasing Contacts that are erased in it: what changes about them is told by whoever erases, without values.
 * @param options.last Done when everything else is in the log and PostgreSQL's guards have agreed, as the last thing before the commit.
 * @param options.timeout Milliseconds that it may take; two minutes, unless said otherwise.
 */
async function commit<T>(
  context: WorkContext,
  operation: string,
  run: (tx: Transaction) => Promise<T>,
  { isolation = 'RepeatableRead', integrated = false, erasing, last, timeout = 120_000 }: TransactOptions = {},
): Promise<T> {
  if (context.within) {
    // What it asks for would have to hold for the whole.
    if (isolation === 'Serializable' || erasing || last)
      throw new Error(`${operation} can't be a part of another unit of work`)
    return run(context.within)
  }
  for (let attempt = 1; ; attempt++) {
    context.signal?.throwIfAborted()
    const recorder = new Recorder(context, operation, erasing)
    const began = performance.now()
    let result: T
    try {
      result = await inTransaction(context.database, { isolation, timeout }, async (client, outbox) => {
        const tx = recorder.begin(client, outbox)
        const outcome = await run(tx)
        context.signal?.throwIfAborted()
        await recorder.write(tx)
        if (last) await finish(tx, recorder, last)
        return outcome
      })
    } catch (thrown) {
      const error = await recorder.reasonOf(thrown)
      if (attempt === attempts || !isConcurrent(error)) throw error
      context.log.debug({ requestId: context.requestId, operation, attempt }, 'trying again after a concurrent change')
      // Each at another moment, further apart the longer it takes, or those who collided would collide again.
      const took = performance.now() - began
      await setTimeout(Math.random() * Math.min((10 + took) * 2 ** attempt, longestPause))
      continue
    }
    if (integrated) await waitForTree(context, operation, recorder.written)
    return result
  }
}

export const transact: typeof commit = (context, operation, run, options) =>
  inSpan({ name: `transaction ${operation}` }, () => commit(context, operation, run, options)).finally(() =>
    context.replicas?.wrote(context.actor),
  )

async function finish(tx: Transaction, recorder: Recorder, last: (tx: Transaction) => Promise<void>) {
  await tx.$executeRaw`SET CONSTRAINTS ALL IMMEDIATE`
  await tx.$executeRaw`SET CONSTRAINTS ALL DEFERRED`
  await last(tx)
  await recorder.write(tx)
}

async function waitForTree(
  { integration, log, requestId }: WorkContext,
  operation: string,
  written: readonly string[],
) {
  if (!integration || (await integration.integrated(written))) return
  log.warn(
    { requestId, operation },
    'answered before what it did was in the tree of the audit log, which took too long',
  )
}

/** Others changed the same rows, made the same key of a contact, or a period in the same place. */
const isConcurrent = (error: unknown) =>
  isSerializationFailure(error) || isExclusionViolation(error) || isUniqueViolationOf(error, 'audit_key_used')

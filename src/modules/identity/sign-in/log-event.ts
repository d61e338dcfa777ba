import { type Transaction, transact } from '../../../database/transact.ts'
import type { Context, WorkContext } from '../../../graphql/context.ts'
import type { FieldChanges } from '../../audit/values.ts'
import { writeEntries } from '../../audit/write.ts'

/** What happened, beyond what the recorder notices by itself. */
export type LogEvent = {
  action: 'refused' | 'updated'
  operation: string
  entity: 'User' | 'Session' | 'Passkey'
  entityId: string
  changes: FieldChanges
}

/** Writes an entry into the audit log. */
export async function logEvent(
  tx: Transaction,
  context: Pick<WorkContext, 'actor' | 'requestId' | 'keys'>,
  event: LogEvent,
): Promise<void> {
  await writeEntries(tx, context, [event])
}

/** Writes into the audit log, in a transaction of its own, that somebody was turned away. */
export async function logRefusal(context: WorkContext, refusal: Omit<LogEvent, 'action'>): Promise<void> {
  await transact(context, refusal.operation, (tx) => logEvent(tx, context, { action: 'refused', ...refusal }))
}

/** Writes into the audit log that somebody failed to prove who they are, and from where. */
export async function logFailure(context: Context, operation: string, userId: string): Promise<void> {
  const changes = { address: { new: context.address } }
  await logRefusal(context, { operation, entity: 'User', entityId: userId, changes })
}

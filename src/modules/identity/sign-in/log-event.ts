import { v7 as uuidv7 } from 'uuid'
import type { Transaction } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { type FieldChanges, sealValues } from '../../audit/values.ts'

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
  { actor, requestId }: Pick<WorkContext, 'actor' | 'requestId'>,
  { changes, ...event }: LogEvent,
): Promise<void> {
  await tx.systemAuditEntry.create({
    data: {
      id: uuidv7(),
      requestId,
      actorKind: actor.kind,
      actorId: actor.id,
      ...event,
      fields: Object.keys(changes),
      values: sealValues(changes),
    },
  })
}

import type { LawfulBasisEvent } from '#prisma/client.ts'
import type { Transaction } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import type { Purposes } from '../law/types.ts'

/**
 * Told of events of legal grounds in the unit of work that adds them, before it is committed: what it throws undoes them. What
 * it wants done outside the database goes into an outbox. Imports bring thousands of events at once.
 */
export type BasisListener = (
  tx: Transaction,
  context: WorkContext,
  events: readonly LawfulBasisEvent[],
  purposes: Purposes,
) => Promise<void>

import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import type { FieldDraft } from '../fields/given.ts'

/**
 * Takes what a contact is said to want in custom fields, as proposals that staff decides over; in the caller's unit of work. What is
 * proposed was checked against its definitions. Throws INVALID_INPUT for what can't be proposed, LIMIT_EXCEEDED where too much waits.
 */
export type FieldProposals = (
  tx: Transaction,
  context: WorkContext,
  contactId: string,
  fields: readonly FieldDraft[],
) => Promise<void>

import type { Transaction } from '../../../database/transact.ts'
import type { Context } from '../../../graphql/context.ts'
import { type Fault, invalidInput } from '../../../graphql/errors.ts'
import { currentDefinitions } from '../../fields/definitions.ts'
import type { FieldDraft } from '../../fields/given.ts'
import { planFields } from '../../fields/plan.ts'

/**
 * Checks custom fields that a client fills, by its scopes and what definitions open to partners; of no contact in particular, so that
 * it tells nothing of one. Throws INVALID_INPUT or FORBIDDEN.
 */
export async function checkFields(tx: Transaction, context: Context, fields: readonly FieldDraft[]): Promise<void> {
  if (fields.length === 0) return
  const faults: Fault[] = []
  planFields(await currentDefinitions(tx), context, fields, faults, { stored: {}, defaultCountry: context.country })
  if (faults.length === 0) return
  throw invalidInput(
    faults.map((fault) => ({ ...fault, field: fault.field.replace('customFields.', 'input.fields.') })),
  )
}

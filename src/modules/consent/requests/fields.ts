import { v7 as uuidv7 } from 'uuid'
import type { Transaction } from '../../../database/transact.ts'
import type { Context, WorkContext } from '../../../graphql/context.ts'
import { type Fault, invalidInput, LetheError } from '../../../graphql/errors.ts'
import { claimsIn, takenClaims } from '../../fields/claims.ts'
import { currentDefinitions } from '../../fields/definitions.ts'
import type { FieldDraft } from '../../fields/given.ts'
import { planFields } from '../../fields/plan.ts'

/**
 * Checks custom fields that a client fills, by its scopes and what definitions open to partners; of no contact in particular, so that
 * it tells nothing of one. Throws INVALID_INPUT or FORBIDDEN.
 *
 * @param options.complete Whoever it is may be new here, so everything has to be there that this client fills and a new contact needs.
 */
export async function checkFields(
  tx: Transaction,
  context: Context,
  fields: readonly FieldDraft[],
  { complete = false }: { complete?: boolean } = {},
): Promise<void> {
  if (fields.length === 0 && !complete) return
  const faults: Fault[] = []
  const options = { defaultCountry: context.country, ...(!complete && { stored: {} }) }
  planFields(await currentDefinitions(tx), context, fields, faults, options)
  if (faults.length === 0) return
  throw invalidInput(
    faults.map((fault) => ({ ...fault, field: fault.field.replace('customFields.', 'input.fields.') })),
  )
}

/**
 * Of the fields that were kept with a request those that still fit: definitions may have changed since, and what has to be unique may
 * be somebody else's. Nobody is kept from saying yes by that, nor told.
 */
export async function fittingFields(
  tx: Transaction,
  { country, log, requestId }: WorkContext,
  fields: readonly FieldDraft[],
  contactId: string = uuidv7(),
): Promise<FieldDraft[]> {
  if (fields.length === 0) return []
  const definitions = await currentDefinitions(tx)
  const fitting: FieldDraft[] = []
  for (const field of fields) {
    const faults: Fault[] = []
    const plan = planned(() =>
      planFields(definitions, { partner: true }, [field], faults, { stored: {}, defaultCountry: country }),
    )
    const isGood = plan && faults.length === 0 && (await takenClaims(tx, claimsIn(plan, contactId))).length === 0
    if (isGood) fitting.push(field)
    else
      log.info(
        { requestId, field: field.key },
        'a field of a request for consent does not fit any more, and is left out',
      )
  }
  return fitting
}

/** Undefined for a field that is not open to partners any more. */
function planned<T>(plan: () => T): T | undefined {
  try {
    return plan()
  } catch (error) {
    if (error instanceof LetheError && error.code === 'FORBIDDEN') return undefined
    throw error
  }
}

import { transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { type Fault, invalidInput } from '../../graphql/errors.ts'
import { currentDefinitions, definitionsAtHand, definitionsOf } from '../fields/definitions.ts'
import { owesAnything, planFields } from '../fields/plan.ts'
import { prepareFields, writeFieldRows } from '../fields/store.ts'
import { checkDraft, checkNotEmpty, checkProvenance } from './check.ts'
import type { ContactDraft } from './draft.ts'
import { barredFaults } from './readmission.ts'
import { contactRows, insertContacts } from './store.ts'

type Origin = { source?: string | null | undefined; sourceAt?: Date | null | undefined }

/**
 * Creates a contact and returns its id. Throws INVALID_INPUT with every fault.
 *
 * @param options.incomplete Also without custom fields that a new one has to have.
 * @param options.readmit Also somebody who objected and was erased: they want to be entered again themself.
 */
export async function createContact(
  context: WorkContext,
  draft: ContactDraft,
  origin: Origin,
  { incomplete = false, readmit = false }: { incomplete?: boolean; readmit?: boolean } = {},
): Promise<string> {
  const { contact, faults } = checkDraft(draft, { defaultCountry: context.country })
  const { source = '', sourceAt = null } = checkProvenance(origin, faults)
  const empty = faults.length === 0 && checkNotEmpty(contact)
  if (empty) faults.push(empty)
  const fields = draft.customFields ?? []
  // Within another unit of work by its own connection: to wait for a second one, while all do, would be for ever.
  const known = context.within
    ? (definitionsAtHand(context) ?? currentDefinitions(context.within))
    : definitionsOf(context)
  const hasFields = fields.length > 0 || owesAnything(await known)
  if (faults.length > 0 && !hasFields) throw invalidInput(faults)
  const rows = contactRows(contact, { source, sourceAt })
  await transact(context, 'createContact', async (tx) => {
    const all: Fault[] = [...faults]
    if (readmit) await context.readmission?.admit(tx, context, contact.points)
    else all.push(...(await barredFaults(tx, context, contact.points)))
    if (!hasFields) {
      if (all.length > 0) throw invalidInput(all)
      return insertContacts(tx, [rows])
    }
    const options = { defaultCountry: context.country, ...(incomplete && { missing: [] }) }
    const plan = planFields(await currentDefinitions(tx), context, fields, all, options)
    if (all.length > 0) throw invalidInput(all)
    const writes = await prepareFields(context.keys, rows.row.id, {}, plan)
    await insertContacts(tx, [{ ...rows, row: { ...rows.row, customFields: writes.stored } }])
    return writeFieldRows(tx, writes)
  })
  return rows.row.id
}

import { transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { invalidInput } from '../../graphql/errors.ts'
import { checkDraft, checkNotEmpty, checkProvenance } from './check.ts'
import type { ContactDraft } from './draft.ts'
import { contactRows, insertContacts } from './store.ts'

type Origin = { source?: string | null | undefined; sourceAt?: Date | null | undefined }

/** Creates a contact and returns its id. Throws INVALID_INPUT with every fault. */
export async function createContact(context: WorkContext, draft: ContactDraft, origin: Origin): Promise<string> {
  const { contact, faults } = checkDraft(draft, { defaultCountry: context.country })
  const { source = '', sourceAt = null } = checkProvenance(origin, faults)
  const empty = faults.length === 0 && checkNotEmpty(contact)
  if (empty) faults.push(empty)
  if (faults.length > 0) throw invalidInput(faults)
  const rows = contactRows(contact, { source, sourceAt })
  await transact(context, 'createContact', (tx) => insertContacts(tx, [rows]))
  return rows.row.id
}

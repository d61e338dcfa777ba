import type { Rights } from '../../../graphql/auth/rights.ts'
import type { DeniedInput, Fault } from '../../../graphql/errors.ts'
import { faultPath } from '../../fields/plan.ts'
import { rightOfField } from '../../fields/rights.ts'
import type { ContactDraft } from '../draft.ts'
import { contactFieldList } from '../fields.ts'
import { pointKindList } from '../points.ts'
import type { ImportRow } from './row.ts'

type ImportedDraft = ContactDraft & { bases?: ImportRow['bases'] | undefined }

/** A fault for everything in an imported row that the caller may not write, or not read. */
export const deniedFields = (draft: ImportedDraft, rights: Rights): Fault[] =>
  deniedInRow(draft, rights).map(({ path, right }) => ({
    field: path,
    message: `You need the right to read and write "${right}".`,
  }))

/**
 * What of an imported row the caller may not write: an import is no way around field rights. Nor what they may not read: the
 * counts would tell whether it is known already.
 */
export function deniedInRow(draft: ImportedDraft, rights: Rights): DeniedInput[] {
  // Each row enters a contact, as createContact does, and the counts tell which ones are known.
  const given = new Map<string, unknown>([...Object.entries(draft), ['row', true]])
  const fields = [
    { field: 'row', right: 'contacts.contact' },
    { field: 'bases', right: 'lawfulness.basis' },
    ...contactFieldList.map(({ name, right }) => ({ field: name, right })),
    ...pointKindList.map(({ field, right }) => ({ field, right })),
  ]
  const custom = (draft.customFields ?? []).map(({ key }) => ({ field: faultPath(key), right: rightOfField(key) }))
  for (const { field } of custom) given.set(field, true)
  return [...fields, ...custom].flatMap(({ field: path, right }): DeniedInput[] => {
    if (!isGiven(given.get(path)) || (rights.canWrite(right) && rights.canRead(right))) return []
    return [{ path, right, access: rights.canWrite(right) ? 'read' : 'write' }]
  })
}

const isGiven = (value: unknown) => (Array.isArray(value) ? value.length > 0 : Boolean(value))

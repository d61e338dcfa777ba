import type { Transaction } from '../../../database/transact.ts'
import type { Rights } from '../../../graphql/auth/rights.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import type { Fault } from '../../../graphql/errors.ts'
import { currentDefinitions, type Definitions, definitionsOf } from '../../fields/definitions.ts'
import { planFields } from '../../fields/plan.ts'
import { absent, mayRead, mayWrite } from '../../fields/rights.ts'
import type { CheckedContact } from '../draft.ts'
import type { ImportRow } from './row.ts'
import type { ImportItem, Refused } from './write.ts'

/** Checks the custom fields of the rows of an import, under the rights of whoever imports. */
export function rowFields(
  context: WorkContext,
  { rights, incomplete = false }: { rights?: Rights; incomplete?: boolean },
) {
  const { partner = false, contact = false } = context
  const caller = { ...(rights && { rights }), partner, contact }
  const stamps = new WeakMap<ImportRow, string>()

  /** What may not be written, or not be read, was refused already, by name: it is not looked at. */
  function check(
    definitions: Definitions,
    row: ImportRow,
    faults: Fault[],
  ): Pick<CheckedContact, 'fields' | 'missing'> {
    stamps.set(row, definitions.stamp)
    const allowed = (row.draft.customFields ?? []).filter(({ key }) => {
      const definition = definitions.get(key) ?? absent(key)
      return mayRead(caller, definition) && mayWrite(caller, definition)
    })
    const missing: Fault[] = []
    const fields = planFields(definitions, caller, allowed, faults, { defaultCountry: context.country, missing })
    return { ...(fields.size > 0 && { fields }), ...(missing.length > 0 && !incomplete && { missing }) }
  }

  return {
    /** What the custom fields of a row are to be, and lack if it is a new contact; adds their faults. */
    plan: async (row: ImportRow, faults: Fault[]) => check(await definitionsOf(context), row, faults),
    /** The rows once more, where definitions changed since they were checked; until the transaction ends, they don't. */
    again: async (
      tx: Transaction,
      items: readonly ImportItem[],
    ): Promise<{ fits: ImportItem[]; misfits: Refused[] }> => {
      const definitions = await currentDefinitions(tx)
      const misfits: Refused[] = []
      const fits = items.flatMap((item): ImportItem[] => {
        if (stamps.get(item.row) === definitions.stamp) return [item]
        const faults: Fault[] = []
        const { fields: _, missing: _m, ...contact } = item.contact
        const found = check(definitions, item.row, faults)
        if (faults.length > 0) misfits.push({ row: item.row, faults })
        return faults.length > 0 ? [] : [{ ...item, contact: { ...contact, ...found } }]
      })
      return { fits, misfits }
    },
  }
}

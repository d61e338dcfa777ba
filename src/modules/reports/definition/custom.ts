import type { ContactFilter } from '../../contacts/list/filter-inputs.ts'
import type { FieldCaller } from '../../fields/rights.ts'
import { rightOfField } from '../../fields/rights.ts'

/** The keys of the custom fields that a filter goes by, wherever in it. */
export const customKeysIn = ({ customFields, and, or, not }: ContactFilter): string[] => [
  ...(customFields ?? []).map(({ key }) => key),
  ...[...(and ?? []), ...(or ?? []), ...(not ? [not] : [])].flatMap(customKeysIn),
]

/** Those of them that somebody may not read, whether there are any such fields or not. */
export const deniedCustom = (filter: ContactFilter, { rights }: FieldCaller): string[] =>
  customKeysIn(filter).filter((key) => rights && !rights.canRead(rightOfField(key)))

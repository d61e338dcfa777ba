import { Prisma } from '#prisma/client.ts'
import type { SortKey } from '../../database/keyset.ts'
import { invalidInput } from '../../graphql/errors.ts'
import { type FieldSight, requireReadable } from './filter.ts'
import { fieldKinds } from './kinds.ts'
import { sortExpressions } from './sql.ts'

/** A custom field to sort contacts by. */
export type CustomFieldOrder = { key: string; direction: 'ASC' | 'DESC' }

/** The keys of a sort by a custom field. Amounts of money are sorted by their currency first. */
export function fieldSortKeys(sight: FieldSight, { key, direction }: CustomFieldOrder): SortKey[] {
  const definition = requireReadable(sight, key, 'orderBy.customField')
  if (!fieldKinds[definition.kind].sortable) {
    throw invalidInput([{ field: 'orderBy.customField.key', message: `"${key}" has no order.` }])
  }
  const descending = direction === 'DESC'
  return sortExpressions(definition, descending).map(({ sql, type }, index) => ({
    name: `customField.${key}.${index}`,
    // A collation can't stand before the comparison with a list, unless in parentheses.
    expression: Prisma.raw(`(${sql})`),
    type,
    descending,
  }))
}

import { z } from 'zod'
import type { Json } from '../../../database/json.ts'
import { invalidInput } from '../../../graphql/errors.ts'
import type { ContactFilter } from '../../contacts/list/filter-inputs.ts'
import { filterShape } from './filter.ts'

/** What a report shows, as it is saved; checked against its source whenever it is used. */
export type Definition = {
  /** The key of a source. */
  source: string
  /** Keys of columns; empty: the usual ones. */
  columns: readonly string[]
  /** As `contacts` takes it. */
  filter: ContactFilter | null
  /** Keys of columns, of days and moments with what they are put together by: `occurredAt:month`. */
  groupBy: readonly string[]
  orderBy: readonly { column: string; direction: 'ASC' | 'DESC' }[]
  parameters: Readonly<Record<string, string | number | boolean>>
}

/** What a definition may have of each. */
export const most = { columns: 60, groups: 4, orders: 5, parameters: 20 }

const key = z.string().min(1).max(200)

const shape = z.strictObject({
  source: key,
  columns: z.array(key).max(most.columns).default([]),
  filter: filterShape.nullable().default(null),
  groupBy: z.array(key).max(most.groups).default([]),
  orderBy: z
    .array(z.strictObject({ column: key, direction: z.enum(['ASC', 'DESC']) }))
    .max(most.orders)
    .default([]),
  parameters: z
    .record(key, z.union([z.string().max(200), z.number(), z.boolean()]))
    .refine((given) => Object.keys(given).length <= most.parameters, 'Too many.')
    .default({}),
})

/** A definition from what was given, or saved. Throws INVALID_INPUT with every fault. */
export function definitionOf(given: unknown): Definition {
  const parsed = shape.safeParse(given)
  if (parsed.success) return parsed.data
  throw invalidInput(
    parsed.error.issues.map(({ path, message }) => ({
      field: ['definition', ...path].join('.').slice(0, 200),
      message,
    })),
  )
}

/** A definition as it is saved. */
export const savedForm = (definition: Definition): Record<string, Json> => JSON.parse(JSON.stringify(definition))

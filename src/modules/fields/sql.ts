import type { SortKey } from '../../database/keyset.ts'
import { type Definition, isFieldKey } from './definition.ts'
import type { FieldKind } from './kinds.ts'

// Custom fields as expressions on the row `c` of `contact`. They are the same wherever they stand, so that indexes are found.

type Field = Pick<Definition, 'key' | 'kind'>

/** An expression with the type that it has. */
export type Expression = { sql: string; type: SortKey['type'] }

/** How many characters of text sorting looks at: what stands in an index must be short. */
export const sorted = 200

/** The key as it stands in SQL: never anything but small letters, digits and underscores. */
export function literal(key: string): string {
  if (!isFieldKey(key)) throw new Error(`${key} can't be the key of a field`)
  return `'${key}'`
}

/** The value as text; empty for none. `row`: `c.` or nothing. */
export const textExpression = ({ key }: Pick<Field, 'key'>, row = 'c.'): string =>
  `coalesce(${row}custom_fields->>${literal(key)}, '')`

/** The value as JSON; NULL for none. */
export const jsonExpression = ({ key }: Pick<Field, 'key'>, row = 'c.'): string =>
  `(${row}custom_fields->${literal(key)})`

/** What is chosen, as a JSON list; an empty one for nothing. */
export const listExpression = ({ key }: Pick<Field, 'key'>, row = 'c.'): string =>
  `coalesce(${row}custom_fields->${literal(key)}, '[]'::jsonb)`

/** What text is looked through for parts of it: without case and accents. */
export const foldedExpression = (field: Pick<Field, 'key'>, row = 'c.'): string =>
  `lethe_fold(${textExpression(field, row)})`

/**
 * What contacts are sorted by, from the first to the last key. Never NULL: text that isn't there comes first, all else that
 * isn't there comes last, whichever way.
 */
export function sortExpressions(field: Field, descending: boolean, row = 'c.'): Expression[] {
  const { key, kind } = field
  const json = `${row}custom_fields->${literal(key)}`
  const text = `${row}custom_fields->>${literal(key)}`
  // As they are written, the order of characters is that of time, and of no and yes.
  const byCharacter = (value: string): Expression => ({
    sql: `coalesce(${value}, '${descending ? '' : '~'}') COLLATE "C"`,
    type: 'text',
  })
  const number = (value: string): Expression => ({
    sql: `coalesce((${value})::numeric, '${descending ? '-' : ''}Infinity'::numeric)`,
    type: 'numeric',
  })
  if (isNumber(kind)) return [number(text)]
  if (kind === 'money') return [byCharacter(`${json}->>'currency'`), number(`${json}->>'amount'`)]
  if (kind === 'date' || kind === 'date_time' || kind === 'boolean') return [byCharacter(text)]
  return [{ sql: `left(${textExpression(field, row)}, ${sorted}) COLLATE "und-x-icu"`, type: 'text' }]
}

/** Whether sorting the other way takes other expressions. */
export const differsDescending = ({ kind }: Pick<Field, 'kind'>): boolean =>
  isTimeLike(kind) || isNumber(kind) || kind === 'money'

export const isNumber = (kind: FieldKind): boolean => kind === 'integer' || kind === 'decimal'

const isTimeLike = (kind: FieldKind) => kind === 'date' || kind === 'date_time' || kind === 'boolean'

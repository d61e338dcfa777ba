import type { Definition } from './definition.ts'
import { differsDescending, foldedExpression, listExpression, literal, sortExpressions } from './sql.ts'

/** An index, as the statement that makes it wants it: `CREATE INDEX name ON contact on`. */
export type FieldIndex = { name: string; on: string }

/** What the names of the indexes of fields begin with, and nothing else's. */
export const indexPrefix = 'field_values_'

// As lists are: without merged contacts, the id last.
const listed = 'contact_id) WHERE merged_into_id IS NULL'

/** The indexes by which a field is found and sorted. */
export function indexesOf(field: Pick<Definition, 'key' | 'kind'>): FieldIndex[] {
  const { key, kind } = field
  literal(key) // Throws for what can't stand in a statement.
  const name = (suffix: string) => `${indexPrefix}${key}_${suffix}`
  if (kind === 'choices') return [{ name: name('in'), on: `USING gin ((${listExpression(field, '')}))` }]
  const keys = (descending: boolean) =>
    sortExpressions(field, descending, '')
      .map(({ sql }) => `(${sql})`)
      .join(', ')
  const text = sortExpressions(field, false, '').every(({ sql }) => sql.includes('und-x-icu'))
  return [
    { name: name('up'), on: `(${keys(false)}, ${listed}` },
    ...(differsDescending(field) ? [{ name: name('down'), on: `(${keys(true)}, ${listed}` }] : []),
    ...(text ? [{ name: name('part'), on: `USING gin (${foldedExpression(field, '')} gin_trgm_ops)` }] : []),
  ]
}

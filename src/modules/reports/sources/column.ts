import { Prisma } from '#prisma/client.ts'
import type { SortKey } from '../../../database/keyset.ts'
import type { Text } from '../../disclosed.ts'
import type { Cell, CellType, SqlColumn } from './source.ts'

type Options = Partial<Omit<SqlColumn, 'key' | 'name' | 'type' | 'sql'>>

/** A column of the database, as sources declare it: sortable and groupable, unless it is a list or says otherwise. */
export const column = (key: string, name: Text, type: CellType, sql: Prisma.Sql, options: Options = {}): SqlColumn => ({
  ...{ key, name, type, sql, right: null },
  sortable: type !== 'list',
  groupable: type !== 'list' && type !== 'id',
  ...options,
})

/** What rows are sorted by: what is unknown comes last, whichever way. */
export function sortOf(
  { type, sql, sort }: SqlColumn,
  descending: boolean,
): readonly Pick<SortKey, 'expression' | 'type'>[] {
  if (sort) return sort(descending)
  const unknown = Prisma.raw(descending ? "'-infinity'" : "'infinity'")
  switch (type) {
    case 'date':
      return [{ expression: Prisma.sql`coalesce(${sql}, ${unknown}::date)`, type: 'date' }]
    case 'time':
      return [{ expression: Prisma.sql`coalesce(${sql}, ${unknown}::timestamptz)`, type: 'timestamptz' }]
    case 'number': {
      const last = Prisma.raw(descending ? "'-Infinity'" : "'Infinity'")
      return [{ expression: Prisma.sql`coalesce((${sql})::numeric, ${last}::numeric)`, type: 'numeric' }]
    }
    case 'boolean':
      return [
        { expression: Prisma.sql`coalesce((${sql})::int, ${descending ? -1 : 2}::int)::numeric`, type: 'numeric' },
      ]
    default:
      return [{ expression: Prisma.sql`coalesce((${sql})::text, '')`, type: 'text' }]
  }
}

/** A value as PostgreSQL gave it. */
export function cellOf(type: CellType, value: unknown): Cell {
  if (value === null || value === undefined) return null
  if (type === 'number') return Number(value)
  if (type === 'boolean') return Boolean(value)
  if (type === 'list') return Array.isArray(value) ? value.map(String) : [String(value)]
  if (value instanceof Date) return value
  return String(value) || null
}

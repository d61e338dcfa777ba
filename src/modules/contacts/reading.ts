import { Prisma } from '#prisma/client.ts'

// Rows that PostgreSQL hands out as JSON, each as the list of its values: one text for a whole page, without the names that all rows share.

/** Where each value of a row comes from, as SQL; what JSON doesn't have is made of its text. */
export type Columns<Row> = { readonly [Name in keyof Row & string]: Prisma.Sql | Column<Row[Name]> }

type Column<Value> = { sql: Prisma.Sql; read: (json: unknown) => NonNullable<Value> }

/** How rows are read. */
export type Reading<Row = unknown> = {
  /** The values, as SQL. */
  values: readonly Prisma.Sql[]
  /** Makes the row of them. */
  read: (values: readonly unknown[]) => Row
}

type Part = { name: string; sql: Prisma.Sql; read?: ((json: unknown) => unknown) | undefined }

/** A moment or a day of JSON. */
export const asDate = (json: unknown): Date => new Date(String(json))

/** The values as a list in JSON. */
export const listOf = (values: readonly Prisma.Sql[]): Prisma.Sql =>
  values.length > 0 ? Prisma.sql`json_build_array(${Prisma.join(values)})` : Prisma.sql`'[]'::json`

/**
 * How rows with these columns are read: with some of them, or with all. Others are missing in the row then, though its type has them: for
 * those who know what will be asked of it.
 */
export function readerOf<Row extends object>(columns: Columns<Row>) {
  const all: Part[] = Object.entries<Prisma.Sql | Column<unknown>>(columns).map(([name, column]) =>
    'read' in column
      ? { name, sql: column.sql, read: (json) => (json === null ? null : column.read(json)) }
      : { name, sql: column },
  )
  return (names: readonly string[] | undefined, more: readonly Part[] = []): Reading<Row> => {
    const parts = [...(names ? all.filter(({ name }) => names.includes(name)) : all), ...more]
    return {
      values: parts.map(({ sql }) => sql),
      read: (values) => {
        const row: Record<string, unknown> = {}
        for (let index = 0; index < parts.length; index++) {
          const part = parts[index]
          if (!part) continue
          const { name, read } = part
          const value = values[index]
          row[name] = read ? read(value) : value
        }
        return row as Row
      },
    }
  }
}

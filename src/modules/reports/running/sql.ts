import { Prisma } from '#prisma/client.ts'
import { cutPage, planPage, type SortKey, writeCursor } from '../../../database/keyset.ts'
import { pageSize } from '../../../graphql/builder.ts'
import type { Context } from '../../../graphql/context.ts'
import { cellOf, sortOf } from '../sources/column.ts'
import type { Cell, ReportRow, Selected, SqlColumn } from '../sources/source.ts'
import { type Grouping, mostGroups } from './groups.ts'
import type { GroupRow, Page, Rows } from './rows.ts'
import { logSealed } from './sealed.ts'
import { subjectsIn } from './subjects.ts'

/** What to read, by whom: columns, order and grouping are ones that they may read. */
export type SqlRun = {
  context: Context
  selected: Selected
  columns: readonly SqlColumn[]
  orderBy: readonly { column: SqlColumn; descending: boolean }[]
  groupBy: readonly Grouping<SqlColumn>[]
}

/** The rows of a statement: by keyset, so that the thousandth page costs what the first did. */
export function sqlRows({ context, selected, columns, orderBy, groupBy }: SqlRun): Rows {
  const { from, identity, contactId } = selected
  const conditions = selected.conditions.length > 0 ? selected.conditions : [Prisma.sql`true`]
  const keys = keysOf(selected, orderBy)
  const id = identity.at(-1)?.expression ?? Prisma.sql`NULL::uuid`
  const values = columns.map(({ sql }, index) => Prisma.sql`${sql} AS ${Prisma.raw(`value_${index}`)}`)

  async function page({ first, after, maximum = pageSize.maximum }: Page) {
    const plan = planPage(keys, { first, after }, { ...pageSize, maximum })
    const found = await context.database.$queryRaw<Record<string, unknown>[]>`
      SELECT ${Prisma.join([Prisma.sql`${id} AS row_id`, Prisma.sql`${contactId ?? Prisma.sql`NULL::uuid`} AS contact_id`, ...values])},
        ${plan.cursorColumns}
      FROM ${from} WHERE ${Prisma.join([...conditions, ...plan.conditions], ' AND ')}
      ORDER BY ${plan.orderBy} LIMIT ${plan.limit}`
    const cut = cutPage(plan, found, {})
    await logSealed(context, columns, cut.rows)
    const rows = await Promise.all(cut.rows.map((row) => rowOf(columns, row)))
    const last = cut.rows.at(-1)
    return { rows, hasNextPage: cut.hasNextPage, endCursor: last ? writeCursor(keys, last) : null }
  }

  return {
    page,
    rowsAtOnce: selected.rowsAtOnce ?? pageSize.maximum,
    namesPurposes: selected.basis !== undefined,
    subjects: contactId && ((which) => subjectsIn({ ...selected, contactId, conditions }, which)),
    count: async (upTo) => {
      const [counted] = await context.database.$queryRaw<{ count: number }[]>`
        SELECT count(*)::int AS count FROM (
          SELECT FROM ${from} WHERE ${Prisma.join([...conditions], ' AND ')} LIMIT ${upTo ?? null}::int) found`
      return counted?.count ?? 0
    },
    groups: async () => {
      const by = groupBy.map(({ sql }, index) => Prisma.sql`${sql} AS ${Prisma.raw(`value_${index}`)}`)
      const names = Prisma.raw(groupBy.map((_, index) => `value_${index}`).join())
      const found = await context.database.$queryRaw<(Record<string, unknown> & { count: number })[]>`
        SELECT ${names}, count(*)::int AS count
        FROM (SELECT ${Prisma.join(by)} FROM ${from} WHERE ${Prisma.join([...conditions], ' AND ')}) g
        GROUP BY ${names} ORDER BY ${names} LIMIT ${mostGroups + 1}`
      return Promise.all(found.map((row) => groupOf(groupBy, row)))
    },
    contactIds:
      contactId &&
      async function* () {
        let last = '00000000-0000-0000-0000-000000000000'
        for (;;) {
          const found = await context.database.$queryRaw<{ id: string }[]>`
            SELECT DISTINCT ${contactId} AS id FROM ${from} WHERE ${Prisma.join([...conditions], ' AND ')}
              AND ${contactId} > ${last}::uuid ORDER BY 1 LIMIT ${batch}`
          for (const one of found) yield one.id
          const end = found.at(-1)
          if (!end || found.length < batch) return
          last = end.id
        }
      },
  }
}

const batch = 1000

/** The order that was asked for, or the source's own; then what identifies a row, in the direction of the last. */
function keysOf({ order, identity }: Selected, orderBy: SqlRun['orderBy']): SortKey[] {
  const asked = orderBy.flatMap(({ column, descending }) =>
    sortOf(column, descending).map(({ expression, type }, index) => ({
      ...{ name: `${column.key}.${index}`, expression, type, descending },
    })),
  )
  const keys = asked.length > 0 ? asked : order
  const descending = keys.at(-1)?.descending ?? identity.at(-1)?.descending ?? false
  return [...keys, ...identity.map((key) => ({ ...key, descending }))]
}

async function rowOf(columns: readonly SqlColumn[], row: Record<string, unknown>): Promise<ReportRow> {
  const contactId = typeof row['contact_id'] === 'string' ? row['contact_id'] : null
  const cells = await Promise.all(
    columns.map(async ({ key, type, cell }, index): Promise<[string, Cell]> => {
      const value = row[`value_${index}`]
      return [key, cell ? await cell(value, { contactId }) : cellOf(type, value)]
    }),
  )
  return { id: String(row['row_id']), contactId, cells: Object.fromEntries(cells) }
}

async function groupOf(
  groupBy: readonly Grouping<SqlColumn>[],
  row: Record<string, unknown> & { count: number },
): Promise<GroupRow> {
  const values = await Promise.all(
    groupBy.map(async ({ key, column: { type, cell }, every }, index): Promise<[string, Cell]> => {
      const value = row[`value_${index}`]
      if (every) return [key, value instanceof Date ? value : null]
      return [key, cell ? await cell(value, { contactId: null }) : cellOf(type, value)]
    }),
  )
  return { values: Object.fromEntries(values), count: row.count }
}

import { Prisma } from '#prisma/client.ts'
import { badCursor, invalidInput } from '../graphql/errors.ts'

/** One key to sort by. The last key of a list identifies the row, so that the order is total. */
export type SortKey = {
  /** Tells orderings apart in cursors: `familyName`. */
  name: string
  /** Never null, or rows would be lost between pages. */
  expression: Prisma.Sql
  /** PostgreSQL's name of the expression's type, to read the cursor back. */
  type: 'text' | 'date' | 'timestamptz' | 'uuid' | 'numeric'
  descending: boolean
}

/** Relay's paging arguments. */
export type PageArguments = {
  first?: number | null | undefined
  after?: string | null | undefined
  last?: number | null | undefined
  before?: string | null | undefined
}

/** What a page needs in SQL: conditions, order, a limit of one row more than asked, and the columns of its cursors. */
export type PagePlan = {
  size: number
  /** True when rows come in the opposite order and have to be turned around (`last`). */
  backward: boolean
  conditions: Prisma.Sql[]
  orderBy: Prisma.Sql
  limit: number
  /** `…::text`, for `cursorOf`. */
  cursorValues: Prisma.Sql[]
  /** `…::text AS cursor_0, …`, for `writeCursor`. */
  cursorColumns: Prisma.Sql
}

/**
 * Plans a page by keyset: it begins where the cursor points, by an index if there is one, so that the thousandth page
 * costs what the first did. Throws BAD_CURSOR for a cursor of another ordering, INVALID_INPUT for a size that is none.
 */
export function planPage(
  keys: readonly SortKey[],
  page: PageArguments,
  sizes: { default: number; maximum: number },
): PagePlan {
  const backward = typeof page.last === 'number'
  const size = Math.min(checkedSize(page) ?? sizes.default, sizes.maximum)
  const conditions: Prisma.Sql[] = []
  if (typeof page.after === 'string') conditions.push(beyond(keys, readCursor(keys, page.after), false))
  if (typeof page.before === 'string') conditions.push(beyond(keys, readCursor(keys, page.before), true))
  const order = keys.map((key) => Prisma.sql`${key.expression} ${direction(key.descending !== backward)}`)
  const cursorValues = keys.map((key) => Prisma.sql`(${key.expression})::text`)
  const columns = cursorValues.map((value, index) => Prisma.sql`${value} AS ${Prisma.raw(`cursor_${index}`)}`)
  return {
    size,
    backward,
    conditions,
    orderBy: Prisma.join(order),
    limit: size + 1,
    cursorValues,
    cursorColumns: Prisma.join(columns),
  }
}

// With a row more than each: what clients ask for.
const usualLimits = [10, 20, 25, 50, 100].map((size) => ({ limit: size + 1, sql: Prisma.raw(String(size + 1)) }))

/**
 * The limit, as SQL. Where it is a parameter, PostgreSQL plans each time anew, since it thinks of more rows when it doesn't know how many; of
 * usual pages it is a part of the statement.
 */
export const limitOf = ({ limit }: Pick<PagePlan, 'limit'>): Prisma.Sql =>
  usualLimits.find((usual) => usual.limit === limit)?.sql ?? Prisma.sql`${limit}`

/** Cuts the extra row off, turns a backward page around, and tells whether there is more on either side. */
export function cutPage<Row>(plan: PagePlan, rows: readonly Row[], page: PageArguments) {
  const more = rows.length > plan.size
  const kept = rows.slice(0, plan.size)
  return {
    rows: plan.backward ? kept.reverse() : kept,
    hasNextPage: plan.backward ? typeof page.before === 'string' : more,
    hasPreviousPage: plan.backward ? more : typeof page.after === 'string',
  }
}

function checkedSize({ first, last }: PageArguments): number | undefined {
  if (typeof first === 'number' && typeof last === 'number') {
    throw invalidInput([{ field: 'last', message: 'Give first or last, not both.' }])
  }
  if ((first ?? 0) < 0) throw invalidInput([{ field: 'first', message: 'Must not be negative.' }])
  if ((last ?? 0) < 0) throw invalidInput([{ field: 'last', message: 'Must not be negative.' }])
  return first ?? last ?? undefined
}

const direction = (descending: boolean) => (descending ? Prisma.sql`DESC` : Prisma.sql`ASC`)

/** The rows on the far side of a cursor: after it, or before it when `reverse`. */
function beyond(keys: readonly SortKey[], values: readonly string[], reverse: boolean): Prisma.Sql {
  const parts = keys.map((key, index) => ({
    expression: key.expression,
    value: Prisma.sql`${values[index] ?? ''}::${Prisma.raw(key.type)}`,
    descending: key.descending !== reverse,
  }))
  const [head] = parts
  if (!head) return Prisma.sql`true`
  const sign = (descending: boolean) => (descending ? Prisma.sql`<` : Prisma.sql`>`)
  if (parts.every((part) => part.descending === head.descending)) {
    // Compared as a row, which PostgreSQL looks up in an index directly.
    const left = Prisma.join(parts.map((part) => part.expression))
    const right = Prisma.join(parts.map((part) => part.value))
    return Prisma.sql`(${left}) ${sign(head.descending)} (${right})`
  }
  const alternatives = parts.map((part, index) => {
    const equal = parts.slice(0, index).map((earlier) => Prisma.sql`${earlier.expression} = ${earlier.value}`)
    return Prisma.sql`(${Prisma.join([...equal, Prisma.sql`${part.expression} ${sign(part.descending)} ${part.value}`], ' AND ')})`
  })
  // The first comparison follows from the others; it is there to be looked up in an index.
  return Prisma.sql`${head.expression} ${sign(head.descending)}= ${head.value} AND (${Prisma.join(alternatives, ' OR ')})`
}

const orderingOf = (keys: readonly SortKey[]) =>
  keys.map((key) => (key.descending ? `-${key.name}` : key.name)).join(',')

/** The cursor of a row: its ordering and its values, so that it stays good when other rows come and go. */
export const writeCursor = (keys: readonly SortKey[], row: Record<string, unknown>): string =>
  cursorOf(
    keys,
    keys.map((_key, index) => row[`cursor_${index}`]),
  )

/** The same of the values alone. */
export const cursorOf = (keys: readonly SortKey[], values: readonly unknown[]): string =>
  Buffer.from(JSON.stringify([orderingOf(keys), ...values.map(String)])).toString('base64url')

function readCursor(keys: readonly SortKey[], cursor: string): string[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    throw badCursor()
  }
  if (!isTexts(parsed) || parsed.length !== keys.length + 1) throw badCursor()
  const [ordering, ...values] = parsed
  if (ordering !== orderingOf(keys)) throw badCursor()
  if (!keys.every((key, index) => readable[key.type](values[index] ?? ''))) throw badCursor()
  return values
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((part) => typeof part === 'string')

// PostgreSQL would refuse anything else with an error of its own.
const readable: Record<SortKey['type'], (text: string) => boolean> = {
  text: (text) => !text.includes('\0'),
  date: (text) => isInfinite(text) || isDay(text),
  timestamptz: (text) => {
    const [day = '', time = ''] = text.split(' ')
    return isInfinite(text) || (isDay(day) && `${day} ${time}` === text && timeAndOffset.test(time))
  },
  numeric: (text) => /^-?(\d{1,50}(\.\d{1,50})?|Infinity)$/.test(text),
  uuid: (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text),
}

const isInfinite = (text: string) => /^-?infinity$/.test(text)
const timeAndOffset = /^([01]\d|2[0-3])(:[0-5]\d){2}(\.\d{1,6})?[+-](0\d|1[0-5])(:[0-5]\d){0,2}$/

function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || text.startsWith('0000')) return false
  const date = new Date(text)
  // 31 February would roll over to March.
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}

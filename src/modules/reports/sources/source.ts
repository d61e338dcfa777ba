import type { Prisma } from '#prisma/client.ts'
import type { SortKey } from '../../../database/keyset.ts'
import type { Context } from '../../../graphql/context.ts'
import type { Text } from '../../disclosed.ts'
import type { Chart } from '../../statistics/chart.ts'
import type { Parameter, ParameterValues } from '../definition/parameters.ts'

/** What values of a column are. `date`: a day; `time`: a moment; `list`: several texts. */
export type CellType = 'text' | 'number' | 'boolean' | 'date' | 'time' | 'id' | 'list'

/** One value. Days and moments are `Date`s, ids are UUIDs; null: there is none. */
export type Cell = string | number | boolean | Date | readonly string[] | null

/** A column of a report, as whoever reads it sees it. */
export type ReportColumn = {
  /** `birthDate`, `customFields.branch`; by what time is grouped: `occurredAt:month`. */
  key: string
  name: Text
  type: CellType
  /** The right to read it, beyond those of its source; null: no further one. */
  right: string | null
  sortable: boolean
  groupable: boolean
  /** Ids are of this type in GraphQL: `Contact`. */
  of?: string
  /** How its values are called where a person reads them, where they are words of ours: `consent`. */
  values?: Readonly<Record<string, Text>>
  /** Its values are codes that have names everywhere: of countries (ISO 3166-1) or languages (BCP 47). */
  codes?: 'region' | 'language'
  /** Its values are amounts of a currency: `12.5 EUR`. */
  money?: boolean
  /** What stands on paper where there is no value. Default: nothing. */
  none?: Text
  /** On paper it is left out if no row has a value: it doesn't apply to what is shown. */
  ifAny?: boolean
  /** Its values are keys of these, which whoever may read the register knows by name. */
  keys?: 'purpose' | 'retentionRule'
}

/** One row. `contactId`: a UUID; null: it is about nobody, or about nobody that is to be named. */
export type ReportRow = { id: string; contactId: string | null; cells: Readonly<Record<string, Cell>> }

/** How a value of a column is called, if it is a word of ours, or a code that has a name. */
export function wordOf(value: string, { values, codes }: Pick<ReportColumn, 'values' | 'codes'>): Text | undefined {
  if (codes) return { de: namedIn('de', codes, value), en: namedIn('en', codes, value) }
  return values && Object.hasOwn(values, value) ? values[value] : undefined
}

const displayed = new Map<string, Intl.DisplayNames>()

function namedIn(language: keyof Text, type: NonNullable<ReportColumn['codes']>, code: string): string {
  const key = `${language} ${type}`
  const names = displayed.get(key) ?? new Intl.DisplayNames([language], { type, fallback: 'code' })
  displayed.set(key, names)
  const isCode = type === 'region' ? /^[A-Z]{2}$/.test(code) : /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(code)
  return (isCode && names.of(code)) || code
}

/** A column, and where its values come from. */
export type SourceColumn = ReportColumn & {
  /** Barred for this caller whatever their rights: custom fields that are not open to partners. */
  barred?: boolean
  /** Why nobody sorts, groups or filters by it. */
  sealed?: boolean
}

/** A column of rows that a statement reads. */
export type SqlColumn = SourceColumn & {
  /** The value. */
  sql: Prisma.Sql
  /** The value is JSON: days and moments are text as ISO 8601 has it. */
  json?: boolean
  /** What rows are sorted by: never NULL. Default: the value, what is unknown last. */
  sort?: (descending: boolean) => readonly Pick<SortKey, 'expression' | 'type'>[]
  /** What is shown of the value that PostgreSQL gave; null to leave it. */
  cell?: (value: unknown, row: { contactId: string | null }) => Cell | Promise<Cell>
}

/** What a source is asked for. */
export type Asked = {
  context: Context
  parameters: ParameterValues
  /** Whether there are conditions on the contacts besides: then rows about nobody are left out. */
  filtered?: boolean
  /** By whose clock days begin: an IANA name. */
  timeZone: string
}

/** The rows of a source, as SQL. */
export type Selected = {
  /** What follows FROM. */
  from: Prisma.Sql
  conditions: readonly Prisma.Sql[]
  /** What identifies a row, in this order: the end of each ordering. The last is the id of the row, a UUID. */
  identity: readonly SortKey[]
  /** In this order, unless another is asked for. */
  order: readonly SortKey[]
  /** The UUID of the contact; null: rows are about nobody. */
  contactId: Prisma.Sql | null
  /** How many rows a file reads in one statement, where that costs the same for few as for many. Default: 500. */
  rowsAtOnce?: number
  /** For whom the row is about, the ground and the purpose that it tells of, for those who react. */
  basis?: { id: Prisma.Sql; purpose: Prisma.Sql }
}

type Common = {
  key: string
  name: Text
  description: Text
  /** The rights to read without which nobody runs it. */
  rights: readonly string[]
  about:
    | 'contacts'
    | 'grounds'
    | 'consents'
    | 'requests'
    | 'erasures'
    | 'disclosures'
    | 'measures'
    | 'purposes'
    | 'numbers'
  parameters: readonly Parameter[]
  /** What it shows unless columns are chosen. */
  usual: readonly string[]
}

/** Rows of the database, in any number: one statement a page. */
export type SqlSource = Common & {
  kind: 'sql'
  /** Whether `ContactFilter` says which: its rows stand with a contact `c`. */
  filtered: boolean
  columns: (context: Context) => Promise<readonly SqlColumn[]>
  select: (asked: Asked) => Promise<Selected> | Selected
}

/** A few rows that are put together anew each time. */
export type ListSource = Common & {
  kind: 'list'
  filtered: false
  columns: (context: Context) => Promise<readonly SourceColumn[]>
  rows: (asked: Asked) => Promise<readonly ReportRow[]>
  /** A picture of it, where counting its rows would show nothing. */
  chart?: (asked: Asked) => Promise<Chart>
}

/** What a report can be about: rows of one kind. In code, one file each. */
export type ReportSource = SqlSource | ListSource

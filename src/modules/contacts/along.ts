import DataLoader from 'dataloader'
import type { GraphQLField, GraphQLResolveInfo } from 'graphql'
import { type Contact, Prisma } from '#prisma/client.ts'
import { readRows } from '../../database/rows.ts'
import type { Context } from '../../graphql/context.ts'
import { columnsRead, selectedFields } from '../../graphql/execute/selected.ts'
import type { MaybePromise } from '../../maybe-promise.ts'
import { asDate, type Columns, listOf, type Reading, readerOf } from './reading.ts'
import { contactsAtHand } from './sight.ts'

// What fields of a contact show of other tables comes along with its row, so that a page of contacts is one statement. A field names
// it (`extensions: alongWith(points)`) and asks for it (`points.of(context, contact)`), whatever way its contact came.

/** Rows of other tables about a contact. */
export type Along<Row = unknown> = {
  /** Where they stand in the row of the contact. */
  name: string
  /** How they are read: with these columns and those that are needed in any case, or with all. */
  reading: (columns?: readonly string[]) => { sql: Prisma.Sql; read: (json: unknown) => Row[] }
  /** Of one contact: at once if they came along, or else together with all who ask at the same time. */
  of: (context: Context, contact: { id: string }) => MaybePromise<Row[]>
}

declare module '../../graphql/context.ts' {
  interface Loaders {
    along?: Map<Along, DataLoader<string, unknown>>
  }
}

/** Rows that come along, under a name of their own. */
export function along<Row extends object>(
  name: string,
  given: {
    columns: Columns<Row>
    /** Those that are read whatever fields ask for. */
    always: readonly (keyof Row & string)[]
    /** SQL that gives the rows about the row `c` of `contact` as JSON, each as the list that is made of its columns. */
    rows: (list: Prisma.Sql) => Prisma.Sql
  },
): Along<Row> {
  const { always, rows } = given
  const reading = readerOf<Row>(given.columns)
  const self: Along<Row> = {
    name: `along ${name}`,
    reading: (columns) => {
      const { values, read } = reading(columns && [...always, ...columns])
      return { sql: rows(listOf(values)), read: (json) => (Array.isArray(json) ? json.map(read) : []) }
    },
    of: (context, contact) => {
      const there: Row[] | undefined = Reflect.get(contact, self.name)
      return there ?? loaderOf(context, self).load(contact.id).then(self.reading().read)
    },
  }
  return self
}

/** Says of a field (`extensions`) what comes along for it: the objects at a path beneath it, or its own. */
export const alongWith = (what: Along, path: readonly string[] = []): { along: AlongWith } => ({
  along: { what, path },
})

type AlongWith = { what: Along; path: readonly string[] }

function loaderOf({ database, loaders }: Context, self: Along) {
  loaders.along ??= new Map()
  const loader =
    loaders.along.get(self) ?? new DataLoader<string, unknown>((ids) => load(database, self, ids), uncached)
  loaders.along.set(self, loader)
  return loader
}

// A mutation before it in the same request may have changed it.
const uncached = { cache: false }

async function load(database: Context['database'], self: Along, ids: readonly string[]): Promise<unknown[]> {
  const rows = await readRows<{ id: string; value: unknown }>(
    database,
    Prisma.sql`SELECT c.contact_id AS id, ${self.reading().sql} AS value FROM ${contactsAtHand(ids)}`,
  )
  const found = new Map(rows.map(({ id, value }) => [id, value]))
  return ids.map((id) => found.get(id) ?? null)
}

/** What is read of contacts: their columns, and what comes along. */
export type ContactReading = Reading<Contact>

/** What the fields ask for that are selected of the contacts at a path beneath a field. Worked out once for an operation. */
export function contactReading(info: GraphQLResolveInfo, path: readonly string[] = []): ContactReading {
  const fields = selectedFields(info, path)
  if (!fields) return contactColumns(undefined)
  const reading = known.get(fields) ?? readingFor(fields, (beneath) => selectedFields(info, [...path, ...beneath]))
  known.set(fields, reading)
  return reading
}

const known = new WeakMap<object, ContactReading>()

function readingFor(fields: Fields, selected: (path: readonly string[]) => Fields | undefined): ContactReading {
  const columns = columnsRead(fields)
  const comes = new Map<Along, Fields>()
  for (const { name, extensions } of fields) {
    const { along: named }: { along?: AlongWith } = extensions
    if (named) comes.set(named.what, [...(comes.get(named.what) ?? []), ...(selected([name, ...named.path]) ?? [])])
  }
  return contactColumns(
    columns && ['id', ...columns],
    Array.from(comes, ([{ name, reading }, beneath]) => ({ name, ...reading(columnsRead(beneath)) })),
  )
}

type Fields = readonly GraphQLField<unknown, unknown>[]

// In Prisma's names, so that rows read like Prisma's.
const contactColumns = readerOf<Contact>({
  id: Prisma.sql`c.contact_id`,
  title: Prisma.sql`c.title`,
  givenName: Prisma.sql`c.given_name`,
  familyName: Prisma.sql`c.family_name`,
  displayName: Prisma.sql`c.display_name`,
  organisation: Prisma.sql`c.organisation`,
  jobTitle: Prisma.sql`c.job_title`,
  birthDate: { sql: Prisma.sql`c.birth_date`, read: asDate },
  language: Prisma.sql`c.language`,
  timeZone: Prisma.sql`c.time_zone`,
  tags: Prisma.sql`c.tags`,
  source: Prisma.sql`c.source`,
  sourceAt: { sql: Prisma.sql`c.source_at`, read: asDate },
  importId: Prisma.sql`c.import_id`,
  mergedIntoId: Prisma.sql`c.merged_into_id`,
  customFields: Prisma.sql`c.custom_fields`,
  version: Prisma.sql`c.version`,
  createdAt: { sql: Prisma.sql`c.created_at`, read: asDate },
  updatedAt: { sql: Prisma.sql`c.updated_at`, read: asDate },
})

/**
 * Reads contacts in one statement, with what comes along; columns that no selected field reads are missing. `rest` begins at `FROM`,
 * and names the row of `contact` `c`.
 *
 * @param more What else is wanted of each row, as SQL.
 */
export async function readContacts(
  { database }: Pick<Context, 'database'>,
  { values, read }: ContactReading,
  rest: Prisma.Sql,
  more: readonly Prisma.Sql[] = [],
): Promise<{ contact: Contact; more: unknown[] }[]> {
  const [found] = await readRows<{ page: unknown[][] | null }>(
    database,
    Prisma.sql`SELECT json_agg(page.row) AS page FROM (SELECT ${listOf([...values, ...more])} AS row ${rest}) page`,
  )
  return (found?.page ?? []).map((row) => ({ contact: read(row), more: row.slice(values.length) }))
}

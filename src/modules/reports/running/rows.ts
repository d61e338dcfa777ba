import type { Prisma } from '#prisma/client.ts'
import type { Cell, ReportRow } from '../sources/source.ts'

/** Which rows: so many, after this cursor. */
export type Page = {
  first: number
  after?: string | null | undefined
  /** At most so many, for work that nobody waits for. Default: as of a page in GraphQL. */
  maximum?: number
}

export type RowPage = { rows: readonly ReportRow[]; hasNextPage: boolean; endCursor: string | null }

/** How many rows have these values. */
export type GroupRow = { values: Readonly<Record<string, Cell>>; count: number }

/** What a source gives, as whoever asked for it may have it. */
export type Rows = {
  page: (page: Page) => Promise<RowPage>
  /** How many of them are read at once where all are. */
  rowsAtOnce: number
  count: (upTo?: number) => Promise<number>
  groups: () => Promise<readonly GroupRow[]>
  /** The UUIDs of the contacts that it is about, each once; null: it is about none. */
  contactIds: (() => AsyncIterable<string>) | null
  /** With whom something can be done, as SQL; null: it is about nobody. */
  subjects: ((which: Which) => Prisma.Sql) | null
  /** Whether each row names the purpose that it is about. */
  namesPurposes: boolean
}

/** Of which rows, and what each time: grounds that hold for a purpose, purposes of contacts, or contacts. */
export type Which = {
  /** UUIDs of rows; all, without. */
  rows?: readonly string[] | undefined
  each: 'ground' | 'purpose' | 'contact'
  /** The purpose, of rows that name none; of others, those alone that name it. */
  purpose?: string | undefined
}

/** All rows of it, in pages, in bounded memory. */
export async function* allRows({ page, rowsAtOnce }: Pick<Rows, 'page' | 'rowsAtOnce'>): AsyncGenerator<ReportRow> {
  let after: string | null = null
  for (;;) {
    const { rows, hasNextPage, endCursor }: RowPage = await page({ first: rowsAtOnce, maximum: rowsAtOnce, after })
    yield* rows
    if (!hasNextPage) return
    after = endCursor
  }
}

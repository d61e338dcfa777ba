import DataLoader from 'dataloader'
import { Prisma } from '#prisma/client.ts'
import type { Context } from '../../../graphql/context.ts'
import type { OverviewPart } from './part.ts'

/** The newest record of a category. What isn't known, or not for the caller, is null. */
export type NewestRecord = { id: string; at: Date; kind: string | null; title: string | null }

/** One category of a contact. */
export type CategoryOverview = { category: string; count: number; newest: NewestRecord | null }

type Row = NewestRecord & { contactId: string; count: number }

declare module '../../../graphql/context.ts' {
  interface Loaders {
    overviews?: Map<string, DataLoader<string, CategoryOverview>>
  }
}

/** Nobody reads larger numbers, and they would cost. */
export const mostCounted = 10_000

/** What there is of a category about a contact: one statement for all contacts of a request. */
export function overviewOf(context: Context, part: OverviewPart, contactId: string): Promise<CategoryOverview> {
  context.loaders.overviews ??= new Map()
  const { overviews } = context.loaders
  const loader = overviews.get(part.category) ?? new DataLoader((ids) => load(context, part, ids))
  overviews.set(part.category, loader)
  return loader.load(contactId)
}

async function load(context: Context, part: OverviewPart, ids: readonly string[]): Promise<CategoryOverview[]> {
  const { category, from, id, at, newestFirst, kind = Prisma.sql`NULL` } = part
  const where = typeof part.where === 'function' ? part.where(context) : part.where
  const title = part.title && context.rights.canRead(part.title.right) ? part.title.text : Prisma.sql`NULL`
  const rows = await context.database.$queryRaw<Row[]>`
    SELECT c.id AS "contactId", counted.count, newest.* FROM unnest(${[...ids]}::uuid[]) c(id)
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS count FROM (SELECT FROM ${from} WHERE ${where} LIMIT ${mostCounted}) found) counted
    CROSS JOIN LATERAL (
      SELECT ${id} AS id, ${at} AS at, ${kind}::text AS kind, ${title}::text AS title
      FROM ${from} WHERE ${where} ORDER BY ${newestFirst} LIMIT 1) newest`
  const found = new Map(rows.map(({ contactId, count, ...newest }) => [contactId, { category, count, newest }]))
  return ids.map((contactId) => found.get(contactId) ?? { category, count: 0, newest: null })
}

import type pg from 'pg'
import { Prisma } from '#prisma/client.ts'
import { adapterOf, type Database } from './client.ts'
import type { Transaction } from './recorder.ts'
import { momentTypes } from './row-types.ts'

/**
 * Reads rows as PostgreSQL gives them, by a prepared statement and past Prisma: what a unit of work reads all the time, and what is read
 * just before it begins. Within it, what it wrote is seen. Moments and days are dates, bytes are buffers; `bigint` and `numeric` are
 * text, and lists of an enum have to be cast to `text[]`.
 */
export async function rowsIn<Row>(from: Pick<Transaction, '$rows'> | Database, statement: Prisma.Sql): Promise<Row[]> {
  if ('$rows' in from) return from.$rows<Row>(statement)
  const adapter = adapterOf(from)
  if (!adapter) return from.$queryRaw<Row[]>(statement)
  const { text, values } = statement
  const query: pg.QueryConfig = { name: adapter.nameOf(text) ?? '', text, values, types: momentTypes }
  const { rows } = await adapter.pool.query(query)
  return rows
}

/**
 * The same by the plan that PostgreSQL makes once, whatever the values: where to plan takes it ten times as long as to answer, and the plan
 * is always the same.
 */
export function rowsByOnePlan<Row>(tx: Pick<Transaction, '$rows' | '$later'>, statement: Prisma.Sql): Promise<Row[]> {
  tx.$later(Prisma.sql`SET LOCAL plan_cache_mode = force_generic_plan`)
  const rows = tx.$rows<Row>(statement)
  tx.$later(Prisma.sql`SET LOCAL plan_cache_mode = auto`)
  return rows
}

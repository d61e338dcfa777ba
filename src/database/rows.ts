import type pg from 'pg'
import type { Prisma } from '#prisma/client.ts'
import { adapterOf, type Database } from './client.ts'

/**
 * Reads rows as PostgreSQL gives them, by a prepared statement: what is read all the time goes past Prisma, which would look at each
 * value twice. For text, whole numbers and JSON, which the driver makes of them what Prisma does.
 */
export async function readRows<Row>(database: Database, statement: Prisma.Sql): Promise<Row[]> {
  const adapter = adapterOf(database)
  if (!adapter) return database.$queryRaw<Row[]>(statement)
  const { text, values } = statement
  const { rows } = await adapter.pool.query({ name: adapter.nameOf(text), text, values } as pg.QueryConfig)
  return rows
}

import pg from 'pg'
import { PrismaClient } from '#prisma/client.ts'
import { Adapter } from './adapter.ts'
import { beDurable } from './durable.ts'
import { type PoolState, poolState } from './pool-state.ts'

export type Database = PrismaClient

type Options = {
  connections: number
  statementTimeout: number
  /** Connections come from a pooler, which hands them on: no session keeps anything. */
  pooled?: boolean
}

const adapters = new WeakMap<Database, Adapter>()

/**
 * Opens the pool of connections. Statements are cut off after `statementTimeout` milliseconds by PostgreSQL itself, so
 * that an abandoned request doesn't keep the database busy.
 */
export function openDatabase(url: string, options: Options): Database {
  const adapter = adapterFor(url, options)
  const database = new PrismaClient({ adapter })
  adapters.set(database, adapter)
  return database
}

/** How Prisma reaches the database. */
export const adapterFor = (url: string, { connections, statementTimeout, pooled = false }: Options): Adapter =>
  new Adapter(
    new pg.Pool({
      connectionString: url,
      max: connections,
      application_name: 'lethe',
      connectionTimeoutMillis: 10_000,
      pipeline: true,
      ...(!pooled && { statement_timeout: statementTimeout, onConnect: beDurable }),
    }),
    { prepares: !pooled },
  )

/** How its connections are doing. Undefined of one that nobody opened here. */
export function connectionsOf(database: Database): PoolState | undefined {
  const adapter = adapters.get(database)
  return adapter && poolState(adapter.pool)
}

/** What reaches the database besides Prisma, by the same connections. Undefined of one that nobody opened here. */
export const adapterOf = (database: Database): Adapter | undefined => adapters.get(database)

import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from '#prisma/client.ts'
import { beDurable } from './durable.ts'

export type Database = PrismaClient

/**
 * Opens the pool of connections. Statements are cut off after `statementTimeout` milliseconds by PostgreSQL itself, so
 * that an abandoned request doesn't keep the database busy.
 */
export function openDatabase(url: string, options: { connections: number; statementTimeout: number }): Database {
  const adapter = new PrismaPg({
    connectionString: url,
    max: options.connections,
    application_name: 'lethe',
    statement_timeout: options.statementTimeout,
    connectionTimeoutMillis: 10_000,
    onConnect: beDurable,
  })
  return new PrismaClient({ adapter })
}

import pg from 'pg'
import { type Config, dataPath } from '../config.ts'
import { isFault } from '../files.ts'
import { StartError } from '../start-error.ts'
import { type Database, openDatabase } from './client.ts'
import { type EmbeddedServer, startEmbedded } from './embedded.ts'
import { migrate } from './migrate.ts'
import { connectionFault, withTransportSecurity } from './reach.ts'

/** The database, ready for work. `close` gives back what was opened, and stops an embedded server that nobody else uses. */
export type Store = { url: string; database: Database; close: () => Promise<void> }

type StoreConfig = Pick<Config, 'data' | 'databaseUrl' | 'connections' | 'timeout'>

/** Opens the embedded database, or that of DATABASE_URL, and brings it up to the schema of this version. */
export async function openStore(config: StoreConfig, progress: (message: string) => void): Promise<Store> {
  const embedded = config.databaseUrl ? undefined : await openEmbedded(config, progress)
  try {
    const url = embedded?.url('lethe') ?? withTransportSecurity(config.databaseUrl ?? '')
    await checkReachable(url)
    const applied = await migrate(url)
    if (applied.length > 0) progress(`The database is up to date (${applied.length} steps done).`)
    const database = openDatabase(url, { connections: config.connections, statementTimeout: config.timeout })
    return {
      url,
      database,
      close: async () => {
        await database.$disconnect()
        await embedded?.release()
      },
    }
  } catch (error) {
    await embedded?.release()
    throw error
  }
}

async function openEmbedded(config: StoreConfig, progress: (message: string) => void): Promise<EmbeddedServer> {
  const server = await startEmbedded({ folder: dataPath(config, 'postgres'), progress })
  try {
    await ensureExists(server.url('postgres'))
    return server
  } catch (error) {
    await server.release()
    throw error
  }
}

async function ensureExists(url: string) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rowCount } = await client.query(`SELECT FROM pg_database WHERE datname = 'lethe'`)
    if (rowCount === 0) await client.query('CREATE DATABASE lethe')
  } catch (error) {
    // Another process made it at the same moment (duplicate_database, or the index of names noticed first).
    if (!(error instanceof pg.DatabaseError) || !['42P04', '23505'].includes(error.code ?? '')) throw error
  } finally {
    await client.end()
  }
}

async function checkReachable(url: string) {
  let client: pg.Client
  try {
    client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  } catch (cause) {
    if (isFault(cause, 'ENOENT', 'EACCES')) {
      throw new StartError(`DATABASE_URL names a file that can't be read: ${cause.path}.`, { cause })
    }
    throw new StartError(
      "DATABASE_URL can't be read. It must look like postgresql://user:password@host:5432/database; " +
        'special characters in the password are written as %40 for @, %2F for / and so on.',
      { cause },
    )
  }
  client.on('error', () => undefined) // Failing to connect is told by connect(), too.
  try {
    await client.connect()
  } catch (error) {
    throw connectionFault(error, client)
  }
  await client.end()
}

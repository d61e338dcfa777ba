import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { MigrationList } from '@prisma/schema-engine-wasm'
import pg from 'pg'
import { StartError } from '../start-error.ts'
import type { MigrationWork } from './migration-worker.ts'

const folderOf = (name: string) => join(import.meta.dirname, '..', '..', 'prisma', name)

/** The migrations of the main database. */
export const mainMigrations: string = folderOf('migrations')

/** Those of the key store's database. */
export const keystoreMigrations: string = folderOf('keystore')

// Held while migrating, so that of several processes that start at once one migrates and the others wait.
export const migrationLock = 5_384_844

/**
 * Brings a database up to the schema of this version, with Prisma's own engine and bookkeeping (`_prisma_migrations`).
 * Returns the names of the migrations that it applied. Refuses a database that a newer version has migrated.
 *
 * @param afterwards done in any case, before another process sees the database as migrated.
 */
export async function migrate(
  databaseUrl: string,
  folder: string = mainMigrations,
  afterwards: (client: pg.Client) => Promise<void> = async () => undefined,
): Promise<string[]> {
  return whileLocked(databaseUrl, async (client) => {
    const outstanding = await findOutstanding(client, folder)
    if (outstanding.length > 0) await forgetFailures(client)
    const applied = outstanding.length > 0 ? await applyMigrations(databaseUrl, folder) : []
    await afterwards(client)
    return applied
  })
}

/** The names of the migrations that `migrate` would apply. Needs no more than to read what it noted. */
export const outstandingMigrations = (databaseUrl: string, folder: string = mainMigrations): Promise<string[]> =>
  whileLocked(databaseUrl, (client) => findOutstanding(client, folder))

async function whileLocked<T>(databaseUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [migrationLock])
    return await work(client)
  } finally {
    await client.end()
  }
}

async function findOutstanding(client: pg.Client, folder: string): Promise<string[]> {
  await refuseUnsuitable(client)
  const known = await knownMigrations(folder)
  const applied = await appliedMigrations(client)
  const newer = applied.filter((name) => !known.includes(name))
  if (newer.length > 0) {
    throw new StartError(
      `This database belongs to a newer version of Lethe (it has ${newer.join(', ')}). Start that version or a later one.`,
    )
  }
  return known.filter((name) => !applied.includes(name))
}

/** What failed once left nothing behind and may be tried again, which the engine would refuse. */
async function forgetFailures(client: pg.Client) {
  const { rows } = await client.query<{ there: boolean }>(
    `SELECT to_regclass('_prisma_migrations') IS NOT NULL AS there`,
  )
  if (!rows[0]?.there) return
  await client.query(
    'UPDATE _prisma_migrations SET rolled_back_at = now() WHERE finished_at IS NULL AND rolled_back_at IS NULL',
  )
}

/** In a thread of its own, whose end also ends the timers that the engine leaves running for ten seconds. */
async function applyMigrations(databaseUrl: string, folder: string): Promise<string[]> {
  const work: MigrationWork = { databaseUrl, migrationsList: await migrationsList(folder) }
  const worker = new Worker(new URL('./migration-worker.ts', import.meta.url), {
    workerData: work,
    execArgv: ['--disable-warning=ExperimentalWarning'], // It imports WebAssembly.
  })
  try {
    const [applied] = await once(worker, 'message')
    return applied
  } catch (cause) {
    const lines = cause instanceof Error ? cause.message.split('\n') : [String(cause)]
    const reason = lines.find((line) => /ERROR|error:/i.test(line) && !/external connector/.test(line)) ?? lines[0]
    throw new StartError(
      `The database can't be brought up to this version: ${reason}\n` +
        'Its user must own it, and it must hold nothing but what Lethe made.',
      { cause },
    )
  } finally {
    await worker.terminate()
  }
}

async function knownMigrations(folder: string) {
  const entries = await readdir(folder, { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
}

async function appliedMigrations(client: pg.Client) {
  const { rows: found } = await client.query<{ there: boolean; readable: boolean }>(
    `SELECT to_regclass('_prisma_migrations') IS NOT NULL AS there,
       has_table_privilege(to_regclass('_prisma_migrations'), 'SELECT') AS readable`,
  )
  if (!found[0]?.there) return []
  if (!found[0].readable) {
    throw new StartError(
      `The user "${client.user}" lacks privileges on the database's tables. Their owner grants them with: ` +
        'DATABASE_OWNER_URL=… npx lethe migrate',
    )
  }
  const { rows } = await client.query<{ migration_name: string }>(
    'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  )
  return rows.map((row) => row.migration_name)
}

async function migrationsList(folder: string): Promise<MigrationList> {
  const names = (await knownMigrations(folder)).sort()
  return {
    baseDir: folder,
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(
      names.map(async (path) => ({
        path,
        migrationFile: {
          path: 'migration.sql',
          content: { tag: 'ok' as const, value: await readFile(join(folder, path, 'migration.sql'), 'utf8') },
        },
      })),
    ),
  }
}

async function refuseUnsuitable(client: pg.Client) {
  const { rows } = await client.query<{ version: number; encoding: string }>(
    `SELECT current_setting('server_version_num')::int AS version, current_setting('server_encoding') AS encoding`,
  )
  const { version, encoding } = rows[0] ?? { version: 0, encoding: '' }
  if (version < 150_000) {
    throw new StartError(`Lethe needs PostgreSQL 15 or newer; this is ${Math.floor(version / 10_000)}.`)
  }
  if (encoding !== 'UTF8')
    throw new StartError(`The database's encoding is ${encoding}; make one with ENCODING 'UTF8'.`)
}

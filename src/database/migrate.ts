import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { MigrationList } from '@prisma/schema-engine-wasm'
import pg from 'pg'
import { StartError } from '../start-error.ts'
import type { MigrationWork } from './migration-worker.ts'

const migrationsFolder = join(import.meta.dirname, '..', '..', 'prisma', 'migrations')

// Held while migrating, so that of several processes that start at once one migrates and the others wait.
const migrationLock = 5_384_844

/**
 * Brings the database up to the schema of this version, with Prisma's own engine and bookkeeping (`_prisma_migrations`).
 * Returns the names of the migrations that it applied. Refuses a database that a newer version has migrated.
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [migrationLock])
    await refuseUnsuitable(client)
    const known = await knownMigrations()
    const applied = await appliedMigrations(client)
    const newer = applied.filter((name) => !known.includes(name))
    if (newer.length > 0) {
      throw new StartError(
        `This database belongs to a newer version of Lethe (it has ${newer.join(', ')}). Start that version or a later one.`,
      )
    }
    if (applied.length === known.length) return []
    return await applyMigrations(databaseUrl)
  } finally {
    await client.end()
  }
}

/** In a thread of its own, whose end also ends the timers that the engine leaves running for ten seconds. */
async function applyMigrations(databaseUrl: string): Promise<string[]> {
  const work: MigrationWork = { databaseUrl, migrationsList: await migrationsList() }
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

async function knownMigrations() {
  const entries = await readdir(migrationsFolder, { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
}

async function appliedMigrations(client: pg.Client) {
  const { rows: found } = await client.query<{ there: boolean }>(
    `SELECT to_regclass('_prisma_migrations') IS NOT NULL AS there`,
  )
  if (!found[0]?.there) return []
  const { rows } = await client.query<{ migration_name: string }>(
    'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  )
  return rows.map((row) => row.migration_name)
}

async function migrationsList(): Promise<MigrationList> {
  const names = (await knownMigrations()).sort()
  return {
    baseDir: migrationsFolder,
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(
      names.map(async (path) => ({
        path,
        migrationFile: {
          path: 'migration.sql',
          content: { tag: 'ok' as const, value: await readFile(join(migrationsFolder, path, 'migration.sql'), 'utf8') },
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

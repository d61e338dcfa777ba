import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import type { SchemaEngine } from '@prisma/schema-engine-wasm'
import pg from 'pg'
import { StartError } from '../start-error.ts'

const migrationsFolder = join(import.meta.dirname, '..', '..', 'prisma', 'migrations')
const noFilters = { externalTables: [], externalEnums: [] }

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
    return await withEngine(databaseUrl, async (engine) => {
      const { appliedMigrationNames } = await engine.applyMigrations({
        migrationsList: await migrationsList(),
        filters: noFilters,
      })
      return appliedMigrationNames
    })
  } finally {
    await client.end()
  }
}

async function withEngine<T>(databaseUrl: string, use: (engine: SchemaEngine) => Promise<T>): Promise<T> {
  const { SchemaEngine } = await import('@prisma/schema-engine-wasm') // Large: loaded when there is something to do.
  const adapter = new MigrationAdapter({ connectionString: databaseUrl })
  const engine = await SchemaEngine.new(
    { datamodels: undefined },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(adapter),
  )
  try {
    return await use(engine)
  } finally {
    engine.free()
    await adapter.close()
  }
}

/**
 * Prisma's adapter cuts a script at each semicolon, inside functions and comments too, and runs the pieces one by one.
 * Sent whole it is also one transaction: a migration happens, or it doesn't.
 */
class MigrationAdapter extends PrismaPg {
  private readonly connections: Awaited<ReturnType<PrismaPg['connect']>>[] = []

  override async connect() {
    const connection = await super.connect()
    this.connections.push(connection)
    const driver = connection.underlyingDriver()
    connection.executeScript = async (script) => {
      await driver.query(script)
    }
    return connection
  }

  /** The engine leaves its connections open. */
  async close() {
    for (const connection of this.connections) await connection.dispose()
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

async function migrationsList() {
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
  if (encoding !== 'UTF8') throw new StartError(`The database's encoding is ${encoding}; make one with ENCODING 'UTF8'.`)
}

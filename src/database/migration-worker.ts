import { parentPort, workerData } from 'node:worker_threads'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import { type MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm'

/** What the thread is given. It answers with the names of the migrations that it applied. */
export type MigrationWork = { databaseUrl: string; migrationsList: MigrationList }

/** What PostgreSQL said when a script failed; the engine only tells that something did. */
let fault: unknown

/** Notes the migration that is being applied as applied. */
const notesIt = `
  DO $$ BEGIN
    IF to_regclass('_prisma_migrations') IS NOT NULL THEN
      UPDATE _prisma_migrations SET finished_at = now() WHERE finished_at IS NULL AND rolled_back_at IS NULL;
    END IF;
  END $$`

/**
 * Prisma's adapter cuts a script at each semicolon, inside functions and comments too, and runs the pieces one by one, and
 * the engine notes later that it did. Sent whole, with the note, it is one transaction: a migration happens and is known to
 * have happened, or neither, at whichever moment a process dies.
 */
class MigrationAdapter extends PrismaPg {
  override async connect() {
    const connection = await super.connect()
    const driver = connection.underlyingDriver()
    connection.executeScript = async (script) => {
      await driver.query(`${script}\n;${notesIt}`).catch((error: unknown) => {
        fault = error
        throw error
      })
    }
    return connection
  }
}

const { databaseUrl, migrationsList }: MigrationWork = workerData
const engine = await SchemaEngine.new(
  { datamodels: undefined },
  () => undefined,
  bindMigrationAwareSqlAdapterFactory(new MigrationAdapter({ connectionString: databaseUrl })),
)
const { appliedMigrationNames } = await engine
  .applyMigrations({ migrationsList, filters: { externalTables: [], externalEnums: [] } })
  .catch((error: unknown) => {
    throw fault ?? error
  })
parentPort?.postMessage(appliedMigrationNames)

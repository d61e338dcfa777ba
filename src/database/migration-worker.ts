import { parentPort, workerData } from 'node:worker_threads'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import { type MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm'

/** What the thread is given. It answers with the names of the migrations that it applied. */
export type MigrationWork = { databaseUrl: string; migrationsList: MigrationList }

/**
 * Prisma's adapter cuts a script at each semicolon, inside functions and comments too, and runs the pieces one by one.
 * Sent whole it is also one transaction: a migration happens, or it doesn't.
 */
class MigrationAdapter extends PrismaPg {
  override async connect() {
    const connection = await super.connect()
    const driver = connection.underlyingDriver()
    connection.executeScript = async (script) => {
      await driver.query(script)
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
const { appliedMigrationNames } = await engine.applyMigrations({
  migrationsList,
  filters: { externalTables: [], externalEnums: [] },
})
parentPort?.postMessage(appliedMigrationNames)

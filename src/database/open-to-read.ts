import { join } from 'node:path'
import type pg from 'pg'
import { type Config, dataPath } from '../config.ts'
import { readIfThere } from '../files.ts'
import { StartError } from '../start-error.ts'
import { startEmbedded } from './embedded.ts'
import { outstandingMigrations } from './migrate.ts'
import { connect, withTransportSecurity } from './reach.ts'

/** A connection within one read-only transaction, which sees everything as of one moment. */
export type ReadOnly = { client: pg.Client; url: string; close: () => Promise<void> }

/**
 * Opens the database as it is, beside a running server or without one: nothing in it is made, migrated or mended. Throws a
 * StartError if there is none, or none of this version.
 */
export async function openToRead(
  config: Pick<Config, 'data' | 'databaseUrl'>,
  progress: (message: string) => void,
): Promise<ReadOnly> {
  const embedded = config.databaseUrl ? undefined : await joinEmbedded(config, progress)
  try {
    const url = embedded?.url('lethe') ?? withTransportSecurity(config.databaseUrl ?? '')
    const { client, reached } = await connect(url, 'DATABASE_URL')
    const close = async () => {
      await client.end()
      await embedded?.release()
    }
    try {
      const outstanding = await outstandingMigrations(url)
      if (outstanding.length > 0) {
        throw new StartError(
          `The database "${reached.database}" is of an earlier version, which another log goes with. Verify it with that ` +
            'version, or bring it up to this one: lethe migrate',
        )
      }
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
      await client.query("SELECT set_config('jit', 'off', true), set_config('work_mem', '64MB', true)")
      return { client, url, close }
    } catch (error) {
      await client.end()
      throw error
    }
  } catch (error) {
    await embedded?.release()
    throw error
  }
}

async function joinEmbedded(config: Pick<Config, 'data'>, progress: (message: string) => void) {
  const folder = dataPath(config, 'postgres')
  if ((await readIfThere(join(folder, 'cluster', 'PG_VERSION'))) === undefined) {
    throw new StartError(
      `There is no database in ${config.data}. Choose another data folder with LETHE_DATA, or a database with DATABASE_URL.`,
    )
  }
  return startEmbedded({ folder, progress })
}

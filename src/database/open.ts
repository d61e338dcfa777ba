import { type Config, dataPath } from '../config.ts'
import { StartError } from '../start-error.ts'
import { type Database, openDatabase } from './client.ts'
import { type EmbeddedServer, startEmbedded } from './embedded.ts'
import { prepareRoles } from './embedded-roles.ts'
import { addLogPartitions } from './log-partitions.ts'
import { keystoreMigrations, migrate, outstandingMigrations } from './migrate.ts'
import { throughPooler } from './pooler.ts'
import { askOver } from './privileges/faults.ts'
import { grantTo } from './privileges/grants.ts'
import { refuseDangerousRole, refuseOpenKeystore, refuseWrongPrivileges } from './privileges/refuse.ts'
import { connect, type Reached, reach, withTransportSecurity } from './reach.ts'

/** The database and that of the key store, ready for work. */
export type Store = {
  /** The database's address, as the user that the product works as: it owns nothing. */
  url: string
  /** The same as the user who owns it, if we know: for what an upgrade has to do. */
  ownerUrl: string | undefined
  /** The address of the key store's database. */
  keystoreUrl: string
  database: Database
  /** Gives back what was opened, and stops an embedded server that nobody else uses. */
  close: () => Promise<void>
}

type StoreConfig = Pick<
  Config,
  'data' | 'databaseUrl' | 'databaseOwnerUrl' | 'keystoreUrl' | 'connections' | 'timeout'
> &
  Partial<Pick<Config, 'pooledUrl'>>

type Addresses = Pick<Store, 'url' | 'ownerUrl' | 'keystoreUrl'>

/**
 * Opens the embedded database, or that of DATABASE_URL, and brings it up to the schema of this version. Refuses to work as
 * a user who could change the audit log.
 */
export async function openStore(config: StoreConfig, progress: (message: string) => void): Promise<Store> {
  const embedded = config.databaseUrl ? undefined : await openEmbedded(config, progress)
  try {
    const addresses = addressesOf(config, embedded)
    await prepare(addresses, progress)
    const pooled = config.pooledUrl ? await throughPooler(config.pooledUrl, addresses.url) : undefined
    const database = openDatabase(pooled ?? addresses.url, {
      connections: config.connections,
      statementTimeout: config.timeout,
      pooled: pooled !== undefined,
    })
    return {
      ...addresses,
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
    await prepareRoles(server)
    return server
  } catch (error) {
    await server.release()
    throw error
  }
}

function addressesOf(config: StoreConfig, embedded: EmbeddedServer | undefined): Addresses {
  const secured = (url: string | undefined) => (url === undefined ? undefined : withTransportSecurity(url))
  const keystoreUrl = secured(config.keystoreUrl) ?? embedded?.url('lethe_keys', 'lethe_keys') ?? ''
  return embedded
    ? { url: embedded.url('lethe', 'lethe_app'), ownerUrl: embedded.url('lethe'), keystoreUrl }
    : { url: secured(config.databaseUrl) ?? '', ownerUrl: secured(config.databaseOwnerUrl), keystoreUrl }
}

async function prepare(addresses: Addresses, progress: (message: string) => void) {
  const { client, reached } = await connect(addresses.url, 'DATABASE_URL')
  try {
    const ask = askOver(client)
    const keystore = await reach(addresses.keystoreUrl, 'KEYSTORE_URL')
    if (isSame(reached, keystore)) {
      throw new StartError(
        `KEYSTORE_URL and DATABASE_URL are the same database, "${keystore.database}": keys beside what they lock are worth ` +
          'nothing. Make a second database for the keys.',
      )
    }
    // Before anything is changed.
    await refuseDangerousRole(ask, reached)
    await refuseOpenKeystore(ask, reached, keystore)
    const applied = await bringUpToDate(addresses, reached, progress)
    if (applied.length > 0) progress(`The database is up to date (${applied.length} steps done).`)
    await refuseWrongPrivileges(ask, reached)
  } finally {
    await client.end()
  }
}

async function bringUpToDate(
  { url, ownerUrl, keystoreUrl }: Addresses,
  application: Reached,
  progress: (message: string) => void,
): Promise<string[]> {
  const applied = ownerUrl
    ? await migrateAsOwner(ownerUrl, application, progress)
    : await refuseOutstanding(url, application)
  return [...applied, ...(await migrate(keystoreUrl, keystoreMigrations))]
}

async function migrateAsOwner(ownerUrl: string, application: Reached, progress: (message: string) => void) {
  const owner = await reach(ownerUrl, 'DATABASE_OWNER_URL')
  if (!isSame(owner, application)) {
    throw new StartError(
      `DATABASE_OWNER_URL leads to the database "${owner.database}" and DATABASE_URL to "${application.database}"` +
        `${owner.server === application.server ? '' : ' of another server'}: they must be the same.`,
    )
  }
  if (owner.user === application.user) {
    throw new StartError(
      `DATABASE_URL and DATABASE_OWNER_URL have the same user, "${owner.user}". The one of DATABASE_URL must own nothing: ` +
        `CREATE ROLE lethe_app LOGIN PASSWORD '…'; GRANT CONNECT ON DATABASE "${owner.database}" TO lethe_app;`,
    )
  }
  return migrate(ownerUrl, undefined, async (client) => {
    if (!(await addLogPartitions(client)))
      progress('The audit log is being read, so its partition for a coming year is added at another start.')
    await grantTo(client, application.user)
  })
}

async function refuseOutstanding(url: string, { database, user }: Reached): Promise<string[]> {
  const outstanding = await outstandingMigrations(url)
  if (outstanding.length === 0) return []
  throw new StartError(
    `The database "${database}" has to be brought up to this version (${outstanding.length} steps), which its owner has to ` +
      `do: "${user}" owns nothing. Set DATABASE_OWNER_URL for one start, or for: lethe migrate\n` +
      '  DATABASE_OWNER_URL=postgresql://lethe_owner:password@host:5432/lethe npx lethe migrate',
  )
}

const isSame = (one: Reached, other: Reached) => one.server === other.server && one.database === other.database

import pg from 'pg'
import { migrationLock } from '../database/migrate.ts'
import { installationId } from '../keys/keys.ts'
import type { Secrets } from '../secrets.ts'
import { StartError } from '../start-error.ts'
import type { Storage } from '../storage/storage.ts'
import { type ArchiveFile, contentOf } from './archive-file.ts'
import { keystoreTables, noKeys, secretMark } from './backup.ts'
import type { Lost } from './check.ts'
import { ArchiveFault } from './fault.ts'
import { type LeftOut, settleLeftOut } from './left-out.ts'
import { type Loaded, loadArchive, refuseOtherTables } from './load.ts'
import type { Counts, Header } from './manifest.ts'
import { quoted, tablesOf } from './tables.ts'

/** Bytes of the file that were read, of the first reading and then of the second. */
export type OnReading = (reading: 'checked' | 'restored', bytes: number) => void

type Found = { header: Header; place: string }

/** Reads an archive from beginning to end and opens every part of it; changes nothing. Throws an ArchiveFault if anything is wrong with it. */
export async function checkArchive(
  archive: ArchiveFile,
  onRead: (bytes: number) => void,
  meet: (found: Found) => Promise<void> = async () => undefined,
): Promise<{ header: Header; counts: Counts; lost: Lost }> {
  let header: Header | undefined
  for await (const one of contentOf(archive, onRead)) {
    if (one.kind === 'header') {
      await meet(one)
      header = one.header
    }
    if (one.kind === 'end' && header) return { header, counts: one.counts, lost: one.lost }
  }
  throw new ArchiveFault(archive.path, 'the archive has no end.')
}

/**
 * Restores an archive into an empty database, all of it or nothing; first it is read from beginning to end, so that one that is
 * damaged, of another installation or version changes nothing at all. The ledger of erasures is for the caller to replay, before
 * anybody gets in: nobody opens the database while this goes on.
 */
export async function restoreBackup(
  archive: Omit<ArchiveFile, 'sort'>,
  into: {
    /** Of the database, as its owner. */
    ownerUrl: string
    storage: Storage
    secrets: Secrets
    /** Goes on though contacts have no key here, and leaves them out. */
    leaveOutUnknown: boolean
    /** Goes on though the archive was made with another secret. */
    anotherSecret: boolean
    onProgress: OnReading
  },
): Promise<Loaded & { header: Header; leftOut: LeftOut }> {
  const { ownerUrl, storage, secrets, leaveOutUnknown, anotherSecret, onProgress } = into
  const file: ArchiveFile = { ...archive, sort: 'lethe backup 1' }
  return asOwner(ownerUrl, async (owner) => {
    await refuseUsed(owner)
    const { header, lost } = await checkArchive(
      file,
      (bytes) => onProgress('checked', bytes),
      async (found) => {
        await refuseOtherTables(owner, found)
        if (!anotherSecret) refuseOtherSecret(found, secrets)
      },
    )
    if (lost.unknown > 0 && !leaveOutUnknown) refuseLackingKeys(file.path, lost)
    let leftOut: LeftOut = { removed: 0, unlinked: 0 }
    const loaded = await loadArchive({
      owner,
      tables: await tablesOf(owner),
      content: contentOf(file, (bytes) => onProgress('restored', bytes)),
      storage,
      afterwards: async ({ lost }) => {
        leftOut = await settleLeftOut(owner, lost)
        // The log looks through all its entries once, as in every database that it doesn't know.
        await owner.query(`UPDATE audit_sequencer SET database = '', holder = NULL, lease_until = '-infinity'`)
      },
    })
    return { ...loaded, header, leftOut }
  })
}

/** Restores a backup of the key store into an empty one, all of it or nothing. */
export async function restoreKeys(
  archive: Omit<ArchiveFile, 'sort' | 'keys'>,
  { keystoreUrl, onProgress }: { keystoreUrl: string; onProgress: OnReading },
): Promise<Loaded & { header: Header; masterKeys: string[] }> {
  const file: ArchiveFile = { ...archive, sort: 'lethe keys 1', keys: noKeys }
  return asOwner(keystoreUrl, async (owner) => {
    await refuseUsedKeys(owner)
    const { header } = await checkArchive(
      file,
      (bytes) => onProgress('checked', bytes),
      (found) => refuseOtherTables(owner, found),
    )
    const tables = keystoreTables(await tablesOf(owner))
    const content = contentOf(file, (bytes) => onProgress('restored', bytes))
    const loaded = await loadArchive({ owner, tables, content, storage: undefined })
    const { rows } = await owner.query<{ id: string }>('SELECT id FROM master_key ORDER BY added_at')
    return { ...loaded, header, masterKeys: rows.map(({ id }) => id) }
  })
}

async function asOwner<T>(url: string, work: (owner: pg.Client) => Promise<T>): Promise<T> {
  const owner = new pg.Client({ connectionString: url, application_name: 'lethe restore' })
  owner.on('error', () => undefined) // The next statement tells.
  await owner.connect()
  try {
    // Every start waits for it: none gets in before all is there.
    await owner.query('SELECT pg_advisory_lock($1)', [migrationLock])
    const done = await work(owner)
    await owner.query('ANALYZE')
    return done
  } finally {
    await owner.end()
  }
}

/** What an empty database has from its migrations is no loss; users and contacts would be. */
const telling = ['contact', 'user_account', 'audit_entry', 'system_audit_entry', 'audit_leaf']

async function refuseUsed(owner: pg.Client) {
  for (const table of telling) {
    const { rows } = await owner.query<{ used: boolean }>(`SELECT EXISTS (SELECT FROM ${quoted(table)}) AS used`)
    if (!rows[0]?.used) continue
    throw new StartError(
      `The database is not empty: there are rows in ${table}. Nothing was changed. Restore into an empty one: another data folder ` +
        '(LETHE_DATA), or another database (DATABASE_URL).',
    )
  }
  const { rows } = await owner.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM pg_stat_activity
     WHERE datname = current_database() AND application_name IN ('lethe', 'lethe listener') AND pid <> pg_backend_pid()`,
  )
  if (rows[0]?.count) throw new StartError('A Lethe works with this database. Stop it first; nothing was changed.')
}

async function refuseUsedKeys(owner: pg.Client) {
  const { rows } = await owner.query<{ used: boolean; readers: number }>(
    `SELECT EXISTS (SELECT FROM contact_key WHERE contact_id <> $1) AS used,
       (SELECT count(*)::int FROM reader WHERE lease_until > clock_timestamp()) AS readers`,
    [installationId],
  )
  if (rows[0]?.readers) throw new StartError('A Lethe works with this key store. Stop it first; nothing was changed.')
  if (rows[0]?.used) {
    throw new StartError(
      'The key store is not empty: it has keys, which would be lost. Nothing was changed. Restore into an empty one: another data ' +
        'folder (LETHE_DATA), or another database (KEYSTORE_URL).',
    )
  }
}

function refuseOtherSecret({ header, place }: Found, secrets: Secrets) {
  if (header.secret === secretMark(secrets)) return
  throw new ArchiveFault(
    place,
    'the archive was made with another secret (the file secret of the data folder, or LETHE_SECRET), without which second factors, ' +
      'webhooks, documents that are about nobody and requests that wait can not be read. Put it back, or do without: --another-secret.',
  )
}

function refuseLackingKeys(path: string, { unknown }: Lost): never {
  throw new ArchiveFault(
    path,
    `the key store has no keys of ${unknown} contacts in it, and never had: it is older than the archive, or that of another ` +
      'installation. Restore a later backup of it (lethe keys restore FILE), or leave these contacts out: --leave-out-unknown.',
  )
}

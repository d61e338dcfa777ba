import pg from 'pg'
import { migrationLock } from '../database/migrate.ts'
import type { Keys } from '../keys/keys.ts'
import type { Verifier } from '../modules/audit/checkpoint/keys.ts'
import type { Secrets } from '../secrets.ts'
import { StartError } from '../start-error.ts'
import type { Storage } from '../storage/storage.ts'
import { decrypted, type Opening } from './age.ts'
import { readWithProgress, secretMark } from './backup.ts'
import { type Lost, openArchive } from './check.ts'
import { readRecords } from './container.ts'
import { ArchiveFault } from './fault.ts'
import { type Loaded, loadArchive, refuseOtherTables } from './load.ts'
import type { Counts, Header } from './manifest.ts'
import { quoted } from './tables.ts'

/** An archive, with what it takes to read it. */
export type ArchiveFile = { path: string; opening: Opening; verifiers: readonly Verifier[]; keys: Keys }

const contentOf = ({ path, opening, verifiers, keys }: ArchiveFile, onRead: (bytes: number) => void) =>
  openArchive(readRecords(decrypted(readWithProgress(path, onRead), opening), 'lethe backup 1', path), {
    keys,
    verifiers,
  })

/** Reads an archive from beginning to end and opens every part of it; changes nothing. Throws an ArchiveFault if anything is wrong with it. */
export async function checkArchive(
  archive: ArchiveFile,
  onRead: (bytes: number) => void,
  meet: (found: { header: Header; place: string }) => Promise<void> = async () => undefined,
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
export async function restoreArchive(
  archive: ArchiveFile,
  into: {
    /** Of the database, as its owner. */
    ownerUrl: string
    storage: Storage
    secrets: Secrets
    /** Goes on though contacts have no key here, and leaves them out. */
    leaveOutUnknown: boolean
    /** Goes on though the archive was made with another secret. */
    anotherSecret: boolean
    /** Bytes of the file that were read, of the first reading and then of the second. */
    onProgress: (reading: 'checked' | 'restored', bytes: number) => void
  },
): Promise<Loaded & { header: Header }> {
  const owner = new pg.Client({ connectionString: into.ownerUrl, application_name: 'lethe restore' })
  owner.on('error', () => undefined) // The next statement tells.
  await owner.connect()
  try {
    // Every start waits for it: none gets in before all is there.
    await owner.query('SELECT pg_advisory_lock($1)', [migrationLock])
    await refuseUsed(owner)
    const { header, lost } = await checkArchive(
      archive,
      (bytes) => into.onProgress('checked', bytes),
      async (found) => {
        await refuseOtherTables(owner, found)
        if (!into.anotherSecret) refuseOtherSecret(found, into.secrets)
      },
    )
    if (lost.unknown > 0 && !into.leaveOutUnknown) refuseLackingKeys(archive.path, lost)
    const content = contentOf(archive, (bytes) => into.onProgress('restored', bytes))
    const loaded = await loadArchive({ owner, content, storage: into.storage })
    await owner.query('ANALYZE')
    return { ...loaded, header }
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

function refuseOtherSecret({ header, place }: { header: Header; place: string }, secrets: Secrets) {
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

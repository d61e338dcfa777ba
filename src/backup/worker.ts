import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { isFault } from '../files.ts'
import type { MasterKeySource } from '../keys/master-key.ts'
import type { Logger } from '../log.ts'
import { loggable } from '../log-error.ts'
import { StartError } from '../start-error.ts'
import type { Storage } from '../storage/storage.ts'
import { startWorkerLoop, type Worker } from '../worker-loop.ts'
import type { Protection } from './age.ts'
import { type Backup, type BackupSource, backUp, backUpKeys } from './backup.ts'
import { superfluous } from './keep.ts'
import { rotateIfDue } from './master-key.ts'
import { fileName, filesOf, type KeptFile, removeDrafts, type Series } from './names.ts'
import type { BackupSettings, KeyBackupSettings } from './settings.ts'

/** What the server's backups are made with. */
export type BackupWork = BackupSource & {
  storage: Storage
  masterKeys: MasterKeySource
  backups: BackupSettings
  keyBackups: KeyBackupSettings
  log: Logger
}

const lookEvery = 10 * 60_000
const tryAgainAfter = 60 * 60_000
const backupLock = 5_384_847

/**
 * Makes the backups that are due, and removes those that need not be kept any more, for as long as the process runs. Of several
 * processes on one database, one does at a time. One that fails is told of in the log, and tried again an hour later; the others are
 * made, and removed, all the same. `close` gives up what is under way.
 */
export function startBackups(work: BackupWork): Worker {
  const { backups, keyBackups, log } = work
  if (!backups.protection) log.warn('no backups are made: LETHE_BACKUP_RECIPIENTS does not say who can open them')
  if (!keyBackups.protection) log.warn('no backups of the key store are made: LETHE_KEY_BACKUP_RECIPIENTS says nothing')
  const tell = (what: string, error: unknown) => {
    // Written by us, for whoever runs the server.
    const reason = error instanceof StartError ? error.message : undefined
    log.error({ what, reason, error: loggable(error) }, 'the backup failed; it is tried again in an hour')
  }
  return startWorkerLoop({
    turn: async (stop) => {
      let pause = lookEvery
      const failed = (what: string, error: unknown) => {
        if (stop.aborted) return
        tell(what, error)
        pause = tryAgainAfter
      }
      await alone(work.url, () => round(work, stop, failed))
      return pause
    },
    failed: (error) => tell('turn', error),
    longestWait: tryAgainAfter,
  })
}

/** One look. What fails keeps nothing else from being done: least of all the removal of keys that must not be kept. */
async function round(
  work: BackupWork,
  signal: AbortSignal,
  failed: (what: string, error: unknown) => void,
): Promise<void> {
  const { keyBackups, backups, storage } = work
  const onProgress = () => signal.throwIfAborted()
  const attempt = async <T>(what: string, run: () => Promise<T>): Promise<T | undefined> =>
    signal.aborted ? undefined : run().catch((error: unknown) => void failed(what, error))
  const rotated = await attempt('rotation of the master key', () => rotateIfDue(work, signal))
  // Earlier backups of the key store open nothing any more; this is the first that opens something.
  const due = rotated ? { ...keyBackups, every: 1 } : keyBackups
  await attempt('backup of the key store', () =>
    makeIfDue(work, 'lethe-keys', due, (file) => backUpKeys(work, file, onProgress)),
  )
  await attempt('backup of the database', () =>
    makeIfDue(work, 'lethe', backups, (file) => backUp(work, file, backups.files ? storage : undefined, onProgress)),
  )
  const before = rotated ?? new Date(Date.now() - keyBackups.keptFor)
  await attempt('removal of backups of the key store', async () => remove(work, await olderThan(before, keyBackups)))
  await attempt('removal of backups of the database', async () => remove(work, await notKept(backups)))
}

/** Does it unless another process does at this moment. */
async function alone(url: string, run: () => Promise<void>) {
  const client = new pg.Client({ connectionString: url, application_name: 'lethe backup', keepAlive: true })
  client.on('error', () => undefined) // Then another may begin, too, which does no harm.
  await client.connect()
  try {
    const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [backupLock])
    if (rows[0]?.taken) await run()
  } finally {
    await client.end()
  }
}

async function makeIfDue(
  { log }: BackupWork,
  series: Series,
  { protection, folder, every }: Pick<BackupSettings, 'protection' | 'folder' | 'every'>,
  make: (file: { path: string; protection: Protection }) => Promise<Backup>,
) {
  if (!protection || every === 0) return
  await removeDrafts(folder, series)
  const now = new Date()
  // A clock that was wrong once leaves one of a time to come, which says nothing.
  const newest = (await filesOf(folder, series)).find(({ at }) => at <= now)
  // Half a look early or late: over the days it stays at its time.
  if (newest && now.getTime() - newest.at.getTime() < every - lookEvery / 2) return
  const begun = performance.now()
  const { path, bytes, counts } = await make({ path: join(folder, fileName(series, now)), protection })
  const { contacts, files, gone } = counts
  const milliseconds = Math.round(performance.now() - begun)
  log.info({ path, bytes, contacts, files, gone, milliseconds }, 'a backup was made, and opened to see that it can be')
}

/** The newest stays, whatever its age: of none there is no way back. One of a time to come would stay until then: it goes, too. */
async function olderThan(moment: Date, { folder }: KeyBackupSettings): Promise<KeptFile[]> {
  const tomorrow = new Date(Date.now() + 86_400_000)
  const files = await filesOf(folder, 'lethe-keys')
  const newest = files.find(({ at }) => at <= tomorrow)
  return newest ? files.filter((file) => file !== newest && (file.at < moment || file.at > tomorrow)) : []
}

async function notKept({ folder, keep }: BackupSettings): Promise<KeptFile[]> {
  const files = await filesOf(folder, 'lethe')
  const gone = new Set(
    superfluous(
      files.map(({ at }) => at),
      keep,
    ),
  )
  return files.filter(({ at }) => gone.has(at))
}

async function remove({ log }: BackupWork, files: readonly KeptFile[]) {
  for (const { path } of files) {
    await rm(path).catch((error: unknown) => {
      if (!isFault(error, 'ENOENT')) throw error
    })
    log.info({ path }, 'a backup that need not be kept any more was removed')
  }
}

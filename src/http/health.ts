import type { BackupState } from '../backup/state.ts'
import type { Database } from '../database/client.ts'
import type { Keys } from '../keys/keys.ts'
import type { Logger } from '../log.ts'
import { loggable } from '../log-error.ts'
import { isSequenced } from '../modules/audit/lag.ts'
import type { Storage } from '../storage/storage.ts'
import { json } from './answers.ts'

/** How the server is doing. */
export type Health = {
  /** Whether the database answers, within two seconds. */
  databaseAnswers: () => Promise<boolean>
  /** Why no requests should come here; empty when they may. */
  unreadiness: () => Promise<string[]>
  /** Whether files are to be had, as it was at most five seconds ago. */
  storageAnswers: () => Promise<boolean>
  /** Which backups there should be, as it was at most a minute ago. Undefined: their folder doesn't answer. */
  backups: () => Promise<BackupState[] | undefined>
  /** Whether some process works in the background, here or elsewhere; undefined where the database doesn't answer. */
  isWorking: () => Promise<boolean | undefined>
  /** From now on the server isn't ready: it is about to stop. */
  stopping: () => void
}

const patience = 2000
const storageKnownFor = 5000
const backupsKnownFor = 60_000

/** Watches over the database, the key store, the storage of files, the backups and the coming end. */
export function createHealth(
  database: Database,
  keys: Pick<Keys, 'unreadiness'>,
  storage: Pick<Storage, 'check'>,
  readBackups: () => Promise<BackupState[]>,
  log: Logger,
): Health {
  let backupProbe: { since: number; states: Promise<BackupState[] | undefined> } | undefined
  let stopping = false
  let storageProbe: { since: number; answers: Promise<boolean> } | undefined
  let probe: Promise<boolean> | undefined

  // One question at a time: when the database hangs, asking again and again would not help it.
  const databaseAnswers = () => {
    probe ??= answersInTime(database).finally(() => {
      probe = undefined
    })
    return probe
  }
  const storageAnswers = () => {
    if (!storageProbe || storageProbe.since < Date.now() - storageKnownFor) {
      const answers = storage.check().then(
        () => true,
        (error: unknown) => {
          log.warn({ error: loggable(error) }, 'the storage of files does not answer')
          return false
        },
      )
      storageProbe = { since: Date.now(), answers }
    }
    return storageProbe.answers
  }
  const backups = () => {
    if (!backupProbe || backupProbe.since < Date.now() - backupsKnownFor) {
      const states = inTime(readBackups(), undefined).catch((error: unknown) => {
        log.warn({ error: loggable(error) }, 'the folder of backups can not be read')
        return undefined
      })
      backupProbe = { since: Date.now(), states }
    }
    return backupProbe.states
  }
  return {
    databaseAnswers,
    storageAnswers,
    backups,
    isWorking: () => inTime<boolean | undefined>(isSequenced(database), undefined).catch(() => undefined), // The probe of the database tells.
    unreadiness: async () => {
      if (stopping) return ['The server is stopping.']
      const reasons = (await databaseAnswers()) ? [] : ['The database does not answer.']
      const keyStore = keys.unreadiness()
      return keyStore ? [...reasons, `Keys are not to be had: ${keyStore}.`] : reasons
    },
    stopping: () => {
      stopping = true
    },
  }
}

/** Whether the process is alive: whoever gets this answer knows. */
export const live = (): Response => json(200, { status: 'alive' })

/**
 * Whether requests may come here. Without its storage of files, backups, or others that work in the background, a server does all but that:
 * it says so, and stays.
 *
 * @param options.relies Whether work in the background is left to other processes.
 */
export async function ready(health: Health, { relies = false } = {}): Promise<Response> {
  const [reasons, hasFiles, backups, isWorking] = await Promise.all([
    health.unreadiness(),
    health.storageAnswers(),
    health.backups(),
    relies ? health.isWorking() : undefined,
  ])
  const degraded = [
    ...(hasFiles ? [] : ['The storage of files does not answer.']),
    ...(isWorking === false ? [idle] : []),
    ...faultsOf(backups),
  ]
  if (reasons.length > 0) return json(503, { status: 'not ready', reasons: [...reasons, ...degraded] })
  return json(200, degraded.length > 0 ? { status: 'ready', degraded } : { status: 'ready' })
}

const idle =
  'No process works in the background: nothing is mailed, erased or put into the tree of the audit log. Start one (lethe serve --role=worker).'

const backupNames = { database: 'the database', keys: 'the key store' } as const

function faultsOf(backups: BackupState[] | undefined): string[] {
  if (!backups) return ['The folder of backups does not answer.']
  return backups.flatMap(({ of, age, isOverdue }) => {
    if (!isOverdue) return []
    const last = Number.isFinite(age) ? `the last one was made ${Math.round(age / 3600)} hours ago` : 'there is none'
    return [`A backup of ${backupNames[of]} is overdue: ${last}.`]
  })
}

const answersInTime = (database: Database): Promise<boolean> =>
  inTime(
    database.$queryRaw`SELECT 1`.then(
      () => true,
      () => false, // That it fails is the answer; why, the operations that need it tell.
    ),
    false,
  )

/** An answer, or another one when it takes longer than two seconds. */
export async function inTime<T>(answer: Promise<T>, otherwise: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<T>((done) => {
    timer = setTimeout(done, patience, otherwise)
  })
  return Promise.race([answer, late]).finally(() => clearTimeout(timer))
}

import type { Database } from '../database/client.ts'
import type { Keys } from '../keys/keys.ts'
import type { Logger } from '../log.ts'
import { loggable } from '../log-error.ts'
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
  /** From now on the server isn't ready: it is about to stop. */
  stopping: () => void
}

const patience = 2000
const storageKnownFor = 5000

/** Watches over the database, the key store, the storage of files and the coming end. */
export function createHealth(
  database: Database,
  keys: Pick<Keys, 'unreadiness'>,
  storage: Pick<Storage, 'check'>,
  log: Logger,
): Health {
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
  return {
    databaseAnswers,
    storageAnswers,
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

/** Whether requests may come here. Without its storage of files a server does all but that: it says so, and stays. */
export async function ready(health: Health): Promise<Response> {
  const [reasons, hasFiles] = await Promise.all([health.unreadiness(), health.storageAnswers()])
  const degraded = hasFiles ? [] : ['The storage of files does not answer.']
  if (reasons.length > 0) return json(503, { status: 'not ready', reasons: [...reasons, ...degraded] })
  return json(200, degraded.length > 0 ? { status: 'ready', degraded } : { status: 'ready' })
}

async function answersInTime(database: Database) {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((done) => {
    timer = setTimeout(done, patience, false)
  })
  const answer = database.$queryRaw`SELECT 1`.then(
    () => true,
    () => false, // That it fails is the answer; why, the operations that need it tell.
  )
  return Promise.race([answer, late]).finally(() => clearTimeout(timer))
}

import type { Database } from '../database/client.ts'
import type { Keys } from '../keys/keys.ts'
import { json } from './answers.ts'

/** How the server is doing. */
export type Health = {
  /** Whether the database answers, within two seconds. */
  databaseAnswers: () => Promise<boolean>
  /** Why no requests should come here; empty when they may. */
  unreadiness: () => Promise<string[]>
  /** From now on the server isn't ready: it is about to stop. */
  stopping: () => void
}

const patience = 2000

/** Watches over the database, the key store and the coming end. */
export function createHealth(database: Database, keys: Pick<Keys, 'unreadiness'>): Health {
  let stopping = false
  let probe: Promise<boolean> | undefined

  // One question at a time: when the database hangs, asking again and again would not help it.
  const databaseAnswers = () => {
    probe ??= answersInTime(database).finally(() => {
      probe = undefined
    })
    return probe
  }
  return {
    databaseAnswers,
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

/** Whether requests may come here. */
export async function ready(health: Health): Promise<Response> {
  const reasons = await health.unreadiness()
  return reasons.length > 0 ? json(503, { status: 'not ready', reasons }) : json(200, { status: 'ready' })
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

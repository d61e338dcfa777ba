import { connectionsOf, type Database } from '../../database/client.ts'
import { type Queue, type QueueState, queueStates } from '../../database/queues.ts'
import type { Replicas } from '../../database/replicas.ts'
import type { Keys } from '../../keys/keys.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { positionIn } from '../../ledger/position.ts'
import { integrationLag } from '../../modules/audit/lag.ts'
import { entriesNotLookedThrough } from '../../modules/recipients/state.ts'
import { type Health, inTime } from '../health.ts'

/** What measurements are read from. */
export type Sources = {
  health: Health
  database: Database
  keys: Pick<Keys, 'ledgerPosition' | 'connections'>
  ledger: Pick<Ledger, 'head'>
  replicas?: Pick<Replicas, 'states'>
  queues: readonly Queue[]
}

/** What the stores say at one moment; undefined where they don't answer. */
export type Reading = {
  databaseAnswers: boolean
  queues?: QueueState[] | undefined
  auditLag?: number | undefined
  recipientsBehind?: number | undefined
  ledgerBehind?: number | undefined
}

/** Asks the stores once for all who want to know at the same time: a page of measurements asks for each of them. */
export function createReader(sources: Sources): () => Promise<Reading> {
  let reading: Promise<Reading> | undefined
  return () => {
    reading ??= read(sources).finally(() => {
      reading = undefined
    })
    return reading
  }
}

async function read({ health, database, keys, ledger, queues }: Sources): Promise<Reading> {
  if (!(await health.databaseAnswers())) return { databaseAnswers: false }
  const [states, auditLag, recipientsBehind, ledgerBehind] = await Promise.all([
    told(queueStates(database, queues)),
    told(integrationLag(database)),
    told(entriesNotLookedThrough(database)),
    told(entriesBehind({ database, keys, ledger })),
  ])
  return { databaseAnswers: true, queues: states, auditLag, recipientsBehind, ledgerBehind }
}

/** What isn't told in time is not measured; that it isn't is seen at the page, and the operations that need it say why. */
const told = <T>(answer: Promise<T>): Promise<T | undefined> =>
  inTime<T | undefined>(answer, undefined).catch(() => undefined)

/** How many entries of the erasure ledger the database or the key store has not done yet. */
async function entriesBehind({ database, keys, ledger }: Pick<Sources, 'database' | 'keys' | 'ledger'>) {
  const head = await ledger.head()
  if (!head) return 0
  const [noted, kept] = await Promise.all([positionIn(database), keys.ledgerPosition(head.installation)])
  return Math.max(head.sequence - Math.min(noted?.sequence ?? 0, kept?.sequence ?? 0), 0)
}

/** The pools of connections of this process, by what they lead to. */
export const poolsOf = ({ database, keys }: Pick<Sources, 'database' | 'keys'>) =>
  Object.entries({ database: connectionsOf(database), keys: keys.connections() }).flatMap(([pool, state]) =>
    state ? [{ pool, ...state }] : [],
  )

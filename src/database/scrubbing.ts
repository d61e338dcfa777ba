import pg from 'pg'
import { positionIn } from '../ledger/position.ts'
import type { Logger } from '../log.ts'
import { loggable } from '../log-error.ts'
import { startWorkerLoop, type Worker } from '../worker-loop.ts'
import type { Store } from './open.ts'
import { type Scrubbed, type ScrubOptions, type ScrubTarget, scrub } from './scrub.ts'

// Held by whoever scrubs: one process is enough.
const scrubLock = 5_384_851

const every = 10 * 60_000

type ScrubStore = Pick<Store, 'database' | 'ownerUrl' | 'keystoreUrl'>

/** The databases of an installation. Undefined if we don't know the user who owns the main one: nobody else may. */
export const scrubTargets = ({ ownerUrl, keystoreUrl }: ScrubStore): ScrubTarget[] | undefined =>
  ownerUrl === undefined
    ? undefined
    : [
        { name: 'the database', url: ownerUrl },
        { name: 'the key store', url: keystoreUrl },
      ]

/**
 * Scrubs the databases of an installation, unless another process does at this moment, and notes up to where in the ledger they are rid of
 * what was erased. Undefined: another one does.
 */
export async function scrubStore(
  store: ScrubStore,
  targets: readonly ScrubTarget[],
  options: ScrubOptions = {},
): Promise<Scrubbed | undefined> {
  const turn = new pg.Client({ connectionString: targets[0]?.url })
  await turn.connect()
  try {
    const { rows } = await turn.query<{ ours: boolean }>('SELECT pg_try_advisory_lock($1) AS ours', [scrubLock])
    if (!rows[0]?.ours) return undefined
    const sequence = BigInt((await positionIn(store.database))?.sequence ?? 0)
    const scrubbed = await scrub(targets, options)
    if (scrubbed.faults.length === 0) {
      const data = { ledgerSequence: sequence, scrubbedAt: new Date() }
      await store.database.scrub.upsert({ where: { id: 1 }, create: data, update: data })
    }
    return scrubbed
  } finally {
    await turn.end()
  }
}

/** Whether something was erased since the databases were scrubbed. */
export async function needsScrub({ database }: Pick<Store, 'database'>): Promise<boolean> {
  const scrubbed = await database.scrub.findUnique({ where: { id: 1 } })
  return BigInt((await positionIn(database))?.sequence ?? 0) > (scrubbed?.ledgerSequence ?? 0n)
}

/**
 * Scrubs the databases in the hour of the night that is set, if something was erased since the last time. What can't be done is told in the
 * log, and tried again the next time. `close` lets the table finish that is being written.
 */
export function startScrubbing(
  store: ScrubStore,
  { hour, log, now = () => new Date() }: { hour: number; log: Logger; now?: () => Date },
): Worker {
  const targets = scrubTargets(store)
  return startWorkerLoop({
    turn: async (signal) => {
      if (!targets || now().getHours() !== hour || !(await needsScrub(store))) return undefined
      const scrubbed = await scrubStore(store, targets, { signal })
      for (const fault of scrubbed?.faults ?? [])
        log.warn({ fault }, 'what was erased may still be in files of the database')
      if (scrubbed?.faults.length === 0)
        log.info({ tables: scrubbed.tables }, 'what was erased is in no file of the database any more')
      return undefined
    },
    failed: (error) => log.warn({ error: loggable(error) }, 'scrubbing failed; it is tried again'),
    longestWait: every,
  })
}

import type pg from 'pg'
import type { Notifications } from '../../../database/listen.ts'
import type { Logger } from '../../../log.ts'
import { loggable } from '../../../log-error.ts'
import type { Integration } from '../integration.ts'

type Waiter = { missing: Set<string>; settle: (isIntegrated: boolean) => void }

/** Those who wait for the tree. `look` is called when it has grown. */
export type Waiting = Integration & { look: () => void; close: () => void }

const patience = 10_000
const lookEvery = 100

/** Lets callers wait until entries are in the tree. All of them share one statement at a time. `hurry` calls for a turn. */
export function createWaiting({
  pool,
  log,
  notifications,
  hurry,
}: {
  pool: pg.Pool
  log: Logger
  notifications: Notifications | undefined
  hurry: () => void
}): Waiting {
  const waiters = new Set<Waiter>()
  let looking = false
  let again = false
  let poll: NodeJS.Timeout | undefined

  function look() {
    again = looking
    if (looking || waiters.size === 0) return
    looking = true
    lookOnce()
      .catch((error: unknown) => log.debug({ error: loggable(error) }, 'the tree of the audit log is not in reach'))
      .finally(() => {
        looking = false
        if (again) look()
      })
  }

  async function lookOnce() {
    const asked = [...waiters]
    // A leaf is committed together with a checkpoint that covers it.
    const { rows } = await pool.query<{ id: string }>({
      name: 'lethe_integrated',
      text: 'SELECT entry_id AS id FROM audit_leaf WHERE entry_id = ANY($1::uuid[])',
      values: [asked.flatMap(({ missing }) => [...missing])],
    })
    for (const { missing, settle } of asked) {
      for (const { id } of rows) missing.delete(id)
      if (missing.size === 0) settle(true)
    }
  }

  notifications?.on('lethe_checkpoint', look)
  return {
    integrated: (entryIds) =>
      new Promise((done) => {
        if (entryIds.length === 0) return done(true)
        const limit = setTimeout(() => waiter.settle(false), patience).unref()
        const waiter: Waiter = {
          missing: new Set(entryIds),
          settle: (isIntegrated) => {
            clearTimeout(limit)
            waiters.delete(waiter)
            if (waiters.size === 0) poll = void clearInterval(poll)
            done(isIntegrated)
          },
        }
        waiters.add(waiter)
        poll ??= setInterval(look, lookEvery).unref()
        hurry()
      }),
    look,
    close: () => {
      for (const { settle } of waiters) settle(false)
    },
  }
}

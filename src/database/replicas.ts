import type { Actor, WorkContext } from '../graphql/context.ts'
import type { Logger } from '../log.ts'
import { loggable } from '../log-error.ts'
import { type Database, openDatabase } from './client.ts'
import { sqlState } from './sql-errors.ts'

// Copies of the database that PostgreSQL keeps up to date. What is read there may be some seconds old, so nothing is read there that decides
// over anybody: no rights, no consent, no erasure, and no contact itself, who may have been erased since. See `readStale` for what is.

/** Copies of the database, for what may be some seconds old. */
export type Replicas = {
  /** Reads from one that is near enough, or else from the database itself; also when the copy fails. */
  read: <T>(actor: Actor, run: (database: Database) => Promise<T>) => Promise<T>
  /** Somebody wrote something: for a while they read from the database itself, so that they find it. */
  wrote: (actor: Actor) => void
  states: () => readonly ReplicaState[]
  close: () => Promise<void>
}

export type ReplicaState = {
  /** Its host and port. */
  name: string
  /** Whether it is read from. */
  isUsed: boolean
  /** Seconds that it is behind; undefined while it does not answer, or is no copy of this database. */
  lag: number | undefined
}

/** Milliseconds. */
const lookEvery = 1000
const patience = 2000
const rememberedFor = 60_000
/** How far behind a copy may be that is read from, and how long those who wrote don't. */
const longestLag = 5000
const ownWritesFor = 2 * longestLag

type Copy = ReplicaState & { database: Database }
type Options = { connections: number; timeout: number }

/** Opens the copies at these addresses. One that is away is looked for again every second. */
export function openReplicas(
  urls: readonly string[],
  primary: Database,
  { connections, timeout: statementTimeout }: Options,
  log: Logger,
): Replicas {
  const copies: Copy[] = urls.map((url) => ({
    name: new URL(url).host,
    database: openDatabase(url, { connections, statementTimeout }),
    ...{ isUsed: false, lag: undefined },
  }))
  const positions: Position[] = []
  const writers = new Map<string, number>()
  let turn = 0
  let looking: Promise<void> | undefined

  async function look() {
    const { system, position } = await positionOf(primary)
    const at = Date.now()
    positions.push({ at, position })
    while ((positions[0]?.at ?? at) < at - rememberedFor) positions.shift()
    await Promise.all(
      copies.map(async (copy) => {
        const there = await positionOf(copy.database).catch(() => undefined) // That it is away is the answer.
        const isCopy = there?.follows && there.system === system
        const reached = isCopy ? positions.findLast((one) => one.position <= there.position) : undefined
        copy.lag = reached && (at - reached.at) / 1000
        use(copy, copy.lag !== undefined && copy.lag * 1000 <= longestLag)
      }),
    )
  }
  function use(copy: Copy, isUsed: boolean) {
    if (copy.isUsed === isUsed) return
    copy.isUsed = isUsed
    const { name: replica, lag } = copy
    if (isUsed) log.info({ replica, lag }, 'a replica is read from')
    else log.warn({ replica, lag }, 'a replica is left out: it is away, too far behind, or no copy of this database')
  }
  function leaveOut(copy: Copy) {
    copy.lag = undefined
    use(copy, false)
  }
  const lookAgain = () => {
    looking ??= look()
      .catch((error: unknown) => {
        for (const copy of copies) leaveOut(copy) // Nobody can tell how far behind it is.
        log.debug({ error: loggable(error) }, 'replicas can not be compared')
      })
      .finally(() => {
        looking = undefined
      })
  }
  const timer = setInterval(lookAgain, lookEvery).unref()
  lookAgain()

  function choose(actor: Actor): Copy | undefined {
    if ((writers.get(keyOf(actor)) ?? 0) > Date.now() - ownWritesFor) return undefined
    const near = copies.filter(({ isUsed }) => isUsed)
    return near[turn++ % near.length]
  }
  return {
    states: () => copies,
    wrote: (actor) => {
      const long = Date.now() - ownWritesFor
      if (writers.size >= 10_000) for (const [key, at] of writers) if (at < long) writers.delete(key)
      writers.set(keyOf(actor), Date.now())
    },
    read: async (actor, run) => {
      const copy = choose(actor)
      if (!copy) return run(primary)
      try {
        return await run(copy.database)
      } catch (error) {
        if (sqlState(error) === '57014') throw error // Time is up here as there.
        leaveOut(copy)
        return run(primary)
      }
    },
    close: async () => {
      clearInterval(timer)
      await looking
      await Promise.all(copies.map(({ database }) => database.$disconnect()))
    },
  }
}

/**
 * Reads what may be some seconds old, from a copy if there is one: numbers that tell of nobody by themselves. Never what rights, consent or
 * an erasure decide over, and never contacts themselves.
 */
export const readStale = <T>(
  { replicas, within, database, actor }: Pick<WorkContext, 'replicas' | 'within' | 'database' | 'actor'>,
  run: (database: Database) => Promise<T>,
): Promise<T> => (replicas && !within ? replicas.read(actor, run) : run(database))

const keyOf = ({ kind, id }: Actor) => `${kind} ${id}`

/** How far the database's log of changes was at a moment. */
type Position = { at: number; position: bigint }

type Row = { system: string; follows: boolean; position: string | null }

async function positionOf(database: Database) {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_done, fail) => {
    timer = setTimeout(() => fail(new Error('no answer in time')), patience)
  })
  const asked = database.$queryRaw<Row[]>`
    SELECT system_identifier::text AS system, pg_is_in_recovery() AS follows,
      pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, '0/0')::text AS position
    FROM pg_control_system()`
  const [row] = await Promise.race([asked, late]).finally(() => clearTimeout(timer))
  if (!row?.position) throw new Error('it has not begun to follow')
  return { system: row.system, follows: row.follows, position: BigInt(row.position) }
}

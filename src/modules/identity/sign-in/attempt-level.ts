import { Prisma } from '#prisma/client.ts'
import type { Database } from '../../../database/client.ts'
import { rowsIn } from '../../../database/rows-in.ts'
import type { Transaction } from '../../../database/transact.ts'
import { tooManyAttempts } from '../../../graphql/errors.ts'

/**
 * How many attempts a counter lets through: its level rises by one with each and falls by one in each `period`, and never
 * above `capacity`. So in any time there are at most `capacity + time / period` of them.
 */
export type Policy = {
  capacity: number
  /** Milliseconds. */
  period: number
  /** Above this level each attempt has to wait for the one before: a second, then twice as long each time, up to `period`. */
  free: number
}

/** A counter of attempts. */
export type Counter = { key: string; policy: Policy }

/** An attempt that was let through, by these counters. */
export type TakenAttempt = { taken: readonly TakenCounter[] }

type TakenCounter = Counter & { level: number; at: Date }

/**
 * Counts an attempt, before anybody judges it, in all of the counters or, if one of them refuses it, in none. Then it throws
 * TOO_MANY_ATTEMPTS. Of attempts that come at once, on any number of processes, each is counted.
 *
 * @param counters Everywhere in the same order, the busiest last: so none waits for another in a circle, nor for long.
 * @param now For tests. Default: the database's clock.
 */
export async function takeAttempt(
  database: Database,
  counters: readonly Counter[],
  now: Date | null = null,
): Promise<TakenAttempt> {
  const takeAll = async (send: Send) => {
    const levels: TakenCounter[] = []
    for (const counter of counters) levels.push(await take(send, counter, now))
    return levels
  }
  const isolationLevel = Prisma.TransactionIsolationLevel.ReadCommitted
  // One statement is a transaction by itself.
  const counted =
    counters.length === 1
      ? takeAll((statement) => rowsIn(database, statement))
      : database.$transaction((tx) => takeAll((statement) => tx.$queryRaw(statement)), {
          isolationLevel,
          maxWait: 10_000,
        })
  const taken = await counted.catch((error: unknown) => {
    if (error instanceof Refused) return undefined
    throw error
  })
  if (taken) return { taken }
  throw tooManyAttempts(Math.max(1, Math.ceil((await longestWait(database, counters, now)) / 1000)))
}

/** Counts an attempt in the caller's transaction, and tells whether it is let through. For counters that few wait for. */
export async function takeWithin(tx: Pick<Transaction, '$rows'>, counter: Counter): Promise<boolean> {
  try {
    await take((statement) => rowsIn(tx, statement), counter, null)
    return true
  } catch (error) {
    if (error instanceof Refused) return false
    throw error
  }
}

/** Takes an attempt back that turned out right, or that nobody judged: the counters stand as if it had never been. */
export async function giveBack(database: Database, { taken }: TakenAttempt, now: Date | null = null): Promise<void> {
  for (const { key, policy, level, at } of taken) {
    // Whoever came in between keeps the wait that follows from their own attempt.
    await database.$executeRaw`
      UPDATE attempt_level AS l
      SET level = greatest(0, ${leaked(policy, clock(now))} - 1), updated_at = ${clock(now)},
        blocked_until = CASE WHEN l.updated_at = ${at} AND l.level = ${level} THEN ${clock(now)}
          ELSE ${clock(now)} + greatest(${wait} - ${elapsed(clock(now))}, 0) * interval '1 millisecond' END
      WHERE l.key = ${key}`
  }
}

class Refused extends Error {}

type Level = { level: number; at: Date }

/** Where a counter is taken: by itself, or in somebody's transaction. */
type Send = (statement: Prisma.Sql) => Promise<Level[]>

/** One statement: PostgreSQL locks the row, and judges by what then stands there. */
async function take(send: Send, counter: Counter, now: Date | null): Promise<TakenCounter> {
  const { key, policy } = counter
  const time = Prisma.sql`excluded.updated_at`
  const level = Prisma.sql`(${leaked(policy, time)} + 1)`
  const [taken] = await send(
    Prisma.sql`
    INSERT INTO attempt_level AS l (key, level, updated_at, blocked_until)
    VALUES (${key}, 1, ${clock(now)}, ${clock(now)})
    ON CONFLICT (key) DO UPDATE
    SET level = ${level}, updated_at = ${time},
      blocked_until = ${time} + ${delay(policy, level)} * interval '1 millisecond'
    WHERE ${elapsed(time)} >= ${wait} AND ${level} <= ${policy.capacity}
    RETURNING level, updated_at AS at`,
  )
  if (!taken) throw new Refused()
  return { ...counter, ...taken }
}

/** Milliseconds until all of the counters would let an attempt through. */
async function longestWait(database: Database, counters: readonly Counter[], now: Date | null): Promise<number> {
  const waits = counters.map(async ({ key, policy }) => {
    const [row] = await database.$queryRaw<{ wait: number }[]>`
      SELECT greatest(${wait} - ${elapsed(clock(now))},
        (${leaked(policy, clock(now))} + 1 - ${policy.capacity}) * ${policy.period})::float8 AS wait
      FROM attempt_level AS l WHERE l.key = ${key}`
    return row?.wait ?? 0
  })
  return Math.max(...(await Promise.all(waits)))
}

const clock = (now: Date | null) =>
  now ? Prisma.sql`${now}::timestamptz(3)` : Prisma.sql`clock_timestamp()::timestamptz(3)`

/** Milliseconds since the last attempt. Whichever way the clock was set, nobody has to wait for it to come round again. */
const elapsed = (time: Prisma.Sql) => Prisma.sql`abs(extract(epoch FROM ${time} - l.updated_at)::float8 * 1000)`

/** Milliseconds to wait after the last attempt. */
const wait = Prisma.sql`(extract(epoch FROM l.blocked_until - l.updated_at)::float8 * 1000)`

/** The level at a time. */
const leaked = ({ period }: Policy, time: Prisma.Sql) =>
  Prisma.sql`greatest(0, l.level - ${elapsed(time)} / ${period}::float8)`

const delay = ({ free, period }: Policy, level: Prisma.Sql) =>
  Prisma.sql`CASE WHEN ${level} > ${free}::float8
    THEN least(1000 * power(2, least(${level} - ${free}::float8 - 1, 30)), ${period}::float8) ELSE 0 END`

import { Prisma } from '#prisma/client.ts'
import type { Database } from './client.ts'

/** Work that waits in a table, as whoever operates the product watches it. */
export type Queue = {
  /** `access_packages`: a label of measurements. */
  name: string
  /** `SELECT … AS since FROM …`: what waits and could be done now, each with since when. By an index, for there may be millions of rows that don't. */
  waiting: Prisma.Sql
  /** `SELECT FROM …`: what nobody tries any more, and somebody has to look at. Default: nothing. */
  givenUp?: Prisma.Sql
}

/** How a queue is doing. */
export type QueueState = {
  name: string
  /** At most `most`, as is `givenUp`. */
  waiting: number
  /** Seconds that the oldest of these has waited. */
  oldest: number
  givenUp: number
}

/** Nobody needs to know it more exactly, and counting millions would cost more than telling is worth. */
export const most = 100_000

/** Reads how some queues are doing, by one statement. */
export async function queueStates(database: Database, queues: readonly Queue[]): Promise<QueueState[]> {
  if (queues.length === 0) return []
  const states = queues.map(
    ({ name, waiting, givenUp = none }) => Prisma.sql`
      SELECT ${name} AS name, count(*)::int AS waiting,
        greatest(coalesce(extract(epoch FROM now() - min(q.since)), 0), 0)::float8 AS oldest,
        (SELECT count(*) FROM (${givenUp} LIMIT ${most}) g)::int AS "givenUp"
      FROM (${waiting} LIMIT ${most}) q`,
  )
  return database.$queryRaw<QueueState[]>`${Prisma.join(states, ' UNION ALL ')}`
}

const none = Prisma.sql`SELECT WHERE false`

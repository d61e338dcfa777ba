import { Prisma } from '#prisma/client.ts'
import type { Database } from './client.ts'
import type { Transaction } from './transact.ts'

/** A piece of work that this process has claimed: nobody else is at it until its lease has run out. */
export type Claimed = { id: string /** This try included. */; attempts: number }

/** Work that waits in a table of its own, each piece until it is done and its row is deleted. Times are PostgreSQL's. */
export type LeaseQueue<Piece extends Claimed, Progress> = {
  /** Claims what is due the longest. What a process that died was at is claimed again when its lease has run out. */
  claim: (database: Database) => Promise<Piece | undefined>
  /** Keeps the lease, and notes how far it is. False: it isn't ours any more, or it is gone. */
  renew: (database: Database, piece: Piece, progress: Progress) => Promise<boolean>
  /** Puts it back, to be taken up again after a while (milliseconds). `fresh`: as if it had not been tried. */
  putBack: (
    database: Database | Transaction,
    piece: Piece,
    pause: number,
    options?: { fresh?: boolean },
  ) => Promise<number>
  /** In how many milliseconds the next is due; undefined if nothing waits. */
  nextDue: (database: Database) => Promise<number | undefined>
}

/** A table with the columns `attempts`, `due_at` and those that are named here. */
type WorkTable<Piece, Progress> = {
  table: Prisma.Sql
  /** Its primary key, and the same as columns of a `Piece`. */
  key: Prisma.Sql
  returned: Prisma.Sql
  /** That a row is this piece. */
  isPiece: (piece: Piece) => Prisma.Sql
  /** The column that says that somebody is at it. */
  isAt: Prisma.Sql
  /** Milliseconds. It is renewed while the work goes on. */
  lease: number
  /** What a claim sets besides: `, rows_done = 0`. */
  onClaim?: Prisma.Sql
  /** What a renewal sets besides. */
  progress?: (progress: Progress) => Prisma.Sql
}

/** Lets any number of processes work off a table, each piece by one of them at a time. */
export function leaseQueue<Piece extends Claimed, Progress = void>(
  work: WorkTable<Piece, Progress>,
): LeaseQueue<Piece, Progress> {
  const { table, key, returned, isPiece, isAt, lease, onClaim = Prisma.empty, progress } = work
  const isOurs = (piece: Piece) => Prisma.sql`${isPiece(piece)} AND attempts = ${piece.attempts}`
  return {
    claim: async (database) => {
      // Moments are kept in milliseconds, rounded: what is due now may stand there as due within the next one.
      const [claimed] = await database.$queryRaw<Piece[]>`
        UPDATE ${table}
        SET attempts = attempts + 1, ${isAt} = true, due_at = now() + ${lease} * interval '1 millisecond'${onClaim}
        WHERE (${key}) = (SELECT ${key} FROM ${table} WHERE due_at <= now() + interval '1 millisecond' ORDER BY due_at, ${key} LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING ${returned}, attempts`
      return claimed
    },
    renew: async (database, piece, reached) => {
      const count = await database.$executeRaw`
        UPDATE ${table} SET due_at = now() + ${lease} * interval '1 millisecond'${progress?.(reached) ?? Prisma.empty}
        WHERE ${isOurs(piece)}`
      return count === 1
    },
    putBack: (database, piece, pause, { fresh = false } = {}) =>
      database.$executeRaw`
        UPDATE ${table} SET due_at = now() + ${pause} * interval '1 millisecond', ${isAt} = false,
          attempts = CASE WHEN ${fresh} THEN 0 ELSE attempts END
        WHERE ${isOurs(piece)}`,
    nextDue: async (database) => {
      const [row] = await database.$queryRaw<{ wait: number | null }[]>`
        SELECT (extract(epoch FROM min(due_at) - now()) * 1000)::float8 AS wait FROM ${table}`
      return row?.wait ?? undefined
    },
  }
}

/** That a row has this id, where that is the whole key. */
export const byId = {
  key: Prisma.sql`id`,
  returned: Prisma.sql`id`,
  isPiece: ({ id }: Claimed): Prisma.Sql => Prisma.sql`id = ${id}::uuid`,
  isAt: Prisma.sql`is_running`,
}

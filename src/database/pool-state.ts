import type pg from 'pg'

/** How a pool of connections is doing. */
export type PoolState = {
  used: number
  idle: number
  /** Those who wait for a connection. */
  waiting: number
  /** The most that it opens. */
  most: number
}

/** Reads how a pool is doing, from memory. */
export const poolState = ({ totalCount, idleCount, waitingCount, options }: pg.Pool): PoolState => ({
  used: totalCount - idleCount,
  idle: idleCount,
  waiting: waitingCount,
  most: options.max,
})

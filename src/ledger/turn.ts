import type { Database } from '../database/client.ts'

// Held while something is erased, or the database compared with the ledger.
const erasureLock = 5_384_850

/** Milliseconds after which somebody who waits is told. */
const patience = 2000

const longest = 7 * 24 * 3_600_000

/**
 * Does work while nobody else erases, on this database, in whatever process: between an entry of the ledger and the erasure that
 * it tells of, nobody else may judge how far the database is. Not to be nested. Takes one connection.
 *
 * @param onWait Called if it isn't our turn for a while.
 */
export async function whileErasing<T>(
  database: Database,
  work: () => Promise<T>,
  onWait: () => void = () => undefined,
): Promise<T> {
  return database.$transaction(
    async (turn) => {
      // It lasts as long as the work does, during which it is idle.
      await turn.$executeRaw`SELECT set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true)`
      const [at] = await turn.$queryRaw<
        { once: boolean }[]
      >`SELECT pg_try_advisory_xact_lock(${erasureLock}::bigint) AS once`
      if (!at?.once) {
        // Most turns are over in a moment: whoever starts beside another process need not hear of that.
        const told = setTimeout(onWait, patience)
        await turn.$executeRaw`SELECT pg_advisory_xact_lock(${erasureLock}::bigint)`.finally(() => clearTimeout(told))
      }
      return work()
    },
    { timeout: longest, maxWait: 60_000, isolationLevel: 'ReadCommitted' },
  )
}

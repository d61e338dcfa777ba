import type pg from 'pg'
import { connect } from '../database/reach.ts'

/** A connection that sees everything as of one moment. */
export type Snapshot = { client: pg.Client; at: Date; close: () => Promise<void> }

/**
 * Opens one. `close` gives the connection up in whatever state it is, also where somebody stopped in the middle of a COPY. Spread over
 * several machines (Citus) a moment is one for each contact, not one for all.
 */
export async function openSnapshot(url: string, setting: string): Promise<Snapshot> {
  const { client } = await connect(url, setting, 'lethe archive')
  let open = true
  client.once('end', () => {
    open = false
  })
  const close = async () => {
    if (!open) return
    // A COPY that nobody reads to its end would keep `end` waiting.
    const timer = setTimeout(() => client.connection?.stream.destroy(), 1000)
    await client.end().catch(() => undefined)
    clearTimeout(timer)
  }
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    await client.query(
      `SELECT set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true),
         set_config('jit', 'off', true), set_config('extra_float_digits', '1', true), set_config('DateStyle', 'ISO', true),
         set_config('bytea_output', 'hex', true)`,
    )
    const { rows } = await client.query<{ at: Date }>('SELECT now() AS at')
    return { client, at: rows[0]?.at ?? new Date(), close }
  } catch (error) {
    await close()
    throw error
  }
}

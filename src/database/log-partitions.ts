import type pg from 'pg'
import { sqlState } from './sql-errors.ts'

// Of which years the log has partitions already: this one, and those that a server may run into before it is started anew.
const yearsAhead = 2
// A partition is added when nobody is at the log. Whoever comes meanwhile waits behind us, so we don't wait long.
const patience = '2s'

/**
 * Gives the audit log the partitions of the coming years, as its owner. Where nobody does, entries go into a common one,
 * `audit_entry_other`: nothing is lost, it only grows. False: somebody is reading the log, such as a backup, and the next start shall do it.
 */
export async function addLogPartitions(owner: pg.Client): Promise<boolean> {
  try {
    await owner.query(`BEGIN; SET LOCAL lock_timeout = '${patience}'`)
    await owner.query(`SELECT audit_add_partitions(now() + make_interval(years => $1))`, [yearsAhead])
    await owner.query('COMMIT')
    return true
  } catch (error) {
    await owner.query('ROLLBACK')
    if (sqlState(error) === '55P03') return false
    throw error
  }
}

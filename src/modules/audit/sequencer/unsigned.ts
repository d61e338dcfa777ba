import type pg from 'pg'
import { DamagedTree } from '../tree/stored.ts'
import { inTurn } from '../verify/connection.ts'
import { isOdd } from '../verify/reconstruction.ts'
import { readLeaves } from '../verify/rows.ts'

const batch = 5000

/**
 * Makes sure, before they are signed, that leaves which no checkpoint covers are what their entries make: whoever writes to
 * the database may have put them there. Throws a DamagedTree, which names the first that isn't.
 */
export async function checkUnsigned(pool: pg.Pool, from: number, to: number): Promise<void> {
  if (from >= to) return
  const client = await pool.connect()
  try {
    const connection = inTurn(client)
    for (let next = from; next < to; next += batch) {
      const { leaves } = await readLeaves(connection, next, Math.min(next + batch, to))
      const odd = leaves.find(isOdd)
      if (odd) {
        throw new DamagedTree(
          `leaf ${odd.index} isn't that of the entry ${odd.entryId}, and no checkpoint covers it: somebody put it there past ` +
            'the product. It is not signed; a superuser of the database has to remove it',
        )
      }
      const gap = leaves.findIndex(({ index }, at) => index !== next + at)
      const missing = gap === -1 ? next + leaves.length : next + gap
      if (missing < Math.min(next + batch, to)) throw new DamagedTree(`the tree lacks the leaf ${missing}`)
    }
  } finally {
    client.release()
  }
}

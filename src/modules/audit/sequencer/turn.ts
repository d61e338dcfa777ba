import type { LeafEntry } from '../leaf.ts'
import type { Holding, Tools } from './begin.ts'
import { settledEntries, sweepEntries, transactions } from './entries.ts'
import { grow } from './grow.ts'

/**
 * Takes what is there into the tree; says whether there may be more at once. After an error, what is `held` is of no use
 * any more.
 *
 * @param hasGrown Called each time when a checkpoint is committed.
 */
export async function takeTurn(tools: Tools, held: Holding, hasGrown: () => void): Promise<boolean> {
  const { pool, outside } = tools

  async function take(entries: readonly LeafEntry[]) {
    if (entries.length === 0) return
    const note = await grow(pool, held, entries)
    if (note) outside.keep(note)
    hasGrown()
  }

  const until = held.sweep?.until
  const isOver = until !== undefined && BigInt((await transactions(pool)).oldest) >= BigInt(until)
  const { entries, watermark, isFull } = await settledEntries(pool, held.lease.watermark)
  held.lease.watermark = watermark
  await take(entries)
  if (!held.sweep) return isFull
  if (until === undefined) {
    const { entries: swept, next } = await sweepEntries(pool, held.sweep)
    await take(swept)
    held.sweep = next
    return true
  }
  if (!isOver || isFull) return isFull
  // From now on the watermark tells where to look.
  held.sweep = undefined
  if (BigInt(watermark) < BigInt(until)) held.lease.watermark = until
  held.lease.database = held.database
  await grow(pool, held, [])
  return isFull
}

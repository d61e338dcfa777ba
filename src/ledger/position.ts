import type { Database } from '../database/client.ts'
import type { Transaction } from '../database/recorder.ts'
import type { LedgerEntry, LedgerPosition } from './entry.ts'

/** How far a database, or a key store, has done what a ledger says. */
export type NotedPosition = LedgerPosition & { installation: string }

const onlyRow = 1

/** How far the database is; undefined: it hasn't begun. */
export async function positionIn(
  tx: Pick<Transaction | Database, 'erasureLedger'>,
): Promise<NotedPosition | undefined> {
  const row = await tx.erasureLedger.findUnique({ where: { id: onlyRow } })
  return row ? { installation: row.installation, sequence: Number(row.sequence), hash: row.hash } : undefined
}

/**
 * Notes that the database is as far as this entry, in the transaction that does what the entry says. Nothing happens where it was
 * done before. Refuses an entry that does not follow the one noted last.
 */
export async function notePosition(
  tx: Pick<Transaction | Database, 'erasureLedger'>,
  entry: LedgerEntry,
): Promise<void> {
  const { sequence, hash, previous, installation } = entry
  const position = { sequence, hash, installation, notedAt: new Date() }
  const { count } = await tx.erasureLedger.updateMany({
    where: { id: onlyRow, installation, sequence: sequence - 1, hash: previous },
    data: position,
  })
  if (count === 1) return
  const noted = await positionIn(tx)
  if (!noted && sequence === 1) await tx.erasureLedger.create({ data: { id: onlyRow, ...position } })
  else refuseGap(noted, entry, 'the database')
}

/** Notes the first entry of another ledger, whatever was noted before. */
export async function resetPosition(
  tx: Pick<Transaction | Database, 'erasureLedger'>,
  { sequence, hash, installation }: LedgerEntry,
): Promise<void> {
  const position = { sequence, hash, installation, notedAt: new Date() }
  await tx.erasureLedger.upsert({ where: { id: onlyRow }, create: { id: onlyRow, ...position }, update: position })
}

/** Throws, unless what the entry says was done before. */
export function refuseGap(noted: NotedPosition | undefined, entry: LedgerEntry, where: string): void {
  const isDone =
    noted?.installation === entry.installation &&
    (noted.sequence > entry.sequence || (noted.sequence === entry.sequence && noted.hash === entry.hash))
  if (isDone) return
  const last = noted ? `entry ${noted.sequence} (${noted.hash.slice(0, 8)})` : 'nothing'
  throw new Error(`Entry ${entry.sequence} of the erasure ledger can't follow, in ${where}, on ${last}.`)
}

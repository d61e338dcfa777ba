import type { KnownCheckpoint } from '../checkpoint/epochs.ts'
import { isEarlier } from '../checkpoint/outside.ts'
import { DamagedTree, type Query, rootAt } from '../tree/stored.ts'

/** Why the log can't go on as the one that it was. */
export type Discrepancy = {
  /** `rolledBack`: it has fewer entries than it had. `contradicted`: others. `renamed`: it gets another name, and perhaps key. */
  reason: 'rolledBack' | 'contradicted' | 'renamed'
  /** The checkpoint that it doesn't live up to; for a new name, the newest one. */
  known: KnownCheckpoint | undefined
}

/** What the database says that the tree is. `checkpoint`: the newest one in it, if it is rightly signed. */
export type Stored = { size: number; epoch: number; checkpoint: KnownCheckpoint | undefined }

/** Compares the tree in the database with the newest checkpoint in it, and with the newest one outside. */
export async function findDiscrepancy(
  query: Query,
  stored: Stored,
  outside: KnownCheckpoint | undefined,
): Promise<Discrepancy | undefined> {
  const { checkpoint } = stored
  const known = isEarlier(checkpoint, outside) ? outside : checkpoint
  const isAsSigned = checkpoint
    ? checkpoint.size === stored.size && (await holds(query, checkpoint))
    : stored.size === 0
  if (outside && (await lacks(query, stored, outside))) return { reason: 'rolledBack', known }
  if (!isAsSigned) return { reason: checkpoint && checkpoint.size > stored.size ? 'rolledBack' : 'contradicted', known }
  if (!outside || outside.size > stored.size || (await isOfLostPart(query, stored, outside))) return undefined
  return (await holds(query, outside)) ? undefined : { reason: 'contradicted', known: outside }
}

async function lacks(query: Query, stored: Stored, outside: KnownCheckpoint) {
  if (outside.epoch > stored.epoch) return true
  return outside.size > stored.size && !(await isOfLostPart(query, stored, outside))
}

/** Whether it is of an earlier epoch, of whose end everybody knows that it is lost: of the part after which the next one began. */
async function isOfLostPart(query: Query, { epoch }: Stored, outside: KnownCheckpoint) {
  if (outside.epoch >= epoch) return false
  const [next] = await query<{ first: string | null }>(
    'SELECT min(tree_size) AS first FROM audit_checkpoint WHERE epoch = (SELECT min(epoch) FROM audit_checkpoint WHERE epoch > $1)',
    [outside.epoch],
  )
  return !next?.first || outside.size >= Number(next.first)
}

async function holds(query: Query, { size, root }: KnownCheckpoint): Promise<boolean> {
  try {
    return (await rootAt(query, size)).equals(root)
  } catch (error) {
    if (error instanceof DamagedTree) return false
    throw error
  }
}

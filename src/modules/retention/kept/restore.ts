import { transact } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { MissingFile } from '../../../storage/storage.ts'
import { type RetainedFact, recordFile, rowOf } from './record.ts'

/**
 * Brings back the rows of records that a database of before they were kept lacks, as far as they lie in the storage, too. Returns those
 * that are left: to be copied once more from their originals, which such a database still has. Those whose key was destroyed, since
 * their period ended, are none of these.
 */
export async function restoreRetained(
  context: WorkContext,
  erasureId: string,
  facts: readonly RetainedFact[],
): Promise<RetainedFact[]> {
  if (facts.length === 0) return []
  const ids = facts.map(({ id }) => id)
  const present = await context.database.retainedRecord.findMany({ where: { id: { in: ids } }, select: { id: true } })
  const there = new Set(present.map(({ id }) => id))
  const keys = await context.keys.find(ids)
  const wanted = facts.filter(({ id }) => !there.has(id) && keys.get(id) !== 'destroyed')
  const left: RetainedFact[] = []
  for (const fact of wanted) {
    const sealed = fact.files > 0 && keys.has(fact.id) ? await stored(context, recordFile(fact.id)) : undefined
    if (!sealed) left.push(fact)
    else {
      const data = rowOf(erasureId, fact, sealed)
      await transact(context, 'retainRecords', (tx) => tx.retainedRecord.create({ data }))
    }
  }
  return left
}

async function stored({ storage }: Pick<WorkContext, 'storage'>, key: string) {
  try {
    return new Uint8Array(Buffer.concat(await Array.fromAsync(storage.open(key))))
  } catch (error) {
    if (error instanceof MissingFile) return undefined
    throw error
  }
}

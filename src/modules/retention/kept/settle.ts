import { type Transaction, transact } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { type RetainedFact, storedOf } from './record.ts'

/**
 * Makes records count that were copied before, in the transaction that erases their originals; what its entry tells. Again is no harm.
 */
export async function settleRetained(tx: Transaction, facts: readonly Pick<RetainedFact, 'id'>[]): Promise<void> {
  if (facts.length === 0) return
  const ids = facts.map(({ id }) => id)
  await tx.$executeRaw`UPDATE retained_record SET settled = true WHERE id = ANY(${ids}::uuid[]) AND NOT settled`
}

const batch = 100
const day = 24 * 3_600_000

/**
 * Takes away copies that nothing came of, since their erasure was given up between two steps: a day later, when whatever was cut off
 * has long been completed.
 */
export async function discardUnsettled(context: WorkContext): Promise<void> {
  const where = { settled: false, createdAt: { lt: new Date(Date.now() - day) } }
  for (;;) {
    const records = await context.database.retainedRecord.findMany({
      ...{ where, take: batch, orderBy: { id: 'asc' } },
      select: { id: true, files: true },
    })
    // Keys first: where it is cut off behind that, the rows are there for another try.
    await context.keys.destroy(records.map(({ id }) => id))
    await removeRecords(context, 'discardRetained', records)
    if (records.length < batch) return
  }
}

/**
 * Removes the rows of records, and lets housekeeping remove their files. Whoever calls it destroys the keys, so that a copy of them
 * anywhere opens no more.
 */
export async function removeRecords(
  context: WorkContext,
  operation: string,
  records: readonly { id: string; files: number }[],
  within: (tx: Transaction) => Promise<void> = async () => undefined,
): Promise<void> {
  await transact(context, operation, async (tx) => {
    const ids = records.map(({ id }) => id)
    if (ids.length > 0) await tx.retainedRecord.deleteMany({ where: { id: { in: ids } } })
    const files = records.flatMap(storedOf)
    if (files.length > 0) {
      await tx.$executeRaw`INSERT INTO document_removal (storage_key) SELECT unnest(${files}::text[]) ON CONFLICT DO NOTHING`
    }
    await within(tx)
  })
}

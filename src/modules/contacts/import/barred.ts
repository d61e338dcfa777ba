import type { Transaction } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { barredFaults } from '../readmission.ts'
import type { ImportItem, Refused } from './write.ts'

/** Sorts out the rows with an address of somebody who objected and was erased. One statement. */
export async function withoutBarred(
  tx: Transaction,
  context: WorkContext,
  items: readonly ImportItem[],
): Promise<{ admitted: readonly ImportItem[]; barred: Refused[] }> {
  const points = items.flatMap(({ contact }) => contact.points)
  const found = (await context.readmission?.barred(tx, context, points)) ?? new Set()
  if (found.size === 0) return { admitted: items, barred: [] }
  const isBarred = ({ contact }: ImportItem) => contact.points.some((point) => found.has(point))
  const barred: Refused[] = []
  for (const { row, contact } of items.filter(isBarred))
    barred.push({ row, faults: await barredFaults(tx, context, contact.points) })
  return { admitted: items.filter((item) => !isBarred(item)), barred }
}

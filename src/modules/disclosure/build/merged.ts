import type { Transaction } from '../../../database/transact.ts'

/**
 * All contacts that were merged into one, and into those in turn, as far as the merges stand, in the order of their ids: much of what
 * is held about the person still lies with them.
 */
export async function mergedInto(tx: Transaction, contactId: string): Promise<string[]> {
  const found = new Set<string>()
  let targets = [contactId]
  while (targets.length > 0) {
    const sources = await tx.contact.findMany({
      where: { mergedIntoId: { in: targets } },
      orderBy: { id: 'asc' },
      select: { id: true },
    })
    // There can be no circle; but nothing may hang on that.
    targets = sources.flatMap(({ id }) => (found.has(id) || id === contactId ? [] : [id]))
    for (const id of targets) found.add(id)
  }
  return [...found]
}

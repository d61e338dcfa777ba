import type { Transaction } from '../../../database/transact.ts'

/**
 * Removes documents for good, with all their versions. Their links must have gone before. What lies in the storage is removed after
 * the commit, by housekeeping, however often it takes.
 */
export async function removeDocuments(tx: Transaction, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  const where = { documentId: { in: [...ids] } }
  const files = await tx.documentVersion.findMany({ where, select: { storageKey: true } })
  await tx.documentRemoval.createMany({ data: files.map(({ storageKey }) => ({ storageKey })) })
  await tx.documentVersion.deleteMany({ where })
  await tx.document.deleteMany({ where: { id: { in: [...ids] } } })
}

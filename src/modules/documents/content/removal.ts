import type { Transaction } from '../../../database/transact.ts'

/**
 * Removes documents for good, with all their versions. Their links must have gone before. What lies in the storage is removed after
 * the commit, by housekeeping, however often it takes. Returns how many versions there were.
 */
export async function removeDocuments(tx: Transaction, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0
  const where = { documentId: { in: [...ids] } }
  const files = await tx.documentVersion.findMany({ where, select: { storageKey: true } })
  await removeFilesLater(
    tx,
    files.map(({ storageKey }) => storageKey),
  )
  const { count } = await tx.documentVersion.deleteMany({ where })
  await tx.document.deleteMany({ where: { id: { in: [...ids] } } })
  return count
}

/** Has files removed from the storage once this is committed, however often it takes. */
export async function removeFilesLater(tx: Transaction, storageKeys: readonly string[]): Promise<void> {
  if (storageKeys.length === 0) return
  await tx.documentRemoval.createMany({ data: storageKeys.map((storageKey) => ({ storageKey })) })
}

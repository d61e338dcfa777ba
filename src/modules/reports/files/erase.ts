import type { Transaction } from '../../../database/transact.ts'
import { removeFilesLater } from '../../documents/content/removal.ts'

/**
 * Lets all files go that have anything of these contacts in them: as a whole, whatever of them is erased, since a file can't be changed. What
 * is being made is marked, and made anew (finish.ts). That others are in them is forgotten later: they may be a million. Returns how many
 * of the contacts' own rows there were.
 */
export async function eraseFilesWith(tx: Transaction, contactIds: readonly string[]): Promise<number> {
  const where = { contactId: { in: [...contactIds] } }
  const noted = await tx.reportFileContact.findMany({ where, distinct: ['fileId'], select: { fileId: true } })
  const ids = noted.map(({ fileId }) => fileId)
  if (ids.length > 0) {
    await tx.reportFile.updateMany({ where: { id: { in: ids }, state: 'queued' }, data: { version: { increment: 1 } } })
    const ready = { id: { in: ids }, state: 'ready' }
    const files = await tx.reportFile.findMany({ where: ready, select: { storageKey: true } })
    await removeFilesLater(
      tx,
      files.map(({ storageKey }) => storageKey),
    )
    await tx.reportFile.deleteMany({ where: ready })
  }
  return (await tx.reportFileContact.deleteMany({ where })).count
}

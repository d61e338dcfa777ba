import { transact } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { filesForgotten, forgetContacts } from './contacts.ts'
import { lifetime } from './order.ts'
import { folder } from './produce.ts'

const batch = 100

/** Erases files whose time is over, what is noted of such as are gone, and what lies in the storage and nothing leads to. */
export async function eraseExpiredFiles(context: WorkContext): Promise<void> {
  while ((await eraseExpired(context)) === batch);
  for (const id of await filesForgotten(context.database)) await forgetContacts(context.database, id)
  await removeOrphans(context)
}

async function eraseExpired(context: WorkContext): Promise<number> {
  const files = await transact(context, 'eraseExpiredReportFiles', async (tx) => {
    const expired = await tx.reportFile.findMany({
      where: { expiresAt: { lte: new Date() } },
      orderBy: { expiresAt: 'asc' },
      select: { id: true, storageKey: true },
      take: batch,
    })
    if (expired.length > 0) await tx.reportFile.deleteMany({ where: { id: { in: expired.map(({ id }) => id) } } })
    return expired
  })
  for (const { storageKey } of files) if (storageKey) await context.storage.remove(storageKey)
  return files.length
}

/** Files whose process died between two steps, or of which a restored backup knows nothing: older than any that can be fetched. */
async function removeOrphans({ database, storage }: WorkContext): Promise<void> {
  const before = new Date(Date.now() - lifetime)
  let page: string[] = []
  const look = async () => {
    const known = await database.reportFile.findMany({
      where: { storageKey: { in: page } },
      select: { storageKey: true },
    })
    const kept = new Set(known.map(({ storageKey }) => storageKey))
    for (const key of page) if (!kept.has(key)) await storage.remove(key)
    page = []
  }
  for await (const { key, modifiedAt } of storage.list(`${folder}/`)) {
    if (modifiedAt < before) page.push(key)
    if (page.length === batch) await look()
  }
  await look()
}

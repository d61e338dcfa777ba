import { transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { erased } from './packages.ts'
import { folder } from './produce.ts'

const batch = 100
const day = 24 * 3_600_000

/** Erases the files of packages whose time is over, and those that nothing leads to. */
export async function eraseExpiredPackages(context: WorkContext): Promise<void> {
  while ((await eraseExpired(context)) === batch);
  await removeOrphans(context)
}

async function eraseExpired(context: WorkContext): Promise<number> {
  const where = { state: { in: ['ready', 'delivered'] }, expiresAt: { lte: new Date() } }
  const keys = await transact(context, 'eraseExpiredAccessPackages', async (tx) => {
    const expired = await tx.accessPackage.findMany({ where, orderBy: { expiresAt: 'asc' }, take: batch })
    const ids = expired.map(({ id }) => id)
    if (ids.length > 0) await tx.accessPackage.updateMany({ where: { ...where, id: { in: ids } }, data: erased })
    return expired.map(({ storageKey }) => storageKey)
  })
  for (const key of keys) await context.storage.remove(key)
  return keys.length
}

/** Files of packages that are gone with their contact, or whose process died between two steps. */
async function removeOrphans({ database, storage }: WorkContext): Promise<void> {
  const before = new Date(Date.now() - day)
  let page: string[] = []
  const look = async () => {
    const known = await database.accessPackage.findMany({
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

import { afterwards } from '../../afterwards.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { documentPrefix } from './content/stage.ts'

const batch = 200
const day = 24 * 60 * 60 * 1000
const swept = new WeakMap<WorkContext['storage'], number>()

/**
 * Removes the files of documents that are gone, tickets that are over, and what uploads left behind that came to nothing: drafts
 * older than a day, and files older than 30 days that no document knows of. What fails is tried again in the next round.
 */
export async function keepDocuments(context: WorkContext): Promise<void> {
  await removeFiles(context)
  await context.database.documentTicket.deleteMany({ where: { expiresAt: { lte: new Date() } } })
  // All files are looked at for that, so it is enough once a day, and after each start.
  const last = swept.get(context.storage) ?? 0
  if (Date.now() - last < day) return
  swept.set(context.storage, Date.now())
  const ago = (days: number) => new Date(Date.now() - days * day)
  await sweepLeftovers(context, { drafts: ago(1), files: ago(30) })
}

/** Removes the files of documents that are gone. Any number of processes may: to remove one twice does no harm. */
export async function removeFiles({ database, storage }: WorkContext): Promise<void> {
  for (;;) {
    const files = await database.documentRemoval.findMany({ orderBy: { storageKey: 'asc' }, take: batch })
    for (const { storageKey } of files) {
      await storage.remove(storageKey)
      await database.documentRemoval.deleteMany({ where: { storageKey } })
    }
    if (files.length < batch) return
  }
}

/** The same, once an answer is given; what fails is left to housekeeping. */
export const removeFilesSoon = (context: WorkContext): void => afterwards(context, () => removeFiles(context))

/**
 * Removes drafts that were begun before then, and files that were put before then and that no document knows of. Nothing opens these,
 * as their key is known to nobody; but after an older backup was restored by mistake, they may be those of a newer one.
 */
export async function sweepLeftovers(
  { database, storage }: WorkContext,
  before: { drafts: Date; files: Date },
): Promise<void> {
  await storage.sweep(before.drafts)
  let some: string[] = []
  const judge = async () => {
    const known = await database.documentVersion.findMany({
      where: { storageKey: { in: some } },
      select: { storageKey: true },
    })
    const kept = new Set(known.map(({ storageKey }) => storageKey))
    for (const key of some) if (!kept.has(key)) await storage.remove(key)
    some = []
  }
  for await (const { key, modifiedAt } of storage.list(documentPrefix)) {
    if (modifiedAt < before.files) some.push(key)
    if (some.length === batch) await judge()
  }
  if (some.length > 0) await judge()
}

import type { WorkContext } from '../../../graphql/context.ts'
import { retainedPrefix } from './record.ts'

const batch = 200
const day = 24 * 3_600_000
const swept = new WeakMap<WorkContext['storage'], number>()

/**
 * Removes files that no record tells of, since their process died before it wrote the row, and the keys that would open them: once a day,
 * and those alone that are older than 30 days. After an older backup was restored by mistake, they may be those of a newer one.
 */
export async function sweepRetained(context: WorkContext): Promise<void> {
  const last = swept.get(context.storage) ?? 0
  if (Date.now() - last < day) return
  swept.set(context.storage, Date.now())
  await removeOrphans(context, new Date(Date.now() - 30 * day))
}

/** Removes those that were put before then. */
export async function removeOrphans({ storage, database, keys }: WorkContext, before: Date): Promise<void> {
  let some: string[] = []
  const judge = async () => {
    const ids = [...new Set(some.map(idIn))]
    const known = await database.retainedRecord.findMany({ where: { id: { in: ids } }, select: { id: true } })
    const there = new Set(known.map(({ id }) => id))
    await keys.destroy(ids.filter((id) => !there.has(id)))
    for (const key of some) if (!there.has(idIn(key))) await storage.remove(key)
    some = []
  }
  for await (const { key, modifiedAt } of storage.list(retainedPrefix)) {
    if (modifiedAt < before) some.push(key)
    if (some.length === batch) await judge()
  }
  if (some.length > 0) await judge()
}

const idIn = (key: string) => key.slice(retainedPrefix.length).split('/')[0] ?? ''

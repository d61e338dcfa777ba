import type { ReportFile } from '#prisma/client.ts'
import { transact } from '../../../database/transact.ts'
import type { Context } from '../../../graphql/context.ts'
import { notFound } from '../../../graphql/errors.ts'

/** The caller's own file; null: there is none (any more). Those of others are nobody's business. */
export async function findFile({ database, actor }: Context, id: string): Promise<ReportFile | null> {
  const found = actor.kind === 'user' ? await database.reportFile.findUnique({ where: { id } }) : null
  return found && found.userId === actor.id && found.expiresAt > new Date() ? found : null
}

/** The caller's own files, the newest first. A day leaves no more than these. */
export const listFiles = async ({ database, actor }: Context): Promise<ReportFile[]> =>
  actor.kind === 'user' && actor.id
    ? database.reportFile.findMany({
        where: { userId: actor.id, expiresAt: { gt: new Date() } },
        orderBy: { id: 'desc' },
        take: mostListed,
      })
    : []

const mostListed = 200

/** Erases a file of the caller's now, or stops its making. Throws NOT_FOUND. */
export async function eraseFile(context: Context, id: string): Promise<ReportFile> {
  const file = await transact(context, 'eraseReportFile', async (tx) => {
    const found = await tx.reportFile.findUnique({ where: { id } })
    if (!found || context.actor.kind !== 'user' || found.userId !== context.actor.id) throw notFound('ReportFile')
    await tx.reportFile.delete({ where: { id } })
    return found
  })
  if (file.storageKey) await context.storage.remove(file.storageKey)
  return file
}

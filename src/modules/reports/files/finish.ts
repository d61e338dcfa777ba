import type { Prisma } from '#prisma/client.ts'
import type { Database } from '../../../database/client.ts'
import type { Claimed } from '../../../database/lease-queue.ts'
import { transact } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { whileErasing } from '../../../ledger/turn.ts'

/** What erasures there were when a file was begun. */
export type Begun = { version: number; sequence: bigint }

/** Somebody was erased while the file with something about them was made: it is made anew. */
export class ErasedMeanwhile extends Error {
  override readonly name = 'ErasedMeanwhile'
}

/** The newest erasure that was executed. */
export async function newestErasure(database: Database): Promise<bigint> {
  const { _max } = await database.erasure.aggregate({ _max: { ledgerSequence: true } })
  return _max.ledgerSequence ?? 0n
}

/**
 * Makes a file one that can be fetched, while nobody erases: so that everybody in it is there, with all that it tells of them, and whoever
 * is erased from now on finds it. An erasure that had begun before something was noted did not see that, and is over by now.
 */
export const finishFile = (
  context: WorkContext,
  { id, attempts }: Claimed,
  begun: Begun,
  data: Prisma.ReportFileUpdateInput,
): Promise<void> =>
  whileErasing(context.database, async () => {
    if (await erasedSince(context.database, id, begun)) throw new ErasedMeanwhile('somebody in the file was erased')
    await transact(context, 'produceReportFile', async (tx) => {
      const { count } = await tx.reportFileWork.deleteMany({ where: { id, attempts } })
      if (count === 0) throw new Error('another process makes the file')
      await tx.reportFile.update({ where: { id }, data: { ...data, state: 'ready' } })
    })
  })

/** Whoever erases marks what is being made (erase.ts); what is noted of somebody meanwhile waits for them, and is refused (contacts.ts). */
async function erasedSince(database: Database, id: string, { version, sequence }: Begun): Promise<boolean> {
  const [row] = await database.$queryRaw<{ erased: boolean }[]>`
    SELECT EXISTS (SELECT FROM report_file WHERE id = ${id}::uuid AND version <> ${version})
      OR EXISTS (SELECT FROM erasure WHERE ledger_sequence > ${sequence} AND categories <> '{}') AS erased`
  return row?.erased !== false
}

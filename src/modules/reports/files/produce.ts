import { createHash } from 'node:crypto'
import { PassThrough } from 'node:stream'
import type { ReportFile } from '#prisma/client.ts'
import type { Claimed } from '../../../database/lease-queue.ts'
import { transact } from '../../../database/transact.ts'
import type { Context, WorkContext } from '../../../graphql/context.ts'
import { forbiddenRead, LetheError } from '../../../graphql/errors.ts'
import { newContentKey, openStream, sealStream } from '../../../storage/sealed.ts'
import { contextOf } from '../reader.ts'
import { type OpenReport, openReport } from '../running/open.ts'
import { forgetContacts, noteAll, noting } from './contacts.ts'
import { finishFile, newestErasure } from './finish.ts'
import { isContent, isFormat, isLanguage } from './formats.ts'
import { filesRight, lifetime, orderOf } from './order.ts'
import { fileWork, type Reached } from './queue.ts'
import { optionsFor, writeReport } from './write.ts'

// Tells how far it is, too.
const renewEvery = 1000

/** Where files of reports lie in the storage. Backups leave them out. */
export const folder = 'report-files'

/**
 * Makes a file that was claimed, as whoever asked for it may see the report at this moment. It goes into the storage as it grows, sealed
 * with a key of its own. Who has lost the lease leaves nothing.
 */
export async function produceFile(work: WorkContext, claimed: Claimed): Promise<void> {
  const { database, storage } = work
  const { id, attempts } = claimed
  const begunBefore = await newestErasure(database)
  const row = await database.reportFile.findUnique({ where: { id } })
  if (row?.state !== 'queued') {
    await database.reportFileWork.deleteMany({ where: { id } })
    return
  }
  const reader = await contextOf(work, row.userId, work.requestId)
  if (!reader) throw new LetheError('FORBIDDEN', 'Whoever asked for the file may not sign in any more.')
  if (!reader.rights.canRead(filesRight)) throw forbiddenRead(filesRight)
  const storageKey = `${folder}/${id}-${attempts}`
  const contentKey = newContentKey()
  const lost = new AbortController()
  const signal = work.signal ? AbortSignal.any([work.signal, lost.signal]) : lost.signal
  const reached: Reached = { done: 0, total: null }
  const renewing = setInterval(() => {
    fileWork.renew(database, claimed, reached).then(
      (ours) => ours || lost.abort(new Error('another process makes the file')),
      () => undefined, // The next renewal may come through; else the lease runs out, and who finishes last finds that out.
    )
  }, renewEvery)
  try {
    await forgetContacts(database, id)
    const made = await writeInto(storageKey, { context: { ...reader, signal }, row, contentKey, reached })
    await finishFile(
      reader,
      claimed,
      { version: row.version, sequence: begunBefore },
      {
        ...made,
        ...{ storageKey, producedAt: new Date(), expiresAt: new Date(Date.now() + lifetime) },
        bounds: reader.rights.purposes.map((purposes) => [...purposes]),
        contentKey: work.secrets.seal(placeOfKey(id), Buffer.from(contentKey).toString('base64')),
      },
    )
  } catch (error) {
    // What it broke off with says less than why.
    await storage.remove(storageKey).catch(() => undefined)
    throw error
  } finally {
    clearInterval(renewing)
    contentKey.fill(0)
  }
}

type Into = { context: Context; row: ReportFile; contentKey: Uint8Array; reached: Reached }

async function writeInto(storageKey: string, { context, row, contentKey, reached }: Into) {
  const { database, storage, secrets, signal } = context
  const { id, format, content, language } = row
  if (!isFormat(format) || !isContent(content) || !isLanguage(language)) throw new Error('nobody can make such a file')
  const { reference, parameters, csv } = orderOf(secrets, row)
  const open = await openReport(context, reference, parameters, { language })
  const noted = await withNotes(context, open, { id, content, reached })
  const user = await database.user.findUnique({ where: { id: row.userId }, select: { name: true } })
  const options = { ...(await optionsFor(context, language)), content, csv, signal, reader: user?.name ?? '' }
  const hash = createHash('sha256')
  let size = 0
  const out = new PassThrough()
  out.on('error', () => undefined) // Whoever writes or reads hears of it.
  async function* measured() {
    for await (const part of out as AsyncIterable<Uint8Array>) {
      hash.update(part)
      size += part.length
      yield part
    }
  }
  // Whichever breaks off first says why; the other one ends with it.
  const storing = storage.put(storageKey, sealStream(contentKey, placeOfFile(id), measured()))
  storing.catch((error: unknown) => out.destroy(error instanceof Error ? error : new Error(String(error))))
  const writing = writeReport(noted, format, options, out)
  writing.catch((error: unknown) => out.destroy(error instanceof Error ? error : new Error(String(error))))
  const [{ rows }] = await Promise.all([writing, storing])
  return { rows, size: BigInt(size), sha256: hash.digest('hex'), columns: open.columns.map(({ key }) => key) }
}

type Noted = { id: string; content: string; reached: Reached }

/** The report, whose rows are counted, and of which it is noted whom they are about before anything of them is written. */
async function withNotes(
  { database }: Context,
  open: OpenReport,
  { id, content, reached }: Noted,
): Promise<OpenReport> {
  // Values of groups can tell of persons, too.
  if (content === 'groups' && open.contactIds) await noteAll(database, id, open.contactIds())
  if (content === 'rows') reached.total = await open.count()
  async function* rows() {
    for await (const row of noting(database, id, open.rows())) {
      reached.done++
      yield row
    }
  }
  return { ...open, rows }
}

/** Notes that a file can't be made, and why. */
export const failFile = (context: WorkContext, { id, attempts }: Claimed, error: unknown): Promise<void> =>
  transact(context, 'failReportFile', async (tx) => {
    const { count } = await tx.reportFileWork.deleteMany({ where: { id, attempts } })
    if (count === 0) return
    const told = error instanceof LetheError ? { fault: error.code, faultText: error.message } : { fault: 'INTERNAL' }
    await tx.reportFile.update({ where: { id }, data: { state: 'failed', ...told } })
  })

/** The file, as it is read. Throws where it does not open. */
export async function* contentOf(
  { storage, secrets }: Pick<WorkContext, 'storage' | 'secrets'>,
  { id, storageKey, contentKey }: Pick<ReportFile, 'id' | 'storageKey' | 'contentKey'>,
): AsyncGenerator<Uint8Array> {
  if (!contentKey) throw new Error('there is no file')
  const opened = Buffer.from(secrets.open(placeOfKey(id), contentKey), 'base64')
  yield* openStream(opened, placeOfFile(id), storage.open(storageKey))
}

const placeOfFile = (id: string) => `report_file/${id}/file/1`
const placeOfKey = (id: string) => `report_file/${id}/content_key/1`

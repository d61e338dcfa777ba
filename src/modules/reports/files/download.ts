import { create as contentDisposition } from 'content-disposition'
import type { ReportFile } from '#prisma/client.ts'
import type { Context } from '../../../graphql/context.ts'
import { forbiddenRead, LetheError, notFound, unauthenticated } from '../../../graphql/errors.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { refusal } from '../../../http/answers.ts'
import type { Exchange } from '../../../http/exchange.ts'
import type { ContextOf, Route } from '../../../http/router.ts'
import { MissingFile } from '../../../storage/storage.ts'
import { logReads } from '../../audit/log-reads.ts'
import { openReport } from '../running/open.ts'
import { seesAllIn } from './contacts.ts'
import { findFile } from './find.ts'
import { isFormat, mediaTypes } from './formats.ts'
import { filesRight, orderOf } from './order.ts'
import { contentOf } from './produce.ts'
import { noteReach } from './reach.ts'

/** Where files are fetched, as `ReportFile.url` says. */
export const downloadPath = '/report-files'

/** By GET, with one's own credentials; the log tells of it before anything is given. */
export const reportFileRoutes = (contextOf: ContextOf): Readonly<Record<string, Route>> => ({
  [downloadPath]: {
    methods: ['GET'],
    cors: true,
    streams: true,
    answer: async (request, exchange) => {
      const context = await contextOf(request, exchange)
      try {
        const file = await fileFor(context, new URL(request.url).searchParams.get('id') ?? '')
        return await download(context, file, exchange)
      } catch (error) {
        if (!(error instanceof LetheError)) throw error
        exchange.outcome = error.code
        return refusal(exchange, statusOf[error.code] ?? 503, error.code, error.message)
      }
    },
  },
})

const statusOf: Partial<Record<LetheError['code'], number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  INVALID_INPUT: 409,
  UNREADABLE: 500,
}

/** The caller's own file, if they may still read all that is in it. Throws UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, CONFLICT. */
async function fileFor(context: Context, id: string): Promise<ReportFile> {
  if (context.actor.kind === 'anonymous') throw unauthenticated()
  if (!context.rights.canRead(filesRight)) throw forbiddenRead(filesRight)
  const file = await findFile(context, uuidOf('ReportFile', id))
  if (!file) throw notFound('ReportFile')
  if (file.state === 'queued') throw new LetheError('CONFLICT', 'The file is still being made.')
  if (file.state !== 'ready')
    throw new LetheError('CONFLICT', 'The file could not be made: `ReportFile.fault` tells why.')
  await requireStill(context, file)
  return file
}

/** Rights, and who is seen, may have changed since it was made. */
async function requireStill(context: Context, file: ReportFile) {
  const { reference, parameters } = orderOf(context.secrets, file)
  const open = await openReport(context, reference, parameters)
  const readable = new Set(open.columns.map(({ key }) => key))
  const lost = file.columns.find((key) => !readable.has(key))
  if (lost !== undefined) {
    const right = (await open.source.columns(context)).find(({ key }) => key === lost)?.right
    throw right ? forbiddenRead(right) : changed()
  }
  const isBoundAlike = JSON.stringify(file.bounds) === JSON.stringify(context.rights.purposes)
  if (!isBoundAlike || !(await seesAllIn(context, file.id))) throw changed()
}

const changed = () =>
  new LetheError('FORBIDDEN', 'What you may see has changed since this file was made: have it made anew.')

async function download(context: Context, file: ReportFile, exchange: Exchange): Promise<Response> {
  const { id, report, format, rows, size } = file
  if (!isFormat(format)) throw notFound('ReportFile')
  const what = { report, format, columns: file.columns, rows, ...(await noteReach(context, id)) }
  await logReads(context, 'downloadReportFile', [{ entity: 'ReportFile', entityId: id, field: 'url', what }], {
    integrated: true,
  })
  const chunks = contentOf(context, file)[Symbol.asyncIterator]()
  // The first chunk proves that it opens, while that can still be said.
  let next: Promise<IteratorResult<Uint8Array>> | undefined = Promise.resolve(await chunks.next().catch(unreadable))
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { done, value } = await (next ?? chunks.next())
        next = undefined
        exchange.moved()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: async () => void (await chunks.return?.(undefined)),
    },
    { highWaterMark: 0 },
  )
  const { mediaType, ending } = mediaTypes[format]
  const day = (file.producedAt ?? file.createdAt).toISOString().slice(0, 10)
  return new Response(body, {
    headers: {
      'content-type': mediaType,
      'content-length': String(size),
      // Never shown in the browser, as one of our pages would be.
      'content-disposition': contentDisposition(
        `report-${/^[a-z-]+$/.test(report) ? `${report}-` : ''}${day}.${ending}`,
      ),
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'no-store',
    },
  })
}

/** That the storage is away is told as such. */
function unreadable(error: unknown): never {
  if (!(error instanceof MissingFile)) throw error
  throw new LetheError('UNREADABLE', 'The file is gone from the storage: have it made anew.', {}, error)
}

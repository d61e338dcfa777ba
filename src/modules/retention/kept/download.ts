import { create as contentDisposition } from 'content-disposition'
import type { Context } from '../../../graphql/context.ts'
import { forbiddenRead, LetheError, notFound, unauthenticated } from '../../../graphql/errors.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { refusal } from '../../../http/answers.ts'
import type { ContextOf, Route } from '../../../http/router.ts'
import { logReads } from '../../audit/log-reads.ts'
import { isBound } from '../../contacts/sight.ts'
import { openRetained, openRetainedFile } from './open.ts'

/** By whom alone what is kept is seen. The module that erases declares it. */
export const restrictedRight = 'erasure.restricted'

/** Where files of what is kept are downloaded, as `RetainedFile.url` says. */
export const downloadPath = '/retained'

/** By GET, with one's own credentials; the log tells of it before anything is given. */
export const retainedRoutes = (contextOf: ContextOf): Readonly<Record<string, Route>> => ({
  [downloadPath]: {
    methods: ['GET'],
    streams: true,
    answer: async (request, exchange) => {
      const context = await contextOf(request, exchange)
      const { searchParams } = new URL(request.url)
      try {
        return await download(context, searchParams.get('record') ?? '', Number(searchParams.get('file')))
      } catch (error) {
        if (!(error instanceof LetheError)) throw error
        const known: Partial<Record<LetheError['code'], number>> = {
          UNAUTHENTICATED: 401,
          FORBIDDEN: 403,
          NOT_FOUND: 404,
        }
        return refusal(exchange, known[error.code] ?? 503, error.code, error.message)
      }
    },
  },
})

async function download(context: Context, given: string, number: number): Promise<Response> {
  if (context.actor.kind === 'anonymous') throw unauthenticated()
  if (!context.rights.canRead(restrictedRight)) throw forbiddenRead(restrictedRight)
  const id = uuidOf('RetainedRecord', given)
  const where = { id, settled: true }
  const record = isBound(context) ? null : await context.database.retainedRecord.findFirst({ where })
  const file = record && (await openRetained(context, record)).files[number - 1]
  if (!record || !file) throw notFound('RetainedFile')
  const read = { entity: 'RetainedRecord', entityId: id, field: 'files', what: { file: number } }
  await logReads(context, 'downloadRetainedFile', [read], { integrated: true })
  const chunks = openRetainedFile(context, id, number, file)[Symbol.asyncIterator]()
  // The first chunk proves that it opens, while that can still be said.
  let next: Promise<IteratorResult<Uint8Array>> | undefined = Promise.resolve(await chunks.next())
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { done, value } = await (next ?? chunks.next())
        next = undefined
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: async () => void (await chunks.return?.(undefined)),
    },
    { highWaterMark: 0 },
  )
  return new Response(body, {
    headers: {
      'content-type': file.mediaType,
      'content-length': String(file.size),
      // Never shown in the browser, as one of our pages would be.
      'content-disposition': contentDisposition(file.name),
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'no-store',
    },
  })
}

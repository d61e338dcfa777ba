import { create as contentDisposition } from 'content-disposition'
import type { Context } from '../../graphql/context.ts'
import { forbiddenInput, forbiddenRead, LetheError, unauthenticated } from '../../graphql/errors.ts'
import { json, refusal } from '../../http/answers.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { ContextOf, Route } from '../../http/router.ts'
import { transferTime } from '../../http/server.ts'
import { isText } from './content/media-types.ts'
import { limitOf, tooLarge } from './content/stage.ts'
import { downloadPath, findDownload } from './download.ts'
import { cutOut, rangeOf } from './range.ts'
import { takeTicket, uploadPath } from './tickets.ts'
import { takeUpload } from './upload.ts'

/** Where files come and go, as they are: the body is the file. */
export const documentRoutes = (contextOf: ContextOf): Readonly<Record<string, Route>> => ({
  [uploadPath]: {
    methods: ['POST'],
    cors: true,
    streams: true,
    answer: (request, exchange) =>
      answered(exchange, async () => upload(request, exchange, await contextOf(request, exchange))),
  },
  [downloadPath]: {
    methods: ['GET', 'HEAD'],
    cors: true,
    streams: true,
    answer: (request, exchange) =>
      answered(exchange, async () => download(request, exchange, await contextOf(request, exchange))),
  },
})

async function upload(request: Request, exchange: Exchange, context: Context): Promise<Response> {
  const length = Number(request.headers.get('content-length') ?? Number.NaN)
  if (!Number.isSafeInteger(length))
    return refusal(exchange, 411, 'BAD_REQUEST', 'Say how long the file is: send Content-Length.')
  const body = bodyOf(request, exchange, length)
  try {
    const right = 'documents.content'
    if (context.actor.kind === 'anonymous') throw unauthenticated()
    if (!context.rights.canWrite(right)) throw forbiddenInput([{ path: 'content', access: 'write', right }])
    if (length > limitOf(context)) throw tooLarge(limitOf(context))
    const order = await takeTicket(context, new URL(request.url).searchParams.get('ticket') ?? '')
    const document = await takeUpload(context, order, body.whole())
    return json(201, { document: { id: document.id, version: document.version, latestVersion: document.latest } })
  } catch (error) {
    // Whoever still sends would not hear the refusal.
    await body.letPass(limitOf(context))
    throw error
  }
}

/** What is sent, as it comes. */
function bodyOf({ body }: Request, { moved }: Exchange, length: number) {
  const reader = body?.getReader()
  const until = Date.now() + 60_000 + transferTime(length)
  let size = 0
  const next = async (): Promise<Uint8Array | undefined> => {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined }
    if (done) return undefined
    if (Date.now() > until) throw new LetheError('UNAVAILABLE', 'The file took too long to come.')
    moved()
    size += value.length
    return value
  }
  return {
    /** All of it, or it breaks off with an error. */
    async *whole(): AsyncGenerator<Uint8Array> {
      for (let chunk = await next(); chunk; chunk = await next()) yield chunk
      if (size !== length) throw new LetheError('UNAVAILABLE', 'The file did not come as a whole: send it again.')
    },
    /** Reads what is left and forgets it, unless it is more than so many bytes, or nobody sends it any more. */
    letPass: async (most: number): Promise<void> => {
      try {
        if (length <= 2 * most) while (await next());
        else await reader?.cancel()
      } catch {
        // Broken off: then nobody waits for the refusal either.
      }
    },
  }
}

async function download(request: Request, exchange: Exchange, context: Context): Promise<Response> {
  const right = 'documents.content'
  if (!context.rights.canRead(right))
    throw context.actor.kind === 'anonymous' ? unauthenticated() : forbiddenRead(right)
  const isHead = request.method === 'HEAD'
  const id = new URL(request.url).searchParams.get('version') ?? ''
  const { version, fileName, content } = await findDownload(context, id, { log: !isHead })
  const { mediaType } = version
  const [size, etag] = [Number(version.size), `"${version.id}"`]
  const headers = {
    'content-type': isText(mediaType) ? `${mediaType}; charset=utf-8` : mediaType,
    'content-length': String(size),
    'accept-ranges': 'bytes',
    // Never shown in the browser, as one of our pages would be.
    'content-disposition': contentDisposition(fileName),
    'content-security-policy': "default-src 'none'; sandbox",
    etag,
  }
  if (isHead) return new Response(null, { headers })
  const range = rangeOf(request.headers, { size, etag })
  if (range === 'none')
    return new Response(null, { status: 416, headers: { 'content-range': `bytes */${size}`, 'content-length': '0' } })
  if (!range) return streamed(exchange, content(), { headers })
  const { first, last } = range
  const part = { 'content-length': String(last - first + 1), 'content-range': `bytes ${first}-${last}/${size}` }
  return streamed(exchange, cutOut(content(), range), { status: 206, headers: { ...headers, ...part } })
}

async function streamed(exchange: Exchange, content: AsyncIterable<Uint8Array>, init: ResponseInit): Promise<Response> {
  const chunks = content[Symbol.asyncIterator]()
  // The first chunk proves that it opens, while that can still be said.
  let next: Promise<IteratorResult<Uint8Array>> | undefined = Promise.resolve(await chunks.next())
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { done, value } = await (next ?? chunks.next())
        next = undefined
        exchange.moved()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: async () => void (await chunks.return?.()),
    },
    { highWaterMark: 0 },
  )
  return new Response(body, init)
}

const statusOf: Partial<Record<LetheError['code'], number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  LINK_INVALID: 410,
  LIMIT_EXCEEDED: 413,
  INVALID_INPUT: 422,
  UNREADABLE: 500,
  UNAVAILABLE: 503,
}

/** What was refused, in the shape of a GraphQL error, facts for programs included. */
async function answered(exchange: Exchange, run: () => Promise<Response>): Promise<Response> {
  try {
    return await run()
  } catch (error) {
    const status = error instanceof LetheError ? statusOf[error.code] : undefined
    if (!(error instanceof LetheError) || !status) throw error
    exchange.outcome = error.code
    const { requestId } = exchange
    return json(status, { errors: [{ message: error.message, extensions: { ...error.extensions, requestId } }] })
  }
}

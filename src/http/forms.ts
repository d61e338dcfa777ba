import { refusal } from './answers.ts'
import type { Exchange } from './exchange.ts'

// Forms of pages that work without JavaScript. After a POST that did something, send the browser on with `seeOther`.

const longest = 64 * 1024
const types = /^(application\/x-www-form-urlencoded|multipart\/form-data)\s*(;|$)/i

/**
 * The fields of a form that was sent: at most 64 KiB, as browsers encode forms; files are left out. A refusal (413, 415, 400) for
 * everything else.
 */
export async function readForm(
  request: Request,
  exchange: Pick<Exchange, 'requestId'>,
): Promise<URLSearchParams | Response> {
  const type = request.headers.get('content-type') ?? ''
  if (!types.test(type)) return refusal(exchange, 415, 'BAD_REQUEST', 'Send a form: application/x-www-form-urlencoded.')
  const body = await readBounded(request, longest)
  if (!body) return refusal(exchange, 413, 'BAD_REQUEST', `A form may have ${longest} bytes.`)
  try {
    const form = await new Response(body, { headers: { 'content-type': type } }).formData()
    return new URLSearchParams([...form].flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])))
  } catch {
    return refusal(exchange, 400, 'BAD_REQUEST', 'This form can not be read.') // Not what its type says.
  }
}

/** The body of a request; undefined if it has more than so many bytes. */
export async function readBounded({ body }: Request, longest: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body ?? []) {
    length += chunk.byteLength
    if (length > longest) return undefined
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}

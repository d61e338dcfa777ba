import { createGraphQLError } from '@graphql-tools/utils'
import type { Plugin } from 'graphql-yoga'
import type { Head } from '../http/reply.ts'

/**
 * Refuses bodies of more bytes. Where the length is announced, Node's servers see to it that no more comes; others are counted
 * while they come. The library would count each of them, by two more streams and another request.
 */
export function useBodyLimit(limit: number): Plugin {
  return {
    onRequestParse({ request, requestParser, setRequestParser, fetchAPI }) {
      const announced = request.headers.get('content-length')
      if (announced !== null) {
        if (!isLength(announced)) throw refusal('Content-Length header is invalid.', 'BAD_REQUEST', 400)
        if (Number(announced) > limit) throw tooLarge()
        return
      }
      const { body } = request
      if (!requestParser || !body) return
      setRequestParser(async ({ url, method, headers }) =>
        requestParser(new fetchAPI.Request(url, { method, headers, body: await collected(body, limit) })),
      )
    },
  }
}

/** Whether a body is announced that is not too large: then no more of it comes. */
export const isAnnounced = ({ headers }: Head, limit: number): boolean => {
  const announced = headers.get('content-length')
  return announced !== null && isLength(announced) && Number(announced) <= limit
}

const isLength = (announced: string) => /^\d+$/.test(announced)

async function collected(body: ReadableStream<Uint8Array>, limit: number): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  // A loop over the stream would cancel it, and with it the connection that the refusal has to go out on.
  const reader = body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return Buffer.concat(parts).toString()
    bytes += value.byteLength
    if (bytes > limit) throw tooLarge()
    parts.push(value)
  }
}

const tooLarge = () => refusal('Request body too large', 'REQUEST_ENTITY_TOO_LARGE', 413)

const refusal = (message: string, code: string, status: number) =>
  createGraphQLError(message, { extensions: { code, http: { status } } })

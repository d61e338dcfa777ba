import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import { clientLeft } from './answers.ts'
import type { Head } from './reply.ts'

/** A request whose body is read once it is needed. */
export type Incoming = Head & {
  /** Aborted when whoever sent it has gone away, where the request itself tells. */
  signal?: AbortSignal
  /** The body, as UTF-8. Once. */
  text: () => Promise<string>
  /** The request as a class like fetch's, with the text that was read; without, nothing of it can be read any more. */
  toRequest: (like: typeof Request) => Request
}

/** A request of Node's servers. */
export function incomingOf(request: IncomingMessage | Http2ServerRequest): Incoming {
  const { method = '', headers } = request
  const url = `https://${headers[':authority'] ?? headers.host}${request.url}`
  const get = (name: string) => {
    const value = headers[name]
    return value === undefined ? null : [value].flat().join(', ')
  }
  let body: string | undefined
  return {
    method,
    url,
    headers: { get, has: (name) => headers[name] !== undefined },
    text: async () => {
      body = await textOf(request)
      return body
    },
    toRequest: (Like) => {
      const named = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
        name.startsWith(':') || value === undefined ? [] : [[name, [value].flat().join(', ')]],
      )
      return new Like(url, { method, headers: named, ...(body !== undefined && { body }) })
    },
  }
}

/** A request of fetch's class. */
export function asIncoming(request: Request): Incoming {
  const { method, url, headers, signal } = request
  let body: string | undefined
  return {
    method,
    url,
    headers,
    signal,
    text: async () => {
      body = await request.text()
      return body
    },
    toRequest: (Like) => (body === undefined ? request : new Like(url, { method, headers, signal, body })),
  }
}

function textOf(request: IncomingMessage | Http2ServerRequest): Promise<string> {
  return new Promise((done, fail) => {
    let first: Buffer | undefined
    let more: Buffer[] | undefined
    request.on('data', (part: Buffer) => {
      if (!first) first = part
      else if (more) more.push(part)
      else more = [first, part]
    })
    request.once('end', () => done((more ? Buffer.concat(more) : first)?.toString() ?? ''))
    request.once('error', () => fail(clientLeft()))
  })
}

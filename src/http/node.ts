import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { createServerAdapter } from '@whatwg-node/server'
import type { Connection } from './exchange.ts'
import type { AddressFinder } from './proxies.ts'
import type { Router } from './router.ts'

/** Takes requests of Node's servers. */
export type NodeHandler = (
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
) => void

/** Lets a router answer Node's servers, HTTP/1.1 and HTTP/2. */
export function nodeHandler(router: Router, addressOf: AddressFinder): NodeHandler {
  const adapter = createServerAdapter<Connection>(router)
  return (request, response) => {
    const { socket } = request
    const left = new AbortController()
    // The adapter doesn't notice it with HTTP/2, where a response that is closed says first that it is finished.
    response.once('close', () => response.writableEnded || left.abort())
    const connection: Connection = {
      address: addressOf(socket.remoteAddress ?? '', request.headers['x-forwarded-for']),
      secure: 'encrypted' in socket && socket.encrypted === true,
      left: left.signal,
    }
    // The host becomes part of a URL; one with a path in it would choose the route.
    const host = request.headers[':authority'] ?? request.headers.host ?? ''
    if (!/^[^/?#\\@\s]*$/.test(String(host))) {
      response.statusCode = 400
      response.end()
      return
    }
    if (response instanceof Http2ServerResponse) leaveOutStatusText(response)
    adapter.handle(request, response, connection)
  }
}

/** HTTP/2 has no text beside the status. The adapter gives one, and Node would warn of it on standard error. */
function leaveOutStatusText(response: Http2ServerResponse) {
  const writeHead = response.writeHead.bind(response)
  response.writeHead = (status: number, ...rest: unknown[]) => {
    const headers = rest.find(isHeaders)
    return headers ? writeHead(status, headers) : writeHead(status)
  }
}

const isHeaders = (value: unknown): value is Record<string, string> => typeof value === 'object' && value !== null

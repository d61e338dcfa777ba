import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { createServerAdapter, sendNodeResponse } from '@whatwg-node/server'
import type { Connection } from './exchange.ts'
import { incomingOf } from './incoming.ts'
import type { AddressFinder } from './proxies.ts'
import { Reply } from './reply.ts'
import type { Router } from './router.ts'

/** Takes requests of Node's servers. */
export type NodeHandler = (
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
) => void

/** Lets a router answer Node's servers, HTTP/1.1 and HTTP/2. */
export function nodeHandler(router: Router, addressOf: AddressFinder): NodeHandler {
  const adapter = createServerAdapter<Connection>(router.answer)
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
    const answer = router.straight(incomingOf(request), connection)
    if (answer) answer.then((found) => send(found, request, response)).catch((error: Error) => response.destroy(error))
    else adapter.handle(request, response, connection)
  }
}

function send(
  answer: Reply | Response,
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
) {
  if (!(answer instanceof Reply)) return sendNodeResponse(answer, response, request, true)
  if (response.closed || response.destroyed || response.writableEnded) return undefined
  const { status, headers } = answer
  const body = Buffer.from(answer.body)
  const all = { 'content-length': body.length, ...headers.all }
  if (response instanceof Http2ServerResponse) response.writeHead(status, all)
  else response.writeHead(status, all)
  response.end(body)
  return undefined
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

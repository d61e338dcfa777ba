import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'

/** What came of a request: its status or the code of its first error, and what it found. */
// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
export type Answered = { outcome: string; data: any }

/** How a request is sent: with a bearer token, over a connection of its own, with other headers. */
export type Sending = { token?: string | undefined; alone?: boolean; headers?: Record<string, string> }

/** Somebody who asks a server, over connections that stay open unless told otherwise. */
export type Client = {
  ask: (query: string, variables?: object, sending?: Sending) => Promise<Answered>
  /** Sends a body as it is. */
  post: (body: string, sending?: Sending) => Promise<Answered>
  /** Gets a page or a file, and forgets what it holds. */
  get: (path: string, sending?: Sending) => Promise<Answered>
  /** Reads the whole of what a page says. */
  read: (path: string) => Promise<string>
  /** Subscribes, and breaks the connection off after so many ms. How many events came. */
  subscribe: (query: string, sending: Sending, lasting: number) => Promise<number>
  close: () => void
}

/** Asks a server over HTTPS. */
export function openClient(url: string, ca: string): Client {
  const agent = new Agent({ ca, keepAlive: true, maxSockets: 24 })
  const send = (path: string, body: string | undefined, { token, alone, headers }: Sending) =>
    new Promise<IncomingMessage>((done, fail) => {
      const all = {
        ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        ...(token && { authorization: `Bearer ${token}` }),
        ...headers,
      }
      const options = { agent: alone ? false : agent, ca, method: body === undefined ? 'GET' : 'POST', headers: all }
      const sent = request(new URL(path, url), options, done)
      sent.once('error', (error: NodeJS.ErrnoException) =>
        // The server ends connections that nobody used for a while, and may do so just now.
        sent.reusedSocket && error.code === 'ECONNRESET'
          ? send(path, body, { ...(token && { token }), alone: true, ...(headers && { headers }) }).then(done, fail)
          : fail(error),
      )
      sent.end(body)
    })
  const post = async (body: string, sending: Sending = {}): Promise<Answered> => {
    const response = await send('/graphql', body, sending)
    const text = await textOf(response)
    if (!response.headers['content-type']?.includes('json')) return { outcome: String(response.statusCode), data: null }
    const { data, errors } = JSON.parse(text)
    return { outcome: errors?.[0]?.extensions?.code ?? String(response.statusCode), data }
  }
  return {
    post,
    ask: (query, variables = {}, sending = {}) => post(JSON.stringify({ query, variables }), sending),
    get: async (path, sending = {}) => {
      const response = await send(path, undefined, sending)
      for await (const _ of response);
      return { outcome: String(response.statusCode), data: null }
    },
    read: async (path) => textOf(await send(path, undefined, {})),
    subscribe: async (query, sending, lasting) => {
      const headers = { accept: 'text/event-stream' }
      const response = await send('/graphql', JSON.stringify({ query }), { ...sending, headers, alone: true })
      const timer = setTimeout(() => response.destroy(), lasting)
      let events = 0
      response.setEncoding('utf8').on('data', (text: string) => {
        events += text.split('event: next').length - 1
      })
      await new Promise<void>((done) => response.on('error', () => undefined).once('close', done))
      clearTimeout(timer)
      return events
    },
    close: () => agent.destroy(),
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of response.setEncoding('utf8')) text += part
  return text
}

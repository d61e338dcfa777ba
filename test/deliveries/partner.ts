import { EventEmitter, on, once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { loadCertificate } from '../../src/http/certificate.ts'

/** How a recipient's server behaves towards one request. */
export type Behaviour =
  | 'ok'
  | 'error'
  | 'reset' // before it answers, having read everything
  | 'taken' // notes it, and breaks the connection instead of answering
  | 'hang'
  | 'slow'
  | 'gone'
  | 'redirect'
  | 'later' // 429 with Retry-After
  | 'long' // an answer without end

/** A message that came, whatever became of it. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into what was sent
export type Received = { id: string; body: any; headers: Record<string, string>; behaviour: Behaviour; path: string }

export type Partner = Awaited<ReturnType<typeof startPartner>>

/** A recipient's server, with faults on order. Nothing counts that isn't signed. */
export async function startPartner(behave: (request: { id: string; path: string }) => Behaviour = () => 'ok') {
  const folder = await mkdtemp(join(tmpdir(), 'lethe-partner-'))
  const { cert, key } = await loadCertificate({ data: folder, host: 'localhost', tls: undefined })
  const received: Received[] = []
  const faults: unknown[] = []
  const arrivals = new EventEmitter()
  const secrets = new Map<string, string>()
  let decide = behave
  const server = createServer({ cert, key }, async (request, response) => {
    let text = ''
    request.setEncoding('utf8').on('error', () => undefined)
    try {
      for await (const chunk of request) text += chunk
    } catch {
      return // The sender stopped in the middle of it.
    }
    const path = request.url ?? ''
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    const id = headers['webhook-id'] ?? ''
    const secret = secrets.get(path)
    try {
      if (secret) new Webhook(secret).verify(text, headers)
    } catch (error) {
      faults.push(error)
    }
    const behaviour = decide({ id, path })
    received.push({ id, body: JSON.parse(text), headers, behaviour, path })
    arrivals.emit('arrived')
    switch (behaviour) {
      case 'ok':
        return response.end('thank you')
      case 'error':
        return response.writeHead(500).end()
      case 'gone':
        return response.writeHead(410).end()
      case 'redirect':
        return response.writeHead(307, { location: '/elsewhere' }).end()
      case 'later':
        return response.writeHead(429, { 'retry-after': '7' }).end()
      case 'slow':
        return setTimeout(() => response.end(), 50)
      case 'reset':
      case 'taken':
        return request.socket.destroy()
      case 'long': {
        response.writeHead(200).on('error', () => undefined)
        const more = setInterval(() => response.write('x'.repeat(65_536)), 1)
        return response.once('close', () => {
          clearInterval(more)
          arrivals.emit('cut')
        })
      }
      case 'hang':
        return undefined
    }
  })
  server.on('tlsClientError', () => arrivals.emit('refused'))
  await once(server.listen(0, 'localhost'), 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  return {
    ca: cert,
    url: `https://localhost:${port}`,
    received,
    /** Signatures that were wrong. */
    faults,
    /** What is sent to this path has to be signed with this. */
    expectSigned: (path: string, secret: string) => void secrets.set(path, secret),
    behave: (next: typeof behave) => {
      decide = next
    },
    /** Settles once `enough` says so; asked whenever something comes. */
    until: async (enough: (received: readonly Received[]) => boolean) => {
      if (enough(received)) return
      for await (const _ of on(arrivals, 'arrived', { signal: AbortSignal.timeout(40_000) })) {
        if (enough(received)) return
      }
    },
    cut: () => once(arrivals, 'cut'),
    close: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

import { createSecureServer, type Http2SecureServer } from 'node:http2'
import type { Socket } from 'node:net'
import type { App } from '../app.ts'
import type { Config } from '../config.ts'
import { isFault } from '../files.ts'
import type { Logger } from '../log.ts'
import { loggable } from '../log-error.ts'
import { StartError } from '../start-error.ts'
import { type Certificate, loadCertificate } from './certificate.ts'

/** A server that listens. */
export type RunningServer = {
  /** Where a browser on this machine finds it, without a slash at the end. */
  url: string
  port: number
  /** The one that it serves with at the moment. */
  readonly certificate: Certificate
  /** Takes nothing new, lets what runs finish within the grace period, then cuts it off. Once is enough. */
  close: () => Promise<void>
}

type ServerConfig = Pick<Config, 'host' | 'port' | 'timeout' | 'grace' | 'data' | 'tls' | 'maxDocument'>

const hour = 60 * 60 * 1000

/** How long so many bytes may take to come, in milliseconds: at 64 KiB a second. */
export const transferTime = (bytes: number): number => Math.ceil((bytes / (64 * 1024)) * 1000)

/** Serves an app over HTTPS, HTTP/1.1 and HTTP/2. Plain HTTP is not understood, and so refused. */
export async function listen(app: App, config: ServerConfig, log: Logger): Promise<RunningServer> {
  let certificate = await loadCertificate(config)
  const server = createSecureServer({
    cert: certificate.cert,
    key: certificate.key,
    minVersion: 'TLSv1.2',
    handshakeTimeout: 10_000,
    allowHTTP1: true,
    settings: { maxConcurrentStreams: 100 },
  })
  // How long a request of HTTP/1.1 may take to arrive. Node has these here, too; its types don't.
  Object.assign(server, {
    headersTimeout: Math.min(10_000, config.timeout),
    requestTimeout: config.timeout + transferTime(config.maxDocument),
  })
  // Connections on which nothing moves, HTTP/2 ones above all; longer than any request may take.
  server.setTimeout(2 * config.timeout + 60_000)
  server.on('sessionError', (error) => log.debug({ error: loggable(error) }, 'an HTTP/2 connection broke'))
  const { port, close } = await start(server, app, config)
  const renewing = setInterval(async () => {
    certificate = (await renew(server, config, log)) ?? certificate
  }, hour).unref()
  let closing: Promise<void> | undefined
  return {
    url: `https://${urlHost(config.host)}:${port}`,
    port,
    get certificate() {
      return certificate
    },
    close: () => {
      clearInterval(renewing)
      closing ??= close()
      return closing
    },
  }
}

async function start(server: Http2SecureServer, app: App, { host, port, grace }: ServerConfig) {
  const connections = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
  })
  let closing = false
  server.on('request', (request, response) => {
    // A connection of HTTP/1.1 would stay open after the answer.
    response.once('close', () => closing && request.httpVersionMajor === 1 && request.socket.destroySoon())
    app.handler(request, response)
  })
  await new Promise<void>((done, fail) => {
    server.once('error', (error) => fail(listenFault(error, host, port)))
    server.listen({ host, port }, done)
  })
  const address = server.address()
  if (!address || typeof address === 'string') throw new Error('the system gave no port')

  const close = async () => {
    closing = true
    const closed = new Promise((done) => server.close(done))
    const cut = setTimeout(() => {
      for (const socket of connections) socket.destroy()
    }, grace)
    await closed.finally(() => clearTimeout(cut))
  }
  return { port: address.port, close }
}

/** Takes over a certificate that was renewed in the meantime, by us or by whoever keeps the configured files. */
async function renew(server: Http2SecureServer, config: ServerConfig, log: Logger): Promise<Certificate | undefined> {
  try {
    const certificate = await loadCertificate(config)
    const { cert, key } = certificate
    server.setSecureContext({ cert, key, minVersion: 'TLSv1.2' })
    return certificate
  } catch (error) {
    log.error({ error: loggable(error) }, 'the certificate can not be renewed; the old one stays')
    return undefined
  }
}

function listenFault(error: Error, host: string, port: number): Error {
  if (isFault(error, 'EADDRINUSE')) {
    return new StartError(`The port ${port} is taken by another program. Choose another one: PORT=${port + 1}`)
  }
  if (isFault(error, 'EACCES')) {
    return new StartError(`This user may not listen on port ${port}. Choose one above 1023: PORT=4000`)
  }
  if (isFault(error, 'ENOTFOUND', 'EAI_AGAIN', 'EADDRNOTAVAIL', 'EINVAL')) {
    return new StartError(
      `This machine has no address "${host}". Choose one with HOST=…: localhost for this machine alone, 0.0.0.0 for all.`,
    )
  }
  return error
}

function urlHost(host: string) {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a request asked for, and with which key. */
export type Asked = { query: string; variables: Record<string, unknown>; authorization: string | undefined }

/** How a server answers one request. */
export type Answering = (response: ServerResponse, asked: Asked) => void

/** A server that answers one request after the other as it is told; the last way is kept. */
export async function startFaultyServer(...answers: readonly [Answering, ...Answering[]]) {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    const one = await read(request)
    const answer = answers[Math.min(asked.length, answers.length - 1)] ?? answers[0]
    asked.push(one)
    answer(response, one)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

async function read(request: IncomingMessage): Promise<Asked> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return { ...JSON.parse(text), authorization: request.headers.authorization }
}

/** Breaks the connection off. */
export const reset: Answering = (response) => response.destroy()

/** Never answers. */
export const hang: Answering = () => undefined

/** Answers as a proxy does whose server is away. */
export const away =
  (status: number, headers: Record<string, string> = {}): Answering =>
  (response) =>
    response.writeHead(status, { 'content-type': 'text/html', ...headers }).end('<h1>Sorry</h1>')

/** Answers in GraphQL. */
export const answer =
  (body: object): Answering =>
  (response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))

/** Refuses in GraphQL. */
export const refuse = (code: string, extensions: object = {}, data: object | null = null): Answering =>
  answer({ data, errors: [{ message: `refused: ${code}`, extensions: { code, requestId: 'r1', ...extensions } }] })

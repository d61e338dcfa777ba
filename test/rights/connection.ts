import { Agent, request } from 'node:https'
import type { TestApp } from '../support/app.ts'
import type { Answer } from './checking.ts'

/** Sends operations over connections that stay open. */
export type Connection = {
  send: (token: string | null, body: object) => Promise<Answer>
  close: () => void
}

/** Connects to a server by HTTPS. */
export function connectTo(url: string, ca: string): Connection {
  const agent = new Agent({ ca, keepAlive: true, maxSockets: 8 })
  const exchange = (token: string | null, body: string): Promise<string> =>
    new Promise((done, fail) => {
      const headers = {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        ...(token && { authorization: `Bearer ${token}` }),
      }
      const sent = request(new URL('/graphql', url), { agent, method: 'POST', headers }, async (response) => {
        try {
          let text = ''
          for await (const chunk of response.setEncoding('utf8')) text += chunk
          done(text)
        } catch (error) {
          fail(error)
        }
      })
      // The server ends connections that nobody used for a while, and may do so just now.
      sent.once('error', (error: NodeJS.ErrnoException) =>
        sent.reusedSocket && error.code === 'ECONNRESET' ? done(exchange(token, body)) : fail(error),
      )
      sent.end(body)
    })
  return {
    async send(token, body) {
      const text = await exchange(token, JSON.stringify(body))
      return { text, ...JSON.parse(text) }
    },
    close: () => agent.destroy(),
  }
}

/** Sends operations to an app in this process, without a network in between. */
export const connectWithin = ({ app, url }: Pick<TestApp, 'app' | 'url'>): Connection => ({
  async send(token, body) {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
    const request = new Request(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify(body) })
    const text = await (await app.fetch(request)).text()
    return { text, ...JSON.parse(text) }
  },
  close: () => undefined,
})

/** Runs something for each item, a few at a time. */
export async function forEachOf<T>(items: readonly T[], run: (item: T) => Promise<void>, atOnce = 6): Promise<void> {
  const waiting = [...items]
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await run(item)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

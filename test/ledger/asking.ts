import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { pino } from 'pino'
import type { Config } from '../../src/config.ts'
import { serve } from '../../src/serve.ts'
import { http1 } from '../support/https.ts'
import { admin } from './history.ts'

/** Asks for all contacts from before the server listens on, until it answers; says how often it was refused, and whom it saw. */
export function askFromTheStart(
  { data, port }: Pick<Config, 'data' | 'port'>,
  until: AbortSignal,
): { asking: Promise<string[] | undefined>; answers: () => number } {
  const url = `https://localhost:${port}`
  let answers = 0
  const ask = async (query: string, token?: string) => {
    const ca = await readFile(join(data, 'tls', 'certificate.pem'), 'utf8')
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
    const { body } = await http1(url, {
      path: '/graphql',
      ca,
      method: 'POST',
      headers,
      body: JSON.stringify({ query }),
    })
    answers++
    return JSON.parse(body)
  }
  const asking = (async () => {
    while (!until.aborted) {
      try {
        const signIn = `mutation { signIn(email: "${admin.email}", password: "${admin.password}") { token } }`
        const { data } = await ask(signIn)
        const list = await ask('{ contacts(first: 50) { edges { node { givenName } } } }', data.signIn.token)
        return list.data.contacts.edges.map(({ node }: { node: { givenName: string } }) => node.givenName).toSorted()
      } catch (error) {
        if (answers > 0) throw error
        await setTimeout(5)
      }
    }
    return undefined
  })()
  return { asking, answers: () => answers }
}

/** Starts a server on these settings while somebody asks it; returns whom they saw, and how many had been answered when it was said what is erased again. */
export async function seenFromTheStart(
  config: Config,
): Promise<{ names: string[] | undefined; answeredBefore: number | undefined; said: string }> {
  const stop = new AbortController()
  const asked = askFromTheStart(config, stop.signal)
  let answeredBefore: number | undefined
  const lines: string[] = []
  const out = {
    write: (line: string) => {
      lines.push(line)
      // What is said before the port opens: nobody was answered until then.
      if (line.startsWith('What the erasure ledger')) answeredBefore = asked.answers()
    },
  }
  const server = await serve(config, { log: pino({ enabled: false }), out })
  try {
    const names = await asked.asking
    return { names, answeredBefore, said: lines.join('') }
  } finally {
    stop.abort()
    await server.close()
  }
}

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { readConfig } from '../../src/config.ts'
import { serve } from '../../src/serve.ts'
import { type Answer, http1 } from './https.ts'

/** The whole product, as `lethe serve` starts it, in this process. */
export type Served = {
  url: string
  /** Sends an operation over the network. */
  ask: (query: string, variables?: object, headers?: Record<string, string>) => Promise<Answer>
  get: (path: string, headers?: Record<string, string>) => Promise<Answer>
  /** What was logged, oldest first. */
  logged: Record<string, unknown>[]
  close: () => Promise<void>
}

/** The administrator of those. */
export const servedAdmin = { email: 'ada@example.org', password: 'correct horse battery staple' }

/** Starts it with these settings. */
export async function startServed(settings: Record<string, string>): Promise<Served> {
  const data = await mkdtemp(join(tmpdir(), 'lethe-served-'))
  const { email, password } = servedAdmin
  const own = { LETHE_DATA: data, PORT: '0', LETHE_ADMIN_EMAIL: email, LETHE_ADMIN_PASSWORD: password }
  const logged: Record<string, unknown>[] = []
  const log = pino({ level: 'info', base: null }, { write: (line: string) => logged.push(JSON.parse(line)) })
  const server = await serve(readConfig({ ...own, ...settings }), { log, out: { write: () => undefined } })
  const ca = await readFile(join(data, 'tls', 'certificate.pem'), 'utf8')
  return {
    url: server.url,
    logged,
    ask: (query, variables = {}, headers = {}) => {
      const body = JSON.stringify({ query, variables })
      const all = { 'content-type': 'application/json', ...headers }
      return http1(server.url, { path: '/graphql', method: 'POST', ca, headers: all, body })
    },
    get: (path, headers = {}) => http1(server.url, { path, method: 'GET', ca, headers }),
    close: async () => {
      await server.close()
      await rm(data, { recursive: true, force: true })
    },
  }
}

/** The header of a caller who signed in as the administrator. */
export async function signedIn({ ask }: Pick<Served, 'ask'>): Promise<Record<string, string>> {
  const mutation =
    'mutation Enter ($email: String!, $password: String!) { signIn(email: $email, password: $password) { token } }'
  const { body } = await ask(mutation, servedAdmin)
  return { authorization: `Bearer ${JSON.parse(body).data.signIn.token}` }
}

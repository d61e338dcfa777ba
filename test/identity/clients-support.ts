import { randomUUID } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Config } from '../../src/config.ts'
import { transact } from '../../src/database/transact.ts'
import { addUser } from '../../src/modules/identity/access/users.ts'
import { modules } from '../../src/modules/index.ts'
import { defineModule } from '../../src/modules/module.ts'
import { type GraphqlAnswer, startTestApp, type TestApp } from '../support/app.ts'

/** A module with one right that is open to publishable keys, and one that isn't. */
const newsletter = defineModule({
  name: 'newsletter',
  needs: [],
  rights: { 'newsletter.subscribe': 'Subscribing.', 'newsletter.readers': 'Who reads it.' },
  publishable: ['newsletter.subscribe'],
  personalData: 'none',
  schema(builder) {
    builder.queryFields((t) => ({
      issues: t.int({ auth: { read: 'newsletter.subscribe' }, nullable: true, resolve: () => 7 }),
      readers: t.int({ auth: { read: 'newsletter.readers' }, nullable: true, resolve: () => 42 }),
    }))
    builder.mutationField('subscribe', (t) =>
      t.boolean({ auth: { write: 'newsletter.subscribe' }, nullable: true, resolve: () => true }),
    )
  },
})

export type Call = {
  key?: string | undefined
  origin?: string | undefined
  variables?: object
  app?: Pick<TestApp['app'], 'fetch'>
}

export type Clients = Awaited<ReturnType<typeof startClients>>

/** An app, and shorthands for what administrators do about clients in it. */
export async function startClients(config: Partial<Config> = {}) {
  const app = await startTestApp({ modules: [...modules, newsletter], config })
  const administrator = await app.signIn()

  /** Sends an operation with a bearer token, as a page of some origin if one is named. */
  async function call(
    query: string,
    { key, origin, variables, app: other = app.app }: Call = {},
  ): Promise<GraphqlAnswer> {
    const headers = new Headers({ 'content-type': 'application/json' })
    if (key) headers.set('authorization', `Bearer ${key}`)
    if (origin) headers.set('origin', origin)
    const body = JSON.stringify({ query, variables })
    const response = await other.fetch(new Request(`${app.url}/graphql`, { method: 'POST', headers, body }))
    return { status: response.status, headers: response.headers, ...(await response.json()) }
  }

  const codes = async (query: string, given: Call = {}): Promise<string[]> =>
    ((await call(query, given)).errors ?? []).map((error) => error.extensions.code)

  /** As the administrator, or as whoever's token this is; the answer's one field. */
  // biome-ignore lint/suspicious/noExplicitAny: answers of any shape
  async function act(query: string, variables: object = {}, token = administrator): Promise<any> {
    const { data, errors } = await app.graphql(query, variables, token)
    expect(errors).toBeUndefined()
    return Object.values(data)[0]
  }

  const grant = (client: string, right: string, { read = true, write = false } = {}, token = administrator) =>
    app.graphql(
      'mutation ($c: ID!, $r: String!, $read: Boolean, $write: Boolean) { grantScope(client: $c, right: $r, read: $read, write: $write) { scopes { right read write } } }',
      { c: client, r: right, read, write },
      token,
    )

  /** A client that may read these rights, and write those of `writes`. */
  async function newClient(given: { reads?: string[]; writes?: string[]; origins?: string[]; name?: string } = {}) {
    const { reads = [], writes = [], origins = [], name = 'Shop' } = given
    const creation = 'mutation ($input: CreateClientInput!) { createClient(input: $input) { id } }'
    const { id } = await act(creation, { input: { name, kind: 'PARTNER', origins } })
    for (const right of new Set([...reads, ...writes])) {
      const access = { read: reads.includes(right), write: writes.includes(right) }
      expect((await grant(id, right, access)).errors).toBeUndefined()
    }
    return id as string
  }

  async function newKey(client: string, kind: 'SECRET' | 'PUBLISHABLE' = 'SECRET', expiresAt?: Date) {
    const { key, clientKey } = await act(
      'mutation ($c: ID!, $kind: ClientKeyKind!, $e: DateTime) { createClientKey(client: $c, kind: $kind, expiresAt: $e) { key clientKey { id } } }',
      { c: client, kind, e: expiresAt },
    )
    return { key: key as string, id: clientKey.id as string }
  }

  /** A user with a role of their own that grants this. Returns their bearer token. */
  async function signInWith(grants: { right: string; read?: boolean; write?: boolean }[], purposes: string[] = []) {
    const work = { ...app.work, requestId: randomUUID() }
    const roleId = randomUUID()
    await transact(work, 'test', async (tx) => {
      await tx.role.create({ data: { id: roleId, key: roleId, name: 'Made for a test', purposes } })
      await tx.grant.createMany({ data: grants.map((one) => ({ roleId, read: false, write: false, ...one })) })
    })
    const email = `${roleId}@example.org`
    const password = 'correct horse battery staple'
    await addUser(work, { email, name: '', password, roles: [roleId] })
    const signIn = 'mutation ($e: String!, $p: String!) { signIn(email: $e, password: $p) { token } }'
    const { data } = await app.graphql(signIn, { e: email, p: password })
    return data.signIn.token as string
  }

  return { app, administrator, call, codes, act, grant, newClient, newKey, signInWith, close: app.close }
}

/** The UUID in a global id. */
export const uuidIn = (id: string): string => Buffer.from(id, 'base64').toString().split(':')[1] ?? ''

/** Asks again and again until the answer is this; fails after a second. */
export async function withinASecond(ask: () => Promise<unknown>, expected: unknown): Promise<void> {
  const start = performance.now()
  while (performance.now() - start < 1000) {
    if (JSON.stringify(await ask()) === JSON.stringify(expected)) return
    await setImmediate() // What comes from PostgreSQL gets its turn.
  }
  expect(await ask()).toEqual(expected)
}

import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { PrismaClient } from '#prisma/client.ts'
import { createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { adapterFor } from '../../src/database/client.ts'
import { transact } from '../../src/database/transact.ts'
import type { WorkContext } from '../../src/graphql/context.ts'
import type { Keys } from '../../src/keys/keys.ts'
import { auditedModels } from '../../src/modules/audited.ts'
import { type KeyKind, newKey } from '../../src/modules/identity/clients/keys.ts'
import { hashToken } from '../../src/modules/identity/sign-in/sessions.ts'
import { modules as productModules } from '../../src/modules/index.ts'
import type { Module } from '../../src/modules/module.ts'
import { createPeople } from '../identity/access-support.ts'
import type { GraphqlAnswer } from '../support/app.ts'
import { prepareBases, tellingBases } from '../support/basis.ts'
import { freshDatabase, ownerOf, withClient } from '../support/database.ts'
import { databaseEnvironment } from '../support/environment.ts'
import { installation } from '../support/installation.ts'
import { openEntry } from '../support/log.ts'

export type Stage = Awaited<ReturnType<typeof startStage>>

/** Whoever has a bearer token. */
export type Holder = { token: string }

/** The whole product on a database of its own whose statements are noted, with people to call it as. */
export async function startStage(options: { modules?: readonly Module[]; keys?: Keys; sql?: string } = {}) {
  const { modules: further = [], keys = installation.keys, sql = '' } = options
  const url = await freshDatabase()
  await prepareBases(url)
  await withClient(ownerOf(url), (client) => client.query(sql.replaceAll('{database}', client.database ?? '')))
  const statements: string[] = []
  const adapter = adapterFor(url, { connections: 10, statementTimeout: 60_000 })
  const database = new PrismaClient({ adapter, log: [{ emit: 'event', level: 'query' }] })
  database.$on('query', ({ query }) => statements.push(query))
  const modules = [...productModules, tellingBases, ...further]
  const logged: Record<string, unknown>[] = []
  const log = pino({ level: 'info', base: null }, { write: (line: string) => logged.push(JSON.parse(line)) })
  const actor = { kind: 'system', id: null } as const
  const work = { ...installation, keys, database, audited: auditedModels(modules), actor, log }
  const config = readConfig(databaseEnvironment(url))
  const app = createApp({ config, database, log, secrets: work.secrets, keys, ledger: work.ledger, modules })

  async function run(who: Holder | undefined, query: string, variables: object = {}, headers: object = {}) {
    const request = new Request('https://lethe.test/graphql', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(who && { authorization: `Bearer ${who.token}` }),
        ...headers,
      },
      body: JSON.stringify({ query, variables }),
    })
    const response = await app.fetch(request)
    const { data, errors = [] }: GraphqlAnswer = JSON.parse(await response.text())
    const codes: string[] = errors.map((error) => error.extensions.code)
    return { data, errors, codes, requestId: response.headers.get('x-request-id') ?? '' }
  }

  /** What the log has of a request, from both tables, opened. */
  async function entries(where: { requestId?: string; action?: string; contactId?: string }) {
    const about = await database.auditEntry.findMany({ where, orderBy: { id: 'asc' } })
    const { contactId, ...rest } = where
    const others = contactId ? [] : await database.systemAuditEntry.findMany({ where: rest, orderBy: { id: 'asc' } })
    const all = [...about, ...others.map((entry) => ({ ...entry, contactId: undefined }))]
    return Promise.all(
      all.map(async ({ contactId: contact, ...entry }) => ({
        ...entry,
        ...(contact && { contactId: contact }),
        changes: await openEntry(keys, { ...entry, ...(contact && { contactId: contact }) }, database),
      })),
    )
  }

  /** Contacts called 1, 2, 3 … Returns their UUIDs. */
  async function newContacts(count: number): Promise<string[]> {
    const ids = Array.from({ length: count }, () => randomUUID())
    await transact({ ...work, requestId: randomUUID() }, 'test', (tx) =>
      tx.contact.createMany({
        data: ids.map((id, index) => ({ id, givenName: `${index + 1}`, displayName: `${index + 1}` })),
      }),
    )
    return ids
  }

  /** A client with a key that may do nothing. */
  async function newClient(kind: KeyKind, key: object = {}, client: object = {}) {
    const ids = { id: randomUUID(), keyId: randomUUID() }
    const token = newKey(kind)
    await transact(context(), 'test', async (tx) => {
      const row = { id: ids.id, name: 'Shop', kind: 'partner', origins: ['https://shop.example'], ...client }
      await tx.client.create({ data: row })
      const stored = { id: ids.keyId, clientId: ids.id, kind, prefix: token.slice(0, 17), keyHash: hashToken(token) }
      await tx.clientKey.create({ data: { ...stored, ...key } })
    })
    return { ...ids, token }
  }

  /** Does something and tells which statements PostgreSQL got for it. */
  async function counted<T>(act: () => Promise<T>): Promise<{ result: T; statements: string[] }> {
    const before = statements.length
    const result = await act()
    return { result, statements: statements.slice(before) }
  }

  const context = (): WorkContext => ({ ...work, requestId: randomUUID() })
  const close = async () => {
    app.close()
    await app.finish()
    await database.$disconnect()
  }
  return { ...createPeople(work), url, database, logged, run, entries, newContacts, newClient, counted, context, close }
}

export const globalId = (type: string, id: string): string => Buffer.from(`${type}:${id}`).toString('base64')

import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshDatabase, withClient } from '../support/database.ts'
import { auditKey, masterKey } from '../support/environment.ts'
import { type Served, signedIn, startServed } from '../support/served.ts'
import { ask as askAs, createContact, type Data } from './asking.ts'
import { type Replicated, startReplicated } from './replica.ts'

let servers: Replicated
let product: Served
/** What is no copy of the database. */
let stranger: string
let admin: Record<string, string>
/** Another caller, who writes nothing. */
let reader: Record<string, string>
let readerId: string

const ask = (query: string, variables: object = {}, caller = admin) => askAs(product, caller, query, variables)
const create = (givenName: string) => createContact(product, admin, givenName)
const count = async (caller: Record<string, string>, of = '') =>
  (await ask(`{ contacts${of} { totalCount } }`, {}, caller)).contacts.totalCount
const names = async (caller: Record<string, string>) =>
  (await ask('{ contacts { edges { node { givenName } } } }', {}, caller)).contacts.edges.map(
    (one: Data) => one.node.givenName,
  )
const onCopy = (statement: string) =>
  withClient(servers.copyOf(servers.primary.url('postgres')), async (client) => (await client.query(statement)).rows)
const measured = async (name: string, of = servers.copyOf(stranger)) =>
  Number(
    new RegExp(`^${name}\\{replica="${new URL(of).host}"\\} (\\S+)$`, 'm').exec(
      (await product.get('/metrics')).body,
    )?.[1],
  )
const becomesUsed = (isUsed: boolean) =>
  expect.poll(() => measured('lethe_replica_used'), { timeout: 20_000 }).toBe(isUsed ? 1 : 0)

beforeAll(async () => {
  servers = await startReplicated()
  stranger = await freshDatabase()
  const { primary, copyOf } = servers
  const url = primary.url('lethe', 'lethe_app')
  product = await startServed({
    DATABASE_URL: url,
    DATABASE_OWNER_URL: primary.url('lethe'),
    KEYSTORE_URL: primary.url('lethe_keys', 'lethe_keys'),
    DATABASE_REPLICA_URLS: `${copyOf(url)} ${stranger}`,
    LETHE_MASTER_KEY: masterKey,
    LETHE_AUDIT_KEY: auditKey,
    LETHE_LEDGER: await mkdtemp(join(tmpdir(), 'lethe-replicas-ledger-')),
  })
  admin = await signedIn(product)
  const client = 'mutation ($input: CreateClientInput!) { createClient(input: $input) { id } }'
  readerId = (await ask(client, { input: { name: 'Reader', kind: 'PARTNER' } })).createClient.id
  for (const right of ['contacts.contact', 'contacts.name', 'lawfulness.basis']) {
    await ask('mutation ($c: ID!, $right: String!) { grantScope(client: $c, right: $right, read: true) { id } }', {
      c: readerId,
      right,
    })
  }
  const made = await ask('mutation ($c: ID!) { createClientKey(client: $c, kind: SECRET) { key } }', { c: readerId })
  reader = { authorization: `Bearer ${made.createClientKey.key}` }
})
afterAll(async () => {
  await product?.close()
  await servers?.stop()
})

describe('a replica', () => {
  test('is read from where it may be stale, and nowhere else', async () => {
    for (const name of ['Ada', 'Grace']) await create(name)
    await becomesUsed(true)
    expect(await measured('lethe_replica_used', stranger)).toBe(0)
    expect(await measured('lethe_replica_lag_seconds', stranger)).toBeNaN()
    await expect.poll(() => count(reader)).toBe(2)
    await onCopy('SELECT pg_wal_replay_pause()')
    await create('Edsger')
    // The copy does not know yet: whoever wrote it finds it, others count as it was, and nobody is kept from seeing anybody.
    expect(await count(admin)).toBe(3)
    expect(await count(reader)).toBe(2)
    expect(await names(reader)).toEqual(expect.arrayContaining(['Ada', 'Grace', 'Edsger']))
    expect(await count(reader, '(filter: { withoutBasis: true })')).toBe(3)
    expect(await count(reader, '(filter: { or: [{ not: { withoutBasis: false } }] })')).toBe(3)
  })

  test('never says what somebody may: a right that is taken away is gone at once', async () => {
    await ask('mutation ($c: ID!) { disableClient(id: $c) { id } }', { c: readerId })
    const { errors } = JSON.parse((await product.ask('{ contacts { totalCount } }', {}, reader)).body)
    expect(errors?.[0].extensions.code).toBe('UNAUTHENTICATED')
    await ask('mutation ($c: ID!) { enableClient(id: $c) { id } }', { c: readerId })
  })

  test('is left out when it is too far behind, until it has caught up', async () => {
    await becomesUsed(false)
    expect(await measured('lethe_replica_lag_seconds')).toBeGreaterThan(5)
    expect(await count(reader)).toBe(3)
    await onCopy('SELECT pg_wal_replay_resume()')
    await becomesUsed(true)
    expect(await measured('lethe_replica_lag_seconds')).toBeLessThan(5)
    expect(await count(reader)).toBe(3)
  })

  test('may go and come again', async () => {
    await servers.stopCopy()
    expect(await count(reader)).toBe(3)
    await becomesUsed(false)
    expect(await measured('lethe_replica_lag_seconds')).toBeNaN()
    expect(await count(reader)).toBe(3)
    await servers.startCopy()
    await becomesUsed(true)
    expect(await count(reader)).toBe(3)
    expect(product.logged.filter(({ level }) => Number(level) >= 50)).toEqual([])
  })
})

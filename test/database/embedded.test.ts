import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type EmbeddedServer, startEmbedded } from '../../src/database/embedded.ts'
import { type EmbeddedRole, prepareRoles } from '../../src/database/embedded-roles.ts'
import { migrate } from '../../src/database/migrate.ts'
import { openStore, type Store } from '../../src/database/open.ts'
import { withClient } from '../support/database.ts'

// On servers of its own: roles belong to a server.

let data: string
let server: EmbeddedServer

const fast = { fsync: 'off', full_page_writes: 'off', shared_buffers: '32MB' }
const start = (folder: string) => startEmbedded({ folder: join(folder, 'postgres'), settings: fast })

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'lethe-roles-'))
  server = await start(data)
  await prepareRoles(server)
})
afterAll(async () => {
  await server.release()
  await rm(data, { recursive: true })
})

const open = (folder: string) => {
  const none = { databaseUrl: undefined, databaseOwnerUrl: undefined, keystoreUrl: undefined }
  return openStore({ data: folder, ...none, connections: 1, timeout: 10_000 }, () => undefined)
}

const attempt = (database: string, role: EmbeddedRole, statement = 'SELECT 1') =>
  withClient(server.url(database, role), (client) => client.query(statement)).then(
    () => 'done',
    (error) => error.code,
  )

const inside = { lethe: ['lethe_app'], lethe_keys: ['lethe_keys'], postgres: [], template1: [] }

test.each(Object.entries(inside))('into the database %s, besides the superuser, come: %s', async (database, roles) => {
  expect(await attempt(database, 'lethe')).toBe('done')
  for (const role of ['lethe_app', 'lethe_keys'] as const) {
    expect([role, await attempt(database, role)]).toEqual([role, roles.some((one) => one === role) ? 'done' : '42501'])
  }
})

test('the application owns nothing and can make nothing; the key store belongs to its own role', async () => {
  for (const statement of [
    'CREATE TABLE x ()',
    'CREATE TEMP TABLE x ()',
    'CREATE SCHEMA x',
    'CREATE ROLE x',
    'CREATE DATABASE x',
  ])
    expect([statement, await attempt('lethe', 'lethe_app', statement)]).toEqual([statement, '42501'])
  expect(await attempt('lethe_keys', 'lethe_keys', 'CREATE TABLE x (); DROP TABLE x')).toBe('done')
})

test('each role has a password of its own, which the others do not tell', async () => {
  const passwords = (['lethe', 'lethe_app', 'lethe_keys'] as const).map(server.password)
  expect(new Set(passwords).size).toBe(3)
  const asOther = server.url('lethe', 'lethe').replace('//lethe:', '//lethe_app:')
  await expect(withClient(asOther, async () => undefined)).rejects.toMatchObject({ code: '28P01' })
})

test('what was changed about the roles is put right at the next start, by one of many as by all', async () => {
  await withClient(server.url('postgres'), (client) =>
    client.query(`
      ALTER ROLE lethe_app SUPERUSER NOLOGIN PASSWORD 'another';
      ALTER ROLE lethe_keys CREATEROLE;
      ALTER ROLE lethe_app SET default_transaction_read_only = on;
      ALTER ROLE lethe_app IN DATABASE lethe SET synchronous_commit = off;
      ALTER ROLE lethe_keys IN DATABASE lethe_keys SET default_transaction_read_only = on;
      ALTER ROLE lethe_keys SET synchronous_commit = off;
      REVOKE CONNECT ON DATABASE lethe FROM lethe_app;
      GRANT CONNECT, TEMPORARY ON DATABASE lethe, lethe_keys TO PUBLIC`),
  )
  await Promise.all(Array.from({ length: 5 }, () => prepareRoles(server)))
  expect(await attempt('lethe', 'lethe_app', 'CREATE TEMP TABLE x ()')).toBe('42501')
  expect(await attempt('lethe', 'lethe_app')).toBe('done')
  expect(await attempt('lethe_keys', 'lethe_app')).toBe('42501')
  expect(await attempt('lethe_keys', 'lethe_keys', 'CREATE ROLE x')).toBe('42501')
  for (const [database, role] of [
    ['lethe', 'lethe_app'],
    ['lethe_keys', 'lethe_keys'],
  ] as const) {
    const settings = `SELECT current_setting('default_transaction_read_only') AS fixed, current_setting('synchronous_commit') AS synchronous`
    const { rows } = await withClient(server.url(database, role), (client) => client.query(settings))
    expect(rows).toEqual([{ fixed: 'off', synchronous: 'on' }])
  }
})

test('an installation of before there were roles works on, as the application', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lethe-roles-'))
  const before = await start(folder)
  await withClient(before.url('postgres'), (client) => client.query('CREATE DATABASE lethe'))
  await migrate(before.url('lethe'))
  const store = await open(folder)
  expect(new URL(store.url).username).toBe('lethe_app')
  await expect(store.database.contact.count()).resolves.toBe(0)
  await expect(store.database.auditEntry.deleteMany()).rejects.toThrow('permission denied')
  await store.close()
  await before.release()
  await rm(folder, { recursive: true })
})

test('what was acknowledged is on disk, whatever the role set for itself', async () => {
  const store = await open(data)
  await withClient(store.url, (client) => client.query('ALTER ROLE CURRENT_USER SET synchronous_commit = off'))
  const durability = () => store.database.$queryRaw`SELECT current_setting('synchronous_commit') AS synchronous`
  const plain = await withClient(store.url, (client) => client.query('SHOW synchronous_commit'))
  expect(plain.rows).toEqual([{ synchronous_commit: 'off' }])
  expect(await durability()).toEqual([{ synchronous: 'on' }])
  await store.close()
})

test('many that start at once on an empty folder all get one database', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lethe-roles-'))
  const stores: Store[] = await Promise.all(Array.from({ length: 4 }, () => open(folder)))
  expect(new Set(stores.map(({ url }) => url)).size).toBe(1)
  expect(new Set(stores.map(({ keystoreUrl }) => keystoreUrl)).size).toBe(1)
  expect(await Promise.all(stores.map(({ database }) => database.user.count()))).toEqual([0, 0, 0, 0])
  await Promise.all(stores.map((store) => store.close()))
  await rm(folder, { recursive: true })
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectionsOf } from '../../src/database/client.ts'
import { outgoingMails } from '../../src/mail/queue.ts'
import { modules } from '../../src/modules/index.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ownerOf, withClient } from '../support/database.ts'

let server: TestApp
let token: string

beforeAll(async () => {
  server = await startTestApp({ config: { connections: 3 } })
  token = await server.signIn()
})
afterAll(() => server.close())

const page = async () => (await server.app.fetch(new Request(`${server.url}/metrics`))).text()

const queues = [outgoingMails, ...modules.flatMap((module) => module.queues ?? [])]

describe('operations are measured by name', () => {
  const counted = async (name: string) => {
    const line = new RegExp(`^graphql_named_operation_duration_seconds_count\\{name="${name}"\\} (\\d+)$`, 'm')
    return Number(line.exec(await page())?.[1] ?? 0)
  }

  test('of callers who are signed in', async () => {
    for (let times = 0; times < 3; times++) await server.graphql('query Desk { __typename }', {}, token)
    await server.graphql('{ __typename }', {}, token)
    expect(await counted('Desk')).toBe(3)
    expect(await counted('unnamed')).toBeGreaterThanOrEqual(1)
  })

  test('but for names that strangers give, that tell apart more than programs, and that are too many', async () => {
    const before = await counted('other')
    await server.graphql('query FromOutside { __typename }')
    await server.graphql('query Of0193a7c2 { __typename }', {}, token)
    await server.graphql(`query A${'a'.repeat(64)} { __typename }`, {}, token)
    expect(await counted('other')).toBe(before + 3)
    for (let index = 0; index < 120; index++) await server.graphql(`query N${index} { __typename }`, {}, token)
    const text = await page()
    expect(text).not.toMatch(/FromOutside|0193a7c2|Aaaa/)
    const names = new Set(
      [...text.matchAll(/operation_duration_seconds_count\{name="(\w+)"\}/g)].map(([, name]) => name),
    )
    expect(names.size).toBe(102) // With `unnamed` and `other`.
    expect(names).toContain('N50')
    expect(await counted('other')).toBeGreaterThan(before + 20)
  })
})

test.each(['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'])(
  'a proxy on this machine that says %s reads nothing for others',
  async (name) => {
    const asked = new Request(`${server.url}/metrics`, { headers: { [name]: '198.51.100.7' } })
    expect((await server.app.fetch(asked)).status).toBe(403)
  },
)

test('connections are measured: used ones, idle ones, and what waits for one', async () => {
  const { database } = server
  const slow = Promise.all(Array.from({ length: 5 }, () => database.$queryRaw`SELECT 1 FROM pg_sleep(0.5)`))
  await expect.poll(() => connectionsOf(database)).toMatchObject({ used: 3, waiting: 2 })
  // The page itself waits for the database, but tells of the connections as they are when it is asked for.
  const busy = await page()
  expect(busy).toMatch(/^lethe_pool_limit\{pool="database"\} 3$/m)
  expect(busy).toMatch(/^lethe_pool_connections\{pool="database",state="used"\} 3$/m)
  expect(busy).toMatch(/^lethe_pool_waiting\{pool="database"\} 2$/m)
  await slow
  await expect.poll(page).toMatch(/^lethe_pool_connections\{pool="database",state="idle"\} [1-9]$/m)
  const idle = await page()
  expect(idle).toMatch(/^lethe_pool_waiting\{pool="database"\} 0$/m)
  expect(idle).toMatch(/^lethe_pool_connections\{pool="keys",state="idle"\} [1-9]/m)
})

describe('queues', () => {
  test('each has its depth, its oldest and what was given up', async () => {
    const text = await page()
    for (const { name } of queues) {
      for (const measured of ['waiting', 'oldest_seconds', 'given_up']) {
        expect(text).toMatch(new RegExp(`^lethe_queue_${measured}\\{queue="${name}"\\} [\\d.]+$`, 'm'))
      }
    }
  })

  test('are all tables in which work waits', async () => {
    const waiting = await withClient(ownerOf(server.config.databaseUrl ?? ''), async (client) => {
      const { rows } = await client.query<{ name: string }>(
        `SELECT DISTINCT table_name AS name FROM information_schema.columns
         WHERE table_schema = 'public' AND (column_name IN ('due_at', 'attempts') OR table_name LIKE '%\\_work')`,
      )
      return rows.map(({ name }) => name)
    })
    // What is due there, people do; and tries to sign in.
    const others = ['subject_request', 'incoming_request', 'erasure_proposal', 'sign_in_challenge']
    const measured = queues.map(({ waiting }) => waiting.sql).join()
    for (const table of waiting.filter((name) => !others.includes(name))) expect(measured).toContain(table)
  })

  test('say since when the oldest waits', async () => {
    const insert = `INSERT INTO outgoing_mail (id, kind, message, state, created_at)
      SELECT gen_random_uuid(), 'link', '', state, now() - age FROM (VALUES ('queued', interval '90 minutes'), ('queued', '5 minutes'),
        ('failed', '3 days'), ('sent', '5 days')) mails (state, age)`
    await withClient(ownerOf(server.config.databaseUrl ?? ''), (client) => client.query(insert))
    const text = await page()
    expect(text).toMatch(/^lethe_queue_waiting\{queue="mails"\} 2$/m)
    expect(text).toMatch(/^lethe_queue_oldest_seconds\{queue="mails"\} 540\d(\.\d+)?$/m)
    expect(text).toMatch(/^lethe_queue_given_up\{queue="mails"\} 1$/m)
  })
})

test('the erasure ledger is measured: how far behind it database and keys are', async () => {
  expect(await page()).toMatch(/^lethe_ledger_behind 0$/m)
  await server.work.ledger.append('fingerprints_lifted', {})
  expect(await page()).toMatch(/^lethe_ledger_behind 1$/m)
})

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, chown, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../src/database/cluster.ts'
import { systemUser } from '../../src/database/system-user.ts'
import { freshDatabase, ownerOf, withClient } from '../support/database.ts'
import { databaseEnvironment } from '../support/environment.ts'
import { type Served, signedIn, startServed } from '../support/served.ts'
import { ask as askAs, createContact } from './asking.ts'

const program = await installed(['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/opt/homebrew/bin/pgbouncer'])

async function installed(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path
  }
  return undefined
}

// Far fewer than there are callers at once, so that connections really change hands.
const poolSize = 3

type Bouncer = { url: string; ask: (command: string) => Promise<Record<string, unknown>[]>; stop: () => Promise<void> }

/** PgBouncer in transaction mode before a database, as the README has it set up. */
async function startBouncer(direct: string): Promise<Bouncer> {
  const { hostname, port, username, password, pathname } = new URL(direct)
  const folder = await mkdtemp(join(tmpdir(), 'lethe-pgbouncer-'))
  const own = await freePort()
  const file = join(folder, 'pgbouncer.ini')
  const settings = `[databases]
lethe = host=${hostname} port=${port} dbname=${pathname.slice(1)} user=${username} password=${decodeURIComponent(password)}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
unix_socket_dir =
auth_type = any
admin_users = admin
pool_mode = transaction
default_pool_size = ${poolSize}
max_client_conn = 100
logfile = ${join(folder, 'log')}
`
  await writeFile(file, settings)
  // It refuses to run as root, as PostgreSQL does.
  const { ids, prefix } = await systemUser(program ?? '', folder)
  if (ids) await chown(file, ids.uid, ids.gid)
  const [command = '', ...rest] = [...prefix, program ?? '', file]
  const child: ChildProcess = spawn(command, rest, { ...(prefix.length === 0 && ids), cwd: '/', stdio: 'ignore' })
  const admin = `postgresql://admin@127.0.0.1:${own}/pgbouncer`
  const ask = (command: string) => withClient(admin, async (client) => (await client.query(command)).rows)
  for (let tries = 0; ; tries++) {
    const up = await ask('SHOW VERSION').then(
      () => true,
      () => false,
    )
    if (up) break
    if (tries > 100 || child.exitCode !== null) throw new Error('PgBouncer does not answer')
    await new Promise((done) => setTimeout(done, 50))
  }
  return {
    url: `postgresql://${username}@127.0.0.1:${own}/lethe`,
    ask,
    stop: async () => {
      const gone = once(child, 'exit')
      child.kill('SIGINT')
      await gone
    },
  }
}

describe.skipIf(!program)('PgBouncer in transaction mode (left out where it is not installed on this machine)', () => {
  let direct: string
  let bouncer: Bouncer
  let product: Served
  let caller: Record<string, string>

  const settings = () => ({ ...databaseEnvironment(direct), DATABASE_URL: bouncer.url, DATABASE_DIRECT_URL: direct })
  const ask = (query: string, variables: object = {}) => askAs(product, caller, query, variables)
  const create = (givenName: string) => createContact(product, caller, givenName)

  beforeAll(async () => {
    direct = await freshDatabase()
    bouncer = await startBouncer(direct)
  })
  afterAll(async () => {
    await product?.close()
    await bouncer?.stop()
  })

  it('is refused where statements would have no time-out, with what to do', async () => {
    await expect(startServed(settings())).rejects.toThrow(
      /ALTER ROLE "lethe_app" IN DATABASE "test_\w+" SET statement_timeout = '30s';\n\s+ALTER ROLE .* SET synchronous_commit = on;/,
    )
    const database = new URL(direct).pathname.slice(1)
    await withClient(ownerOf(direct), async (owner) => {
      await owner.query(`ALTER ROLE lethe_app IN DATABASE "${database}" SET statement_timeout = '30s'`)
      await owner.query(`ALTER ROLE lethe_app IN DATABASE "${database}" SET synchronous_commit = on`)
    })
    await bouncer.ask('RECONNECT')
  })

  it('is refused if what is behind it is another database', async () => {
    const other = await freshDatabase()
    await expect(
      startServed({
        ...settings(),
        ...databaseEnvironment(other),
        DATABASE_URL: bouncer.url,
        DATABASE_DIRECT_URL: other,
      }),
    ).rejects.toThrow('they must be the same')
  })

  it('serves many at once over few connections', async () => {
    product = await startServed(settings())
    caller = await signedIn(product)
    const ids = await Promise.all(Array.from({ length: 40 }, (_, index) => create(`Ada${index}`)))
    expect(new Set(ids).size).toBe(40)
    const lists = await Promise.all(
      Array.from({ length: 40 }, () =>
        ask('{ contacts(first: 100) { edges { node { id givenName emails { address } } } } }'),
      ),
    )
    for (const { contacts } of lists) expect(contacts.edges.length).toBe(40)
    const pools = await bouncer.ask('SHOW POOLS')
    const [pool] = pools.filter(({ database }) => database === 'lethe')
    expect(Number(pool?.['sv_active']) + Number(pool?.['sv_idle']) + Number(pool?.['sv_used'])).toBeLessThanOrEqual(
      poolSize,
    )
    const [stats] = (await bouncer.ask('SHOW STATS')).filter(({ database }) => database === 'lethe')
    expect(Number(stats?.['total_xact_count'])).toBeGreaterThan(80)
  })

  it('keeps changes of one contact apart, and puts them into the tree of the log', async () => {
    const id = await create('Grace')
    const update = 'mutation ($input: UpdateContactInput!) { updateContact(input: $input) { version } }'
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        product.ask(update, { input: { id, version: 1, familyName: `Hopper${index}` } }, caller),
      ),
    )
    const made = answers.map(({ body }) => JSON.parse(body)).filter(({ errors }) => !errors)
    expect(made.length).toBe(1) // The others knew an older version.
    await expect
      .poll(async () => (await product.get('/metrics')).body, { timeout: 20_000 })
      .toMatch(/^lethe_audit_oldest_seconds 0$/m)
  })

  it('executes an erasure, of which workers hear at once and only one takes it', async () => {
    const id = await create('Gone')
    const erase = 'mutation ($input: RequestErasureInput!) { requestErasure(input: $input) { id state } }'
    await ask(erase, { input: { contactId: id, ground: 'NO_LONGER_NEEDED', executeWhenApproved: true } })
    await expect
      .poll(async () => (await ask('query ($id: ID!) { contact(id: $id) { id } }', { id })).contact, {
        timeout: 30_000,
      })
      .toBeNull()
    // Its keys are destroyed, too.
    await expect
      .poll(async () => (await product.get('/metrics')).body, { timeout: 20_000 })
      .toMatch(/^lethe_ledger_behind 0$/m)
  })

  it('cuts off statements as the settings of the user say', async () => {
    await withClient(bouncer.url, async (client) => {
      const { rows } = await client.query('SHOW statement_timeout')
      expect(rows).toEqual([{ statement_timeout: '30s' }])
    })
  })

  it('has no fault to tell of', () => {
    const faults = product.logged.filter(
      ({ level, msg }) => Number(level) >= 40 && !String(msg).startsWith('no backups'),
    )
    expect(faults).toEqual([])
  })
})

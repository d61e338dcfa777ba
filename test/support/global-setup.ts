import { mkdir, mkdtemp, readdir, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { type EmbeddedServer, startEmbedded } from '../../src/database/embedded.ts'
import { prepareDatabase, prepareRoles } from '../../src/database/embedded-roles.ts'
import { addLogPartitions } from '../../src/database/log-partitions.ts'
import { keystoreMigrations, migrate } from '../../src/database/migrate.ts'
import { grantTo } from '../../src/database/privileges/grants.ts'
import { withClient } from './database.ts'
import { migrateFixture } from './fixture-schema.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The server's address, with `{database}` for a database's name, as the superuser. */
    serverUrl: string
    /** A key store that all tests share: contacts have ids of their own. */
    keystoreUrl: string
    /** A folder, in which the erasure ledger of each database has one. */
    ledgers: string
  }
}

/** One PostgreSQL for the whole run, in memory as far as it can be, with a template that each test file copies. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const place = await roomyFolder()
  await sweep(place)
  const folder = await mkdtemp(join(place, prefix))
  // Whatever tests and the processes that they start keep for a while lies there, too, and goes with it.
  await mkdir(join(folder, 'tmp'))
  process.env['TMPDIR'] = join(folder, 'tmp')
  // And what installations keep outside of their data folder.
  process.env['XDG_STATE_HOME'] = join(folder, 'tmp', 'state')
  // Half of what it takes a process to start is to compile the product; those started by `lethe` keep that in the same place.
  process.env['NODE_COMPILE_CACHE'] ??= join(
    import.meta.dirname,
    '..',
    '..',
    'node_modules',
    '.cache',
    'lethe-compiled',
  )
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' }
  const server = await startEmbedded({ folder: join(folder, 'postgres'), settings })
  const stop = async () => {
    await server.release()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await makeTemplates(server)
  } catch (error) {
    await stop()
    throw error
  }
  project.provide('serverUrl', server.url('{database}'))
  project.provide('ledgers', join(folder, 'ledgers'))
  project.provide('keystoreUrl', server.url('keys_of_all', 'lethe_keys'))
  return stop
}

const prefix = `lethe-test-${process.pid}-`

// Far more than the databases of the files that run, and what browsers keep.
const room = 4 * 1024 ** 3

/** A folder in memory where there is one with room, as on Linux: a disk takes ten times as long to copy a database. */
async function roomyFolder() {
  const memory = '/dev/shm'
  try {
    const { bavail, bsize } = await statfs(memory)
    return bavail * bsize > room ? memory : tmpdir()
  } catch {
    return tmpdir() // Other systems have none.
  }
}

/** Removes what runs left that were killed. Their PostgreSQL ends by itself within a minute, once its files are gone. */
async function sweep(place: string) {
  for (const name of await readdir(place)) {
    const [, run] = /^lethe-test-(\d+)-/.exec(name) ?? []
    if (run && !isAlive(Number(run))) await rm(join(place, name), { recursive: true, force: true })
  }
}

function isAlive(run: number) {
  try {
    return process.kill(run, 0)
  } catch {
    return false
  }
}

async function makeTemplates(server: EmbeddedServer) {
  await prepareRoles(server)
  await withClient(server.url('postgres'), async (client) => {
    await prepareDatabase(client, 'template_lethe', { owner: 'lethe', user: 'lethe_app' })
    await migrate(server.url('template_lethe'))
    await migrateFixture(server.url('template_lethe'))
    await withClient(server.url('template_lethe'), async (owner) => {
      await addLogPartitions(owner)
      await grantTo(owner, 'lethe_app')
    })

    await prepareDatabase(client, 'template_keys', { owner: 'lethe_keys' })
    await migrate(server.url('template_keys', 'lethe_keys'), keystoreMigrations)
    await prepareDatabase(client, 'keys_of_all', { owner: 'lethe_keys', template: 'template_keys' })
    // Nobody may hold them open while they are copied.
    for (const template of ['template_lethe', 'template_keys']) {
      await client.query(`ALTER DATABASE ${template} ALLOW_CONNECTIONS false`)
    }
  })
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startEmbedded } from '../../src/database/embedded.ts'
import { migrate } from '../../src/database/migrate.ts'
import { withClient } from './database.ts'
import { migrateFixture } from './fixture-schema.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The server's address, with `{database}` for a database's name. */
    serverUrl: string
  }
}

/** One PostgreSQL for the whole run, in memory as far as it can be, with a template that each test file copies. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'lethe-test-'))
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' }
  const server = await startEmbedded({ folder: join(folder, 'postgres'), settings })
  await withClient(server.url('postgres'), (client) => client.query('CREATE DATABASE template_lethe'))
  await migrate(server.url('template_lethe'))
  await migrateFixture(server.url('template_lethe'))
  // Nobody may hold it open while it is copied.
  await withClient(server.url('postgres'), (client) =>
    client.query('ALTER DATABASE template_lethe ALLOW_CONNECTIONS false'),
  )
  project.provide('serverUrl', server.url('{database}'))
  return async () => {
    await server.release()
    await rm(folder, { recursive: true, force: true })
  }
}

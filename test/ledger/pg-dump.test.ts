import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../src/database/cluster.ts'
import { createContact } from '../../src/modules/contacts/create.ts'
import { beginningOf } from '../../src/modules/hooks.ts'
import { bootstrapIdentity } from '../../src/modules/identity/access/bootstrap.ts'
import { modules } from '../../src/modules/index.ts'
import { databaseEnvironment } from '../support/environment.ts'
import { lethe } from '../support/lethe.ts'
import { type AnotherPostgres, installedPrograms, startAnother } from './another-postgres.ts'
import { seenFromTheStart } from './asking.ts'
import { admin, configOf, erase, within } from './history.ts'
import { freshFolder } from './support.ts'

// With the tools of PostgreSQL itself, on a server of its own, whose owner is no superuser.

const programs = await installedPrograms()

describe.skipIf(!programs)('a PostgreSQL of its own (left out where none is installed on this machine)', () => {
  let server: AnotherPostgres
  let ledger: string
  let folder: string
  const dumpOf = (moment: number) => join(folder, `${moment}.dump`)
  const settings = () => ({ DATABASE_OWNER_URL: server.url('lethe', 'lethe_owner') })
  const open = async () =>
    configOf(server.url('lethe'), server.url('lethe_keys', 'lethe_keys'), ledger, {
      ...settings(),
      PORT: String(await freePort()),
    })

  beforeAll(async () => {
    server = await startAnother(programs ?? '')
    ledger = await freshFolder()
    folder = await freshFolder().then((path) => join(path, '..'))
    await server.makeDatabase('lethe')
    await server.makeKeystore('lethe_keys')
    const erased = await within(await open(), async (context) => {
      await bootstrapIdentity(context, admin, beginningOf(modules))
      await createContact(context, { givenName: 'kept' }, {})
      return [
        await createContact(context, { givenName: 'erased1' }, {}),
        await createContact(context, { givenName: 'erased2' }, {}),
      ]
    })
    for (const [moment, contactId] of erased.entries()) {
      await server.dump('lethe', dumpOf(moment))
      await within(await open(), (context) => erase(context, contactId))
    }
  })
  afterAll(async () => {
    await server?.stop()
    if (folder) await rm(folder, { recursive: true, force: true })
  })

  it.each([0, 1])('put back by pg_restore from dump %i, erases again before it answers anybody', async (moment) => {
    await server.restore('lethe', dumpOf(moment))
    const { names, answeredBefore, said } = await seenFromTheStart(await open())
    expect(names).toEqual(['kept'])
    expect(answeredBefore).toBe(0)
    expect(said).toContain(`was erased again (${2 - moment} entries)`)
  })

  it('is backed up, restored into an empty database, and scrubbed by its owner', async () => {
    const environment = (database: string) => ({
      ...databaseEnvironment(server.url(database)),
      KEYSTORE_URL: server.url('lethe_keys', 'lethe_keys'),
      DATABASE_OWNER_URL: server.url(database, 'lethe_owner'),
      LETHE_LEDGER: ledger,
      LETHE_DATA: join(folder, database),
      LETHE_SECRET: 'a secret of thirty-two letters and more',
      LETHE_BACKUP_PASSPHRASE: 'correct horse battery staple',
    })
    const run = async (database: string, ...args: string[]) => {
      const { code, stdout, stderr } = await lethe(args, environment(database)).done
      return { code, said: stdout + stderr }
    }
    const path = join(folder, 'external.age')
    expect(await run('lethe', 'backup', path)).toMatchObject({ code: 0 })
    await server.makeDatabase('copy')
    expect(await run('copy', 'restore', path)).toMatchObject({ code: 0, said: expect.stringMatching(/: 1 contacts, /) })
    // Statistics of tables that are empty now only a superuser removes before version 18, which it tells.
    const { said } = await run('copy', 'scrub')
    const faults = said.split('\n').filter((line) => /may|in use|open|again/.test(line))
    expect(faults.filter((line) => !line.includes('what the planner noted'))).toEqual([])
  }, 600_000)
})

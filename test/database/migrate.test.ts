import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { keystoreMigrations, mainMigrations, migrate, outstandingMigrations } from '../../src/database/migrate.ts'
import { freshKeystore, ownerOf, serverUrl, withClient } from '../support/database.ts'
import { makeInstallation } from './installation.ts'

const numberOf = async (folder: string) => (await readdir(folder)).length

test('an empty database is brought up to date by its owner, and nobody else', async () => {
  const { url, user, open } = await makeInstallation({ empty: true })
  await expect(open()).rejects.toThrow(
    new RegExp(`which its owner has to do: "${user}" owns nothing. Set DATABASE_OWNER_URL for one start`),
  )
  expect(await open({ owner: true })).toEqual([
    `The database is up to date (${await numberOf(mainMigrations)} steps done).`,
  ])
  expect(await open()).toEqual([])
  expect(await outstandingMigrations(url)).toEqual([])
})

test('of many processes that start at once, those who know the owner work, and the others too, or say what they wait for', async () => {
  const { open } = await makeInstallation({ empty: true })
  const starts = await Promise.allSettled([open(), ...Array.from({ length: 4 }, () => open({ owner: true })), open()])
  const [first, ...owners] = starts.slice(0, 5)
  expect(owners.map(({ status }) => status)).toEqual(Array(4).fill('fulfilled'))
  for (const start of [first, starts[5]]) {
    if (start?.status === 'rejected') expect(start.reason.message).toContain('has to be brought up to this version')
  }
  expect(await open()).toEqual([])
})

test('the owner has to own that very database, as another user', async () => {
  const { open, url, database } = await makeInstallation()
  await expect(open({ owner: url })).rejects.toThrow('DATABASE_URL and DATABASE_OWNER_URL have the same user')
  await expect(open({ owner: serverUrl('postgres') })).rejects.toThrow(
    `DATABASE_OWNER_URL leads to the database "postgres" and DATABASE_URL to "${database}": they must be the same.`,
  )
  const wrong = Object.assign(new URL(ownerOf(url)), { password: 'hunter2' }).href
  await expect(open({ owner: wrong })).rejects.toThrow(
    `doesn't accept the password of the user "lethe". Check user and password. (setting DATABASE_OWNER_URL)`,
  )
})

test('a database of a newer version is refused, with its owner or without', async () => {
  const { open, administer } = await makeInstallation()
  await administer(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('x', '', '29991231000000_later', now())`,
  )
  for (const owner of [true, false]) {
    await expect(open({ owner })).rejects.toThrow('belongs to a newer version of Lethe (it has 29991231000000_later)')
  }
})

describe('a migration that fails', () => {
  let folder: string
  let url: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lethe-migrations-'))
    url = ownerOf((await makeInstallation({ empty: true })).url)
  })
  afterEach(() => rm(folder, { recursive: true }))

  const write = async (name: string, sql: string) => {
    await mkdir(join(folder, name))
    await writeFile(join(folder, name, 'migration.sql'), sql)
  }

  test('says why, leaves nothing behind, and is done once its cause is mended', async () => {
    await write('1_first', 'CREATE TABLE first ()')
    await write('2_second', 'CREATE TABLE second (); SELECT * FROM not_there; -- and so on')
    for (const _time of [1, 2]) {
      await expect(migrate(url, folder)).rejects.toThrow(
        `The database can't be brought up to this version: relation "not_there" does not exist`,
      )
    }
    await withClient(url, async (client) => {
      await expect(client.query('SELECT FROM second')).rejects.toThrow('does not exist')
      await client.query('CREATE TABLE not_there ()')
    })
    expect(await migrate(url, folder)).toEqual(['2_second'])
    expect(await migrate(url, folder)).toEqual([])
  })

  test('to be noted has been noted all the same, and is not done again', async () => {
    await write(
      '1_first',
      `CREATE TABLE first ();
       CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'killed'; END $$;
       CREATE TRIGGER die BEFORE UPDATE OF applied_steps_count ON _prisma_migrations FOR EACH ROW EXECUTE FUNCTION die();`,
    )
    await expect(migrate(url, folder)).rejects.toThrow("can't be brought up to this version")
    expect(await migrate(url, folder)).toEqual([])
  })
})

test('the key store is brought up to date by itself', async () => {
  const { open } = await makeInstallation()
  const keystoreUrl = await freshKeystore()
  expect(await outstandingMigrations(keystoreUrl, keystoreMigrations)).toEqual([])
  await withClient(keystoreUrl, (client) => client.query('DROP OWNED BY CURRENT_USER'))
  const steps = await numberOf(keystoreMigrations)
  expect(await open({ keystoreUrl })).toEqual([`The database is up to date (${steps} steps done).`])
  expect(await migrate(keystoreUrl, keystoreMigrations)).toEqual([])
})

test('a key store that can not be reached is named', async () => {
  const { open } = await makeInstallation()
  const keystoreUrl = serverUrl('not_there', 'lethe_keys')
  await expect(open({ keystoreUrl })).rejects.toThrow(/has no database "not_there".*\(setting KEYSTORE_URL\)/)
})

import { randomUUID } from 'node:crypto'
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { v7 as uuidv7 } from 'uuid'
import { beforeAll, expect, test } from 'vitest'
import { prepareDatabase } from '../../src/database/embedded-roles.ts'
import { migrate } from '../../src/database/migrate.ts'
import { sealEarlierEntries } from '../../src/modules/audit/seal-earlier.ts'
import { serverUrl, withClient } from '../support/database.ts'
import { sharedKeys } from '../support/keys.ts'
import { openEntry } from '../support/log.ts'

const migrations = join(import.meta.dirname, '..', '..', 'prisma', 'migrations')
const [ada, grace] = [uuidv7(), uuidv7()]
const user = uuidv7()
let ownerUrl: string

/** An installation of the version before values were sealed and entries numbered, brought up to this one. */
beforeAll(async () => {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await withClient(serverUrl('postgres'), (client) =>
    prepareDatabase(client, name, { owner: 'lethe', user: 'lethe_app' }),
  )
  ownerUrl = serverUrl(name)
  const earlier = await mkdtemp(join(tmpdir(), 'lethe-migrations-'))
  for (const folder of await readdir(migrations)) {
    if (folder < '20261124') await cp(join(migrations, folder), join(earlier, folder), { recursive: true })
  }
  await migrate(ownerUrl, earlier)
  await rm(earlier, { recursive: true })
  await withClient(ownerUrl, async (client) => {
    const about = `INSERT INTO audit_entry (contact_id, id, request_id, actor_kind, action, operation, entity, entity_id, fields, "values")
      VALUES ($1, $2, '', 'system', 'updated', 'updateContact', 'Contact', $1, '{givenName}', $3)`
    for (const [contact, name] of [
      [ada, 'Ada'],
      [grace, 'Grace'],
      [ada, 'Augusta'],
    ]) {
      await client.query(about, [contact, uuidv7(), JSON.stringify({ givenName: { new: name } })])
    }
    await client.query(
      `INSERT INTO system_audit_entry (id, request_id, actor_kind, action, operation, entity, entity_id, fields, "values")
       VALUES ($1, '', 'system', 'created', 'createUser', 'User', $2, '{name}', '{"name": {"new": "Lise"}}')`,
      [uuidv7(), user],
    )
  })
  await migrate(ownerUrl)
})

const entries = (table: string) =>
  withClient(ownerUrl, async (client) => (await client.query(`SELECT * FROM ${table} ORDER BY id`)).rows)

test('numbers the entries of each contact in their order', async () => {
  const numbers = (await entries('audit_entry')).map((row) => [row.contact_id, row.sequence])
  expect(numbers).toEqual([
    [ada, '1'],
    [grace, '1'],
    [ada, '2'],
  ])
})

test('seals what they say, once, and leaves the log as fixed as it was', async () => {
  const installation = { url: ownerUrl, ownerUrl }
  expect(await sealEarlierEntries(installation, sharedKeys)).toBe(4)
  expect(await sealEarlierEntries(installation, sharedKeys)).toBe(0)
  const aboutContacts = await entries('audit_entry')
  const opened = await Promise.all(
    aboutContacts.map(({ id, contact_id, values }) => openEntry(sharedKeys, { id, contactId: contact_id, values })),
  )
  expect(opened).toEqual(['Ada', 'Grace', 'Augusta'].map((name) => ({ givenName: { new: name } })))
  const [other] = await entries('system_audit_entry')
  expect(await openEntry(sharedKeys, other)).toEqual({ name: { new: 'Lise' } })
  for (const { values } of [...aboutContacts, other])
    expect(values.toString('latin1')).not.toMatch(/Ada|Grace|Aug|Lise/)
  await withClient(ownerUrl, async (client) => {
    const change = client.query(`UPDATE audit_entry SET "values" = NULL`)
    await expect(change).rejects.toMatchObject({ code: 'LE001' })
  })
})

test('lets no process go on that read them before, as they were', async () => {
  await withClient(ownerUrl, async (client) => {
    const plainEntry = `INSERT INTO system_audit_entry (id, request_id, actor_kind, action, operation, entity, entity_id, fields, "values")
       VALUES ($1, '', 'system', 'created', 'upgrade', 'User', $2, '{name}', '{"name": {"new": "Maria"}}')`
    await client.query(plainEntry, [uuidv7(), user])
    await client.query(
      "UPDATE audit_sequencer SET holder = gen_random_uuid(), lease_until = now() + interval '5 seconds'",
    )
    const lease = async () => (await client.query('SELECT holder, term FROM audit_sequencer')).rows[0]
    const { term } = await lease()
    expect(await sealEarlierEntries({ url: ownerUrl, ownerUrl }, sharedKeys)).toBe(1)
    expect(await lease()).toEqual({ holder: null, term: String(Number(term) + 1) })
  })
})

test('asks for the owner of the database, whom alone the log lets do so', async () => {
  await withClient(ownerUrl, (client) =>
    client.query(
      `INSERT INTO system_audit_entry (id, request_id, actor_kind, action, operation, entity, entity_id, fields, "values")
       VALUES ($1, '', 'system', 'created', 'upgrade', 'User', $2, '{name}', '{"name": {"new": "Emmy"}}')`,
      [uuidv7(), user],
    ),
  )
  const application = { url: ownerUrl, ownerUrl: undefined }
  await expect(sealEarlierEntries(application, sharedKeys)).rejects.toThrow('DATABASE_OWNER_URL')
})

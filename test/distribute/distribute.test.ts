import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { readCatalogue } from '../../src/database/distribute/catalogue.ts'
import { distribute } from '../../src/database/distribute/distribute.ts'
import { modules } from '../../src/modules/index.ts'
import { type Bureau, openBureau } from '../erasure/engine-support.ts'
import { beginDatabase, startTestApp } from '../support/app.ts'
import { freshDatabase, ownerOf, pastTheGuards, withClient } from '../support/database.ts'
import { lethe } from '../support/lethe.ts'
import { rulesOfCitus } from './citus.ts'

// Several machines, by Citus: judged by the catalogue, and moved by its rules, since Citus itself is nowhere to be had here.

const asOwner = <T>(url: string, text: string, values: unknown[] = []) =>
  withClient(ownerOf(url), async (client) => (await client.query(text, values)).rows as T[])

describe('what the catalogue says', () => {
  let url: string
  beforeAll(async () => {
    url = await freshDatabase()
  })

  test('every table about a contact can be distributed by it', async () => {
    const { tables, faults } = await withClient(ownerOf(url), readCatalogue)
    expect(faults).toEqual([])
    const rows = await asOwner<{ name: string }>(
      url,
      `SELECT table_name AS name FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
       WHERE table_schema = 'public' AND column_name = 'contact_id' AND table_type = 'BASE TABLE'
         AND table_name NOT IN (SELECT inhrelid::regclass::text FROM pg_inherits)`,
    )
    const about = rows.map(({ name }) => name)
    const placed = new Map(tables.map(({ table, place }) => [table, place]))
    // What is there once among all contacts, in small tables of its own; the tree, which is one; and mails, also those to others.
    const others = ['audit_leaf', 'field_claim', 'import_key', 'order_key', 'outgoing_mail']
    expect(about.filter((name) => placed.get(name) !== 'distributed').sort()).toEqual(others)
    expect(about.length).toBeGreaterThan(45)
    expect(placed.get('loyalty_points')).toBe('distributed') // A module's that knows nothing of all this.
  })

  test('what rows about contacts refer to is on each machine, the rest on the coordinator', async () => {
    const { tables } = await withClient(ownerOf(url), readCatalogue)
    const placed = new Map(tables.map(({ table, place }) => [table, place]))
    expect(['purpose', 'notice', 'document'].map((table) => placed.get(table))).toEqual(Array(3).fill('everywhere'))
    expect(['session', 'system_audit_entry', 'audit_leaf'].map((table) => placed.get(table))).toEqual(
      Array(3).fill('coordinator'),
    )
  })

  test.each([
    ['CREATE TABLE stray (contact_id uuid)', 'stray.contact_id may be null.'],
    [
      'CREATE TABLE stray (id uuid PRIMARY KEY, contact_id uuid NOT NULL)',
      'The unique index stray_pkey of stray lacks contact_id.',
    ],
    ['CREATE UNIQUE INDEX once ON contact (given_name)', 'The unique index once of contact lacks contact_id.'],
    [
      'ALTER TABLE contact_point ADD EXCLUDE (value WITH =)',
      'The unique index contact_point_value_excl of contact_point lacks contact_id.',
    ],
    [
      'CREATE TABLE stray (id uuid PRIMARY KEY, other_id uuid REFERENCES contact (contact_id))',
      'stray_other_id_fkey leads from stray, which is about no contact, to contact.',
    ],
    [
      'CREATE TABLE stray (contact_id uuid NOT NULL, other_id uuid REFERENCES contact (contact_id), PRIMARY KEY (contact_id))',
      'stray_other_id_fkey of stray leads to contact past contact_id.',
    ],
    [
      'CREATE TABLE stray (contact_id uuid PRIMARY KEY REFERENCES contact (contact_id) ON DELETE SET NULL)',
      'stray_contact_id_fkey of stray would empty contact_id.',
    ],
  ])('tells of what could not be: %s', async (statement, fault) => {
    await withClient(ownerOf(url), async (client) => {
      await client.query('BEGIN')
      await client.query(statement)
      expect((await readCatalogue(client)).faults).toEqual([fault])
      await client.query('ROLLBACK')
    })
  })
})

describe('an installation', () => {
  let bureau: Bureau
  let url: string
  beforeAll(async () => {
    url = await beginDatabase(modules)
  })
  afterAll(() => bureau?.close())

  const settings = ['citus.enable_unsafe_triggers', 'citus.allow_nested_distributed_execution']
  const database = () => new URL(url).pathname.slice(1)
  const move = () => withClient(ownerOf(url), (owner) => distribute(owner, { shards: 32 }))
  const placed = () =>
    asOwner<{ name: string; place: string }>(
      url,
      'SELECT logicalrelid::text AS name, partmethod AS place FROM rules.pg_dist_partition',
    )

  test('is told what is missing, and is left as it was', async () => {
    await expect(move()).rejects.toThrow('The database has no Citus')
    await asOwner(url, `${rulesOfCitus}; ALTER DATABASE ${database()} SET search_path = public, rules`)
    await expect(move()).rejects.toThrow(
      `ALTER SYSTEM SET ${settings[0]} = on;\n  ALTER SYSTEM SET ${settings[1]} = on;`,
    )
    expect(await placed()).toEqual([])
  })

  test('is not moved while a server works with it', async () => {
    for (const name of settings) await asOwner(url, `ALTER DATABASE ${database()} SET ${name} = 'on'`)
    const server = await startTestApp({ databaseUrl: url })
    await expect(move()).rejects.toThrow('A Lethe works with this database. Stop it first')
    expect(await placed()).toEqual([])
    await server.close()
  })

  test('goes on where it was interrupted, in an order that Citus takes, once', async () => {
    // As if the machine went away in the middle.
    await asOwner(
      url,
      `CREATE FUNCTION rules.stop() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN IF NEW.logicalrelid = 'legal_hold'::regclass THEN RAISE 'no more room'; END IF; RETURN NEW; END $$;
       CREATE TRIGGER stop BEFORE INSERT ON rules.pg_dist_partition FOR EACH ROW EXECUTE FUNCTION rules.stop()`,
    )
    await expect(move()).rejects.toThrow('no more room')
    const half = (await placed()).length
    expect(half).toBeGreaterThan(10)
    await asOwner(url, 'DROP TRIGGER stop ON rules.pg_dist_partition')
    const { before, distributed, everywhere, coordinator } = await move()
    expect(before).toBe(half)
    expect(await placed()).toHaveLength(before + distributed + everywhere + coordinator)
    expect((await placed()).filter(({ place }) => place === 'h').length).toBeGreaterThan(40)
    expect(await move()).toMatchObject({
      before: (await placed()).length,
      distributed: 0,
      everywhere: 0,
      coordinator: 0,
    })
  })

  test('erases what only foreign keys led to before', async () => {
    bureau = await openBureau({ databaseUrl: url })
    const contactId = await bureau.contact()
    await pastTheGuards(url, "INSERT INTO field_claim (field, value, contact_id) VALUES ('number', '1', $1)", [
      contactId,
    ])
    await pastTheGuards(url, "INSERT INTO import_key (key, contact_id) VALUES ('crm 1', $1)", [contactId])
    await pastTheGuards(url, "INSERT INTO order_key (key, contact_id, order_id) VALUES ('shop 1', $1, $2)", [
      contactId,
      randomUUID(),
    ])
    await bureau.erase([contactId])
    for (const table of ['field_claim', 'import_key', 'order_key', 'outgoing_mail', 'contact_point']) {
      expect(await asOwner(url, `SELECT FROM ${table} WHERE contact_id = $1`, [contactId])).toEqual([])
    }
  })

  test('is moved at the command line, by whoever owns its tables', async () => {
    await bureau.close()
    const settings = { DATABASE_URL: url, KEYSTORE_URL: inject('keystoreUrl'), LETHE_DATA: bureau.config.data }
    expect(await lethe(['distribute'], settings).done).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('set DATABASE_OWNER_URL'),
    })
    const { code, stdout } = await lethe(['distribute'], { ...settings, DATABASE_OWNER_URL: ownerOf(url) }).done
    const number = (await placed()).length
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `0 tables are distributed by contact, 0 are on each machine, 0 on the coordinator; ${number} were so before.\n`,
    })
    const wrong = await lethe(['distribute', '--shards', '0'], settings).done
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('a number from 1 to 4096') })
  })
})

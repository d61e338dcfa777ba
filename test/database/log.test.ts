import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { logTables } from '../../src/database/privileges/tables.ts'
import { freshDatabase, ownerOf, withClient } from '../support/database.ts'
import { addRow, describeTable, type LogTable, stateOf } from './log-tables.ts'

// What PostgreSQL itself does for the log, whoever asks. `table` stands for each table of the log, `key` and `column` for its.

let url: string
let untouched: unknown[]
const tables = new Map<string, LogTable>()

/** As PostgreSQL keeps them: what is done to a table is done to its parts, and each part could be tried by itself. */
const kept = [...logTables, 'audit_entry_before']

const state = () => withClient(ownerOf(url), (client) => stateOf(client, logTables))

beforeAll(async () => {
  url = await freshDatabase()
  await withClient(ownerOf(url), async (client) => {
    for (const name of kept) tables.set(name, await describeTable(client, name))
    for (const name of logTables) await addRow(client, name)
  })
  untouched = await state()
})
afterAll(async () => expect(await state()).toEqual(untouched))

/** An attack upon one table; the statements are one transaction. */
const aimed = (attack: string, name: string) => {
  const { key = [], column = '', keyTypes = '' } = tables.get(name) ?? {}
  return attack
    .replaceAll('<fixed>', `${name.replace('_before', '')}_fixed`)
    .replaceAll('<table>', name)
    .replaceAll('<column>', column)
    .replaceAll('<key>', key.join(', '))
    .replaceAll('<key types>', keyTypes)
    .replaceAll('<same row>', key.map((part) => `s.${part} = t.${part}`).join(' AND '))
}

// What the triggers refuse to everybody.
const changes = [
  'UPDATE <table> SET <column> = <column>',
  'DELETE FROM <table>',
  'TRUNCATE <table>',
  'TRUNCATE <table> CASCADE',
  'TRUNCATE ONLY <table> RESTART IDENTITY',
  'WITH gone AS (DELETE FROM <table> RETURNING *) SELECT count(*) FROM gone',
  'INSERT INTO <table> SELECT * FROM <table> ON CONFLICT (<key>) DO UPDATE SET <column> = EXCLUDED.<column>',
  'MERGE INTO <table> t USING <table> s ON <same row> WHEN MATCHED THEN UPDATE SET <column> = s.<column>',
  'MERGE INTO <table> t USING <table> s ON <same row> WHEN MATCHED THEN DELETE',
  "DO $$ BEGIN EXECUTE 'DELETE FROM <table>'; END $$",
  'PREPARE gone AS DELETE FROM <table>; EXECUTE gone',
  'SET CONSTRAINTS ALL DEFERRED; DELETE FROM <table>',
]

// What an owner could try without taking the guards away.
const waysRound = [
  'CREATE VIEW v AS SELECT * FROM <table>; UPDATE v SET <column> = <column>',
  'CREATE VIEW v AS SELECT * FROM <table>; DELETE FROM v',
  'CREATE TABLE parent (LIKE <table>); ALTER TABLE <table> INHERIT parent; DELETE FROM parent',
  'CREATE TABLE parent (LIKE <table>); ALTER TABLE <table> INHERIT parent; TRUNCATE parent',
  'CREATE TABLE parent (LIKE <table>) PARTITION BY HASH (<key>); ALTER TABLE parent ATTACH PARTITION <table> FOR VALUES WITH (MODULUS 1, REMAINDER 0); DELETE FROM parent',
  'CREATE TABLE parent (LIKE <table>) PARTITION BY HASH (<key>); ALTER TABLE parent ATTACH PARTITION <table> FOR VALUES WITH (MODULUS 1, REMAINDER 0); TRUNCATE parent',
  'CREATE TABLE other AS SELECT <key> FROM <table>; ALTER TABLE other ADD PRIMARY KEY (<key>); ALTER TABLE <table> ADD FOREIGN KEY (<key>) REFERENCES other ON DELETE CASCADE; DELETE FROM other',
  'CREATE TABLE other AS SELECT <key> FROM <table>; ALTER TABLE other ADD PRIMARY KEY (<key>); ALTER TABLE <table> ADD FOREIGN KEY (<key>) REFERENCES other; TRUNCATE other CASCADE',
  'CREATE RULE swap AS ON INSERT TO contact DO ALSO DELETE FROM <table>; INSERT INTO contact (contact_id) VALUES (gen_random_uuid())',
  'SET session_replication_role = local; DELETE FROM <table>',
  'SET search_path = pg_temp; CREATE FUNCTION pg_temp.audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$; DELETE FROM public.<table>',
]

// What somebody could try who has the application's connection.
const breakingOut = [
  ...['UPDATE', 'NO KEY UPDATE', 'SHARE', 'KEY SHARE'].map((lock) => `SELECT FROM <table> FOR ${lock}`),
  ...['SHARE', 'EXCLUSIVE', 'ACCESS EXCLUSIVE'].map((mode) => `BEGIN; LOCK TABLE <table> IN ${mode} MODE`),
  ...['ALL', 'USER', '<fixed>'].map((which) => `ALTER TABLE <table> DISABLE TRIGGER ${which}`),
  'ALTER TABLE <table> ENABLE REPLICA TRIGGER <fixed>',
  'ALTER TABLE <table> RENAME TO mislaid',
  'ALTER TABLE <table> SET SCHEMA pg_catalog',
  'ALTER TABLE <table> OWNER TO CURRENT_USER',
  'ALTER TABLE <table> ALTER <column> TYPE text USING NULL',
  'ALTER TABLE <table> DROP COLUMN <column>',
  'ALTER TABLE <table> SET UNLOGGED',
  'DROP TABLE <table> CASCADE',
  'DROP TRIGGER <fixed> ON <table>',
  'DROP FUNCTION audit_refuse_change CASCADE',
  'CREATE OR REPLACE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$; DELETE FROM <table>',
  'CREATE TRIGGER first BEFORE INSERT ON <table> FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
  'CREATE RULE swallow AS ON INSERT TO <table> DO INSTEAD NOTHING',
  'CREATE POLICY hide ON <table> USING (false)',
  'CREATE TABLE child () INHERITS (<table>)',
  'CREATE TABLE other (<key types>, FOREIGN KEY (<key>) REFERENCES <table>)',
  'CREATE VIEW v AS SELECT * FROM <table>; DELETE FROM v',
  'CREATE SCHEMA mine',
  'CREATE TEMP TABLE <table> (LIKE public.<table>)',
  'CREATE TEMP VIEW <table> AS SELECT 1',
  'SELECT * INTO TEMP <table> FROM public.<table>',
  'SET session_replication_role = replica; DELETE FROM <table>',
  "SELECT set_config('session_replication_role', 'replica', true); DELETE FROM <table>",
  'ALTER ROLE CURRENT_USER SET session_replication_role = replica',
  'ALTER ROLE CURRENT_USER SUPERUSER',
  'ALTER SYSTEM SET session_replication_role = replica',
  'SET ROLE lethe; DELETE FROM <table>',
  'SET SESSION AUTHORIZATION lethe; DELETE FROM <table>',
  'GRANT lethe TO CURRENT_USER; DELETE FROM <table>',
  'GRANT ALL ON <table> TO CURRENT_USER; DELETE FROM <table>',
  "UPDATE pg_trigger SET tgenabled = 'D' WHERE tgrelid = '<table>'::regclass",
  "DELETE FROM pg_trigger WHERE tgrelid = '<table>'::regclass",
  "UPDATE pg_class SET relhastriggers = false WHERE oid = '<table>'::regclass",
  "COPY <table> TO '/tmp/lethe-log'",
  "COPY <table> TO PROGRAM 'true'",
  "COPY <table> FROM PROGRAM 'true'",
]

describe.each(kept)('%s', (name) => {
  test.each([...changes, ...waysRound])('is refused to the superuser: %s', async (attack) => {
    const attempt = withClient(ownerOf(url), (client) => client.query(aimed(attack, name)))
    // What is kept in parts, or is one, PostgreSQL itself refuses to treat otherwise.
    const codes = name.startsWith('audit_entry') ? /^(LE001|42809)$/ : /^LE001$/
    await expect(attempt).rejects.toMatchObject({ code: expect.stringMatching(codes) })
  })

  test.each([...changes, ...waysRound, ...breakingOut])('is refused to the application: %s', async (attack) => {
    const attempt = withClient(url, (client) => client.query(aimed(attack, name)))
    // insufficient_privilege, however it got there.
    await expect(attempt).rejects.toMatchObject({ code: '42501' })
  })
})

test.each(['contact', 'contact_point', 'import', 'user_account', 'role', 'role_grant', 'session', 'security_check'])(
  '%s, as all data that is logged, can not be emptied at a stroke: by the application for want of the privilege, by its owner because of the guard',
  async (table) => {
    const statement = `TRUNCATE ${table} CASCADE`
    const asApplication = withClient(url, (client) => client.query(statement))
    await expect(asApplication).rejects.toMatchObject({ code: '42501' })
    const asOwner = withClient(ownerOf(url), (client) => client.query(statement))
    await expect(asOwner).rejects.toMatchObject({ code: 'LE001' })
  },
)

// Keys of what is in it are no entries: they are erased, as the log then tells.
test('every table of the log is known as one', async () => {
  const { rows } = await withClient(ownerOf(url), (client) =>
    client.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename ~ 'audit'
        AND tablename NOT IN ('audit_sequencer', 'audit_key', 'audit_count')
        AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = tablename::regclass)`,
    ),
  )
  expect(rows.map(({ name }) => name).toSorted()).toEqual(logTables.toSorted())
})

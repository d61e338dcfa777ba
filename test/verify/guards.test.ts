import { beforeAll, describe, expect, test } from 'vitest'
import { readMade } from '../../src/database/guards/made.ts'
import { reportLines } from '../../src/modules/audit/verify/report.ts'
import { type Log, makeLog, tampered, verify } from './support.ts'

let log: Log
beforeAll(async () => {
  log = await makeLog({ entries: 1, between: 1 })
})

// What looks like a guard and lets everything pass.
const lookalike = `CREATE SCHEMA evil;
  CREATE FUNCTION evil.audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN coalesce(NEW, OLD); END $$;`
const replaced = (table: string, trigger: string, how: string) =>
  `DROP TRIGGER ${trigger} ON ${table}; CREATE ${how.includes('DEFER') ? 'CONSTRAINT ' : ''}TRIGGER ${trigger} ${how.replace('<table>', `ON ${table}`)}`
const refusing = 'EXECUTE FUNCTION audit_refuse_change()'
const requiring = (...columns: string[]) =>
  `FOR EACH ROW EXECUTE FUNCTION audit_require_entry(${columns.map((column) => `'${column}'`).join()})`

// What keeps entries from getting in, without an error.
const swallowing = `CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
  CREATE TRIGGER a_swallow BEFORE INSERT ON system_audit_entry FOR EACH ROW WHEN (NEW.action = 'refused') EXECUTE FUNCTION swallow()`

const acting = `CREATE FUNCTION fix_log() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN END $$`

test('finds nothing where all is as the migrations made it', async () => {
  expect((await verify(log)).findings).toEqual([])
  expect((await tampered(log, async () => undefined)).findings).toEqual([])
})

describe('tells that a table is another one, instead of reading it', () => {
  test.each([
    [
      'ALTER TABLE audit_entry ALTER sequence TYPE numeric; UPDATE audit_entry SET sequence = sequence + 0.5',
      'sequence of audit_entry is of type numeric and not bigint',
    ],
    ['DROP TABLE audit_node', 'table audit_node is gone'],
    [
      'ALTER TABLE audit_checkpoint RENAME TO other; CREATE VIEW audit_checkpoint AS SELECT * FROM other',
      'table audit_checkpoint is gone',
    ],
    ['ALTER TABLE audit_leaf RENAME contact_id TO other', 'contact_id of audit_leaf is gone'],
  ])('%s', async (statement, told) => {
    const verification = await tampered(log, (client) => client.query(statement))
    expect(verification.findings).toMatchObject([{ kind: 'tableAltered', text: expect.stringContaining(told) }])
    expect(reportLines(verification, 0).join()).toContain('NOT as it was signed')
  })
})

describe('tells that PostgreSQL does not protect the log as it should', () => {
  test.each([
    [
      lookalike +
        replaced(
          'audit_leaf',
          'audit_leaf_fixed',
          'BEFORE UPDATE OR DELETE <table> FOR EACH ROW EXECUTE FUNCTION evil.audit_refuse_change()',
        ),
      'audit_leaf_fixed on audit_leaf',
    ],
    // Even if the schema comes first for everybody.
    [
      `${lookalike}${replaced('audit_leaf', 'audit_leaf_fixed', 'BEFORE UPDATE OR DELETE <table> FOR EACH ROW EXECUTE FUNCTION evil.audit_refuse_change()')}; SET LOCAL search_path = evil, public`,
      'audit_leaf_fixed on audit_leaf',
    ],
    [
      replaced('audit_node', 'audit_node_fixed', `BEFORE INSERT <table> FOR EACH STATEMENT ${refusing}`),
      'audit_node_fixed',
    ],
    [replaced('audit_node', 'audit_node_fixed', `BEFORE UPDATE <table> FOR EACH ROW ${refusing}`), 'audit_node_fixed'],
    [
      replaced('audit_node', 'audit_node_fixed', `AFTER UPDATE OR DELETE <table> FOR EACH STATEMENT ${refusing}`),
      'audit_node_fixed',
    ],
    [
      replaced(
        'audit_entry',
        'audit_entry_fixed',
        `BEFORE UPDATE OF operation OR DELETE <table> FOR EACH ROW ${refusing}`,
      ),
      'audit_entry_fixed',
    ],
    [
      replaced('contact', 'audit_required', `AFTER UPDATE OF version <table> ${requiring('contact_id', 'contact_id')}`),
      'audit_required on contact',
    ],
    [
      replaced(
        'contact',
        'audit_required',
        `AFTER INSERT OR UPDATE OR DELETE <table> DEFERRABLE INITIALLY DEFERRED ${requiring('', 'contact_id')}`,
      ),
      'audit_required on contact',
    ],
    [
      replaced(
        'contact_point',
        'audit_required',
        `AFTER INSERT OR UPDATE OR DELETE <table> DEFERRABLE ${requiring('contact_id', 'id')}`,
      ),
      'audit_required on contact_point',
    ],
    ['DROP TRIGGER audit_required ON import_key', 'audit_required on import_key'],
    ['ALTER FUNCTION audit_require_entry() SET search_path = evil, public', 'audit_require_entry'],
    ['ALTER FUNCTION audit_facets STRICT', 'audit_facets'],
    [
      "CREATE OR REPLACE FUNCTION audit_facets(id uuid, action text, actor_kind text, actor_id uuid, operation text, entity text, fields text[]) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$ SELECT '{}'::text[] $$",
      'audit_facets',
    ],
    [
      "CREATE FUNCTION audit_facets(id uuid, action text, actor_kind text, actor_id uuid, operation text, entity text, fields varchar[]) RETURNS text[] LANGUAGE sql AS $$ SELECT '{}'::text[] $$",
      'audit_facets',
    ],
    [swallowing, 'a_swallow on system_audit_entry'],
    [
      `${swallowing}; ALTER TRIGGER a_swallow ON system_audit_entry RENAME TO access_changed`,
      'access_changed on system_audit_entry',
    ],
    [
      'DROP TRIGGER access_changed ON role_grant; CREATE TRIGGER access_changed BEFORE INSERT ON role_grant FOR EACH ROW EXECUTE FUNCTION access_changed()',
      'access_changed on role_grant',
    ],
    [
      'CREATE RULE swallow AS ON INSERT TO audit_entry DO INSTEAD NOTHING',
      'The rule swallow changes what is done to audit_entry',
    ],
    [
      'CREATE RULE swallow AS ON UPDATE TO contact DO INSTEAD NOTHING',
      'The rule swallow changes what is done to contact',
    ],
    ['ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY', 'Row security hides rows of audit_entry'],
    [
      "CREATE POLICY hide ON system_audit_entry TO lethe_app USING (action <> 'refused')",
      'Row security hides rows of system_audit_entry',
    ],
    ['CREATE TABLE child () INHERITS (system_audit_entry)', 'The table child, a child of system_audit_entry'],
    [
      "CREATE SCHEMA aside; CREATE TABLE aside.child PARTITION OF audit_entry FOR VALUES FROM (audit_least_id('2040-01-01')) TO (MAXVALUE)",
      'The table aside.child, a child of audit_entry',
    ],
    ['ALTER TABLE audit_entry_before DISABLE TRIGGER audit_entry_fixed', 'audit_entry_fixed on audit_entry_before'],
    ['DROP TRIGGER audit_entry_kept ON audit_entry_other', 'audit_entry_kept on audit_entry_other'],
    [
      'CREATE RULE swallow AS ON UPDATE TO audit_entry_before DO INSTEAD NOTHING',
      'The rule swallow changes what is done to audit_entry_before',
    ],
    ['GRANT DELETE ON audit_entry_before TO lethe_app', 'it may DELETE on audit_entry_before'],
    [
      'GRANT UPDATE, DELETE ON audit_entry TO lethe_app',
      'lethe_app, as whom Lethe works, could change the log: it may DELETE, UPDATE on audit_entry',
    ],
    [
      'GRANT UPDATE ("values") ON audit_leaf TO PUBLIC'.replace('"values"', 'hash'),
      'it may UPDATE on audit_leaf, as everybody may',
    ],
    [acting, 'it may EXECUTE on ROUTINE fix_log(), which acts as lethe, as everybody may'],
    ['ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_fixed', 'audit_entry_fixed on audit_entry'],
    ['ALTER TABLE audit_leaf DISABLE TRIGGER ALL', 'audit_leaf_kept on audit_leaf'],
    ['ALTER TABLE audit_checkpoint ENABLE REPLICA TRIGGER audit_checkpoint_fixed', 'audit_checkpoint_fixed'],
    ['DROP TRIGGER audit_entry_number ON audit_entry', 'audit_entry_number'],
    ['DROP TRIGGER audit_required ON contact', 'audit_required on contact'],
    [
      'DROP TRIGGER audit_node_fixed ON audit_node; CREATE TRIGGER audit_node_fixed BEFORE UPDATE ON audit_node FOR EACH ROW WHEN (false) EXECUTE FUNCTION audit_refuse_change()',
      'audit_node_fixed',
    ],
    [
      'CREATE OR REPLACE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$',
      'audit_refuse_change',
    ],
    [
      'CREATE OR REPLACE FUNCTION audit_require_entry() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$',
      'audit_require_entry',
    ],
    [
      "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET session_replication_role = replica', current_database()); END $$",
      'session_replication_role',
    ],
  ])('%s', async (statement, told) => {
    const { findings } = await tampered(log, (client) => client.query(statement))
    expect(findings.map(({ kind }) => kind)).toContain('guardOff')
    expect(findings.map(({ text }) => text).join()).toContain(told)
    expect(findings.filter(({ kind }) => kind !== 'guardOff')).toEqual([])
  })
})

test('all triggers and functions of the migrations are read from them', async () => {
  const { triggers, functions } = await readMade()
  const { rows } = await log.client.query<{ table: string; trigger: string; definition: string }>(
    `SELECT tgrelid::regclass::text AS table, tgname AS trigger, pg_get_triggerdef(oid) AS definition FROM pg_trigger
     WHERE NOT tgisinternal AND tgrelid <> 'loyalty_points'::regclass
       AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = tgrelid) ORDER BY 1, 2`,
  )
  const key = ({ table, trigger }: { table: string; trigger: string }) => `${table} ${trigger}`
  expect(triggers.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))).toEqual(
    rows.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)),
  )
  const made = await log.client.query<{ name: string }>(
    `SELECT DISTINCT proname AS name FROM pg_proc p JOIN pg_language l ON l.oid = prolang
     WHERE pronamespace = 'public'::regnamespace AND lanname = 'plpgsql'`,
  )
  expect([...functions.keys()].sort()).toEqual(made.rows.map(({ name }) => name).sort())
})

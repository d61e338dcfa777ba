import { beforeAll, describe, expect, test } from 'vitest'
import { reportLines } from '../../src/modules/audit/verify/report.ts'
import { type Log, makeLog, tampered } from './support.ts'

let log: Log
beforeAll(async () => {
  log = await makeLog({ entries: 1, between: 1 })
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
    expect(findings.every(({ kind }) => kind === 'guardOff')).toBe(true)
  })
})

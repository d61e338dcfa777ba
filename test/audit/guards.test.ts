import { randomUUID } from 'node:crypto'
import type { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { writeEntries } from '../../src/modules/audit/write.ts'
import { type TestContext, testContext } from '../support/context.ts'
import { freshDatabase, ownerOf, withClient } from '../support/database.ts'

// Everything here goes past the product, straight to PostgreSQL, as the product's own role and as the superuser.

let url: string
let context: TestContext
const ids = {
  contact: randomUUID(),
  point: randomUUID(),
  user: randomUUID(),
  role: randomUUID(),
  session: randomUUID(),
}

beforeAll(async () => {
  url = await freshDatabase()
  context = testContext(url)
  await transact(context, 'test', async (tx) => {
    await tx.contact.create({ data: { id: ids.contact, givenName: 'Ada' } })
    await tx.contactPoint.create({
      data: { contactId: ids.contact, id: ids.point, kind: 'email', value: 'a@example.org' },
    })
    await tx.user.create({ data: { id: ids.user, email: 'u@example.org', passwordHash: '' } })
    await tx.role.create({ data: { id: ids.role, key: 'r', name: 'R' } })
    await tx.grant.create({ data: { roleId: ids.role, right: 'x', read: true } })
    await tx.roleAssignment.create({ data: { userId: ids.user, roleId: ids.role } })
    const session = { id: ids.session, userId: ids.user, tokenHash: 'h', expiresAt: new Date() }
    await tx.session.create({ data: session })
  })
})

afterAll(() => context.close())

const someId = 'gen_random_uuid()'

/** An entry that claims that somebody changed a contact; its values don't matter here. */
const claim = `INSERT INTO audit_entry (contact_id, id, request_id, actor_kind, action, operation, entity, entity_id)
  VALUES ($1, ${someId}, '', 'system', 'updated', 'x', 'Contact', $1)`
const change = `UPDATE contact SET given_name = 'Eve' WHERE contact_id = '${ids.contact}'`

describe.each([
  ['application', (address: string) => address],
  ['superuser', ownerOf],
])('a commit of the %s that changed rows without an entry is refused', (_who, as) => {
  const sql = (text: string, values: unknown[] = []) => withClient(as(url), (client) => client.query(text, values))

  /** Statements of one transaction, one by one. */
  const inTransaction = (use: (client: Client) => Promise<unknown>) =>
    withClient(as(url), async (client) => {
      await client.query('BEGIN')
      await use(client)
      await client.query('COMMIT')
    })

  test.each([
    ['contact', `INSERT INTO contact (contact_id) VALUES (${someId})`],
    ['contact', "UPDATE contact SET given_name = 'Eve'"],
    ['contact_point', `INSERT INTO contact_point (contact_id, id, kind) VALUES ('${ids.contact}', ${someId}, 'phone')`],
    ['contact_point', "UPDATE contact_point SET value = 'eve@example.org'"],
    ['contact_point', 'DELETE FROM contact_point'],
    ['contact', 'DELETE FROM contact'],
    [
      'contact_merge',
      `INSERT INTO contact_merge (contact_id, id, source_id, filled) VALUES ('${ids.contact}', ${someId}, ${someId}, '{}')`,
    ],
    ['loyalty_points', `INSERT INTO loyalty_points (contact_id, id, points) VALUES ('${ids.contact}', ${someId}, 1)`],
    [
      'import',
      `INSERT INTO import (id, file_name, format, source, source_at, ground, actor_kind) VALUES (${someId}, '', '', '', now(), 'consent', '')`,
    ],
    ['user_account', `INSERT INTO user_account (id, email, password_hash) VALUES (${someId}, 'eve', '')`],
    ['user_account', "UPDATE user_account SET password_hash = 'known'"],
    ['role', `INSERT INTO role (id, key, name) VALUES (${someId}, 'eve', '')`],
    ['role_grant', `INSERT INTO role_grant (role_id, "right", read) VALUES ('${ids.role}', '*', true)`],
    ['role_grant', 'UPDATE role_grant SET write = true'],
    ['role_grant', 'DELETE FROM role_grant'],
    ['role_assignment', 'DELETE FROM role_assignment'],
    ['session', "UPDATE session SET expires_at = now() + interval '1 year'"],
    ['session', 'DELETE FROM session'],
    ['client', `INSERT INTO client (id, name, kind) VALUES (${someId}, 'eve', 'partner')`],
    ['security_check', `INSERT INTO security_check (id, measure, user_id) VALUES (${someId}, 'backups', ${someId})`],
  ])('%s: %s', async (table, statement) => {
    await expect(sql(statement)).rejects.toMatchObject({ code: 'LE002', message: expect.stringContaining(table) })
  })

  test('even if another change of the same row was logged', async () => {
    const refused = inTransaction(async (client) => {
      await client.query(claim.replace("'updated'", "'created'"), [ids.contact])
      await client.query(change)
    })
    await expect(refused).rejects.toMatchObject({ code: 'LE002' })
  })

  test('even if an earlier transaction is claimed to have logged it', async () => {
    const { rows } = await sql('SELECT max(transaction_id) AS id FROM audit_entry')
    const insert = claim.replace('(contact_id', '(transaction_id, contact_id').replace('($1', '($2, $1')
    const stamped = await sql(`${insert} RETURNING transaction_id AS id`, [ids.contact, rows[0].id])
    expect(stamped.rows[0].id).not.toBe(rows[0].id)
  })

  test.each([
    ['put off', ['SET CONSTRAINTS ALL DEFERRED', change, 'COMMIT']],
    ['put off by name', [change, 'SET CONSTRAINTS audit_required DEFERRED', 'COMMIT']],
    ['asked at once', ['SET CONSTRAINTS ALL IMMEDIATE', change]],
    ['asked before the commit', [change, 'SET CONSTRAINTS ALL IMMEDIATE']],
    [
      'asked while there is an entry that is taken back',
      [change, 'SAVEPOINT s', claim, 'SET CONSTRAINTS ALL IMMEDIATE', 'ROLLBACK TO s', 'COMMIT'],
    ],
    ['asked when the entry was taken back', ['SAVEPOINT s', claim, 'ROLLBACK TO s', change, 'COMMIT']],
    ['asked of a part of the transaction', ['SAVEPOINT s', change, 'RELEASE s', 'COMMIT']],
  ])('even if the question is %s', async (_when, statements) => {
    const refused = inTransaction(async (client) => {
      for (const statement of statements) await client.query(statement, statement === claim ? [ids.contact] : [])
    })
    await expect(refused).rejects.toMatchObject({ code: 'LE002' })
  })

  test('but not one with it, though the question was asked at once', async () => {
    await inTransaction(async (client) => {
      await client.query('SET CONSTRAINTS ALL IMMEDIATE')
      await client.query(claim, [ids.contact])
      await client.query("UPDATE contact SET given_name = 'Told' WHERE contact_id = $1", [ids.contact])
    })
  })

  test('a row can not be moved to another contact', async () => {
    const other = randomUUID()
    await transact(context, 'test', (tx) => tx.contact.create({ data: { id: other, givenName: 'Bob' } }))
    const refused = inTransaction(async (client) => {
      await client.query(claim.replace("'Contact', $1", "'EmailAddress', $2"), [other, ids.point])
      await client.query('UPDATE contact_point SET contact_id = $1 WHERE id = $2', [other, ids.point])
    })
    await expect(refused).rejects.toMatchObject({ code: 'LE002' })
  })

  test('bookkeeping alone needs none', async () => {
    await expect(sql('UPDATE contact SET version = version + 1, updated_at = now()')).resolves.toBeDefined()
  })
})

describe('entries that PostgreSQL does not take are missed, and the change with them', () => {
  const swallow = `CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
    CREATE TRIGGER swallow BEFORE INSERT ON <table> FOR EACH ROW`
  test.each([
    ['audit_entry', `${swallow} EXECUTE FUNCTION swallow()`],
    ['system_audit_entry', `${swallow} WHEN (NEW.entity = 'User') EXECUTE FUNCTION swallow()`],
    ['audit_entry', 'CREATE RULE swallow AS ON INSERT TO <table> DO INSTEAD NOTHING'],
    ['system_audit_entry', 'CREATE RULE swallow AS ON INSERT TO <table> DO INSTEAD NOTHING'],
  ])('%s: %s', async (table, statements) => {
    const other = await freshDatabase()
    // Without the guards, which would see it too where the change is one of rows.
    const unguarded = 'ALTER TABLE contact DISABLE TRIGGER USER; ALTER TABLE user_account DISABLE TRIGGER USER'
    await withClient(ownerOf(other), (client) => client.query(`${unguarded}; ${statements.replace('<table>', table)}`))
    const theirs = testContext(other)
    const id = randomUUID()
    const lost = /took 0 of 1/
    await expect(
      transact(theirs, 'test', async (tx) => {
        if (table === 'audit_entry') await tx.contact.create({ data: { id, givenName: 'Ada' } })
        else await tx.user.create({ data: { id, email: 'ada@example.org', passwordHash: '' } })
      }),
    ).rejects.toThrow(lost)
    expect([await theirs.database.contact.count(), await theirs.database.user.count()]).toEqual([0, 0])
    // What is written without a unit of work, too.
    const entry = { action: 'read', operation: 'x', entity: 'User', entityId: id, changes: {} } as const
    const contactId = table === 'audit_entry' ? ids.contact : undefined
    await expect(writeEntries(theirs.database, theirs, [{ ...entry, contactId }])).rejects.toThrow(lost)
    await theirs.close()
  })
})

test('when an entry was recorded, and its number, are for the database to say, not for the application', async () => {
  const { entry, system } = await withClient(url, async (client) => {
    const columns = 'recorded_at, request_id, actor_kind, action, operation, entity, entity_id'
    const values = `'2001-01-01', '', 'system', 'updated', 'x', 'Contact', $1`
    const returning = 'RETURNING recorded_at = now()::timestamptz(3) AS now'
    await client.query('BEGIN')
    const one = await client.query(
      `INSERT INTO audit_entry (contact_id, id, sequence, ${columns})
       SELECT $1, ${someId}, (SELECT max(sequence) FROM audit_entry WHERE contact_id = $1) + 40, ${values} ${returning},
         sequence = (SELECT max(sequence) FROM audit_entry WHERE contact_id = $1) + 1 AS next`,
      [ids.contact],
    )
    const other = await client.query(
      `INSERT INTO system_audit_entry (id, ${columns}) SELECT ${someId}, ${values} ${returning}`,
      [ids.user],
    )
    await client.query('ROLLBACK')
    return { entry: one.rows[0], system: other.rows[0] }
  })
  expect(entry).toEqual({ now: true, next: true })
  expect(system).toEqual({ now: true })
})

describe('which contact an imported identity belongs to', () => {
  const add = (contact = ids.contact) =>
    `INSERT INTO import_key (key, contact_id) VALUES ('${randomUUID()}', '${contact}')`
  const imported = `INSERT INTO system_audit_entry (id, request_id, actor_kind, action, operation, entity, entity_id)
    VALUES (${someId}, '', 'system', 'updated', 'x', 'Import', ${someId})`
  const claimed = claim.replaceAll('$1', `'${ids.contact}'`)
  const read = claimed.replace('updated', 'read')
  const run = (...statements: string[]) =>
    withClient(url, async (client) => {
      await client.query('BEGIN')
      for (const statement of statements) await client.query(statement)
      await client.query('COMMIT')
    })

  test('is not changed without an entry about an import or about that contact', async () => {
    const other = randomUUID()
    await transact(context, 'test', (tx) => tx.contact.create({ data: { id: other, givenName: 'Bob' } }))
    await run(imported, add())
    await run(claimed, add())
    const others = claim.replaceAll('$1', `'${other}'`)
    for (const statements of [
      [add()],
      [read, add()],
      [others, add()],
      ['DELETE FROM import_key'],
      [`UPDATE import_key SET key = key || 'x'`],
      [claimed, `UPDATE import_key SET contact_id = '${other}'`],
    ]) {
      await expect(run(...statements), statements.join()).rejects.toMatchObject({ code: 'LE002' })
    }
    await run(claimed, 'DELETE FROM import_key')
  })
})

test('a temporary table can not stand in for the log', async () => {
  await withClient(ownerOf(url), async (client) => {
    await client.query('CREATE TEMP TABLE audit_entry (LIKE public.audit_entry)')
    await client.query(`INSERT INTO audit_entry SELECT * FROM public.audit_entry WHERE contact_id = $1`, [ids.contact])
    await client.query('BEGIN')
    await client.query(`UPDATE contact SET given_name = 'Shadowed' WHERE contact_id = $1`, [ids.contact])
    await client.query(
      `INSERT INTO pg_temp.audit_entry SELECT * FROM public.audit_entry WHERE contact_id = $1 LIMIT 1`,
      [ids.contact],
    )
    await client.query(
      `UPDATE pg_temp.audit_entry SET action = 'updated', transaction_id = pg_current_xact_id()::text::bigint`,
    )
    await expect(client.query('COMMIT')).rejects.toMatchObject({ code: 'LE002' })
  })
})

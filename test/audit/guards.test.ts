import { randomUUID } from 'node:crypto'
import type { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { type TestContext, testContext } from '../support/context.ts'
import { freshDatabase, withClient } from '../support/database.ts'

// Everything here goes past the product, straight to PostgreSQL, as the owner of the tables.

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

const sql = (text: string, values: unknown[] = []) => withClient(url, (client) => client.query(text, values))

const inTransaction = (use: (client: Client) => Promise<unknown>) =>
  withClient(url, async (client) => {
    await client.query('BEGIN')
    await use(client)
    await client.query('COMMIT')
  })

const someId = 'gen_random_uuid()'

describe('a commit that changed rows without an entry is refused', () => {
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
    const insert = `INSERT INTO audit_entry (contact_id, id, request_id, actor_kind, action, operation, entity, entity_id, values)
      VALUES ($1, ${someId}, '', 'system', 'created', 'x', 'Contact', $1, '{}')`
    const change = inTransaction(async (client) => {
      await client.query(insert, [ids.contact])
      await client.query("UPDATE contact SET given_name = 'Eve'")
    })
    await expect(change).rejects.toMatchObject({ code: 'LE002' })
  })

  test('even if an earlier transaction is claimed to have logged it', async () => {
    const { rows } = await sql('SELECT max(transaction_id) AS id FROM audit_entry')
    const insert = `INSERT INTO audit_entry (contact_id, id, transaction_id, request_id, actor_kind, action, operation, entity, entity_id, values)
      VALUES ($1, ${someId}, $2, '', 'system', 'updated', 'x', 'Contact', $1, '{}') RETURNING transaction_id AS id`
    const stamped = await sql(insert, [ids.contact, rows[0].id])
    expect(stamped.rows[0].id).not.toBe(rows[0].id)
  })

  test('a row can not be moved to another contact', async () => {
    const other = randomUUID()
    await transact(context, 'test', (tx) => tx.contact.create({ data: { id: other, givenName: 'Bob' } }))
    const insert = `INSERT INTO audit_entry (contact_id, id, request_id, actor_kind, action, operation, entity, entity_id, values)
      VALUES ($1, ${someId}, '', 'system', 'updated', 'x', 'EmailAddress', $2, '{}')`
    const change = inTransaction(async (client) => {
      await client.query(insert, [other, ids.point])
      await client.query('UPDATE contact_point SET contact_id = $1 WHERE id = $2', [other, ids.point])
    })
    await expect(change).rejects.toMatchObject({ code: 'LE002' })
  })

  test('bookkeeping alone needs none', async () => {
    await expect(sql('UPDATE contact SET version = version + 1, updated_at = now()')).resolves.toBeDefined()
  })

  test.each(['contact', 'user_account', 'role_grant'])('%s can not be truncated', async (table) => {
    await expect(sql(`TRUNCATE ${table} CASCADE`)).rejects.toMatchObject({ code: 'LE001' })
  })
})

describe('the log can only be added to', () => {
  test.each(['audit_entry', 'system_audit_entry'])('%s, even by its owner', async (table) => {
    const count = async () => (await sql(`SELECT count(*)::int AS n FROM ${table}`)).rows[0].n
    const before = await count()
    expect(before).toBeGreaterThan(0)
    for (const statement of [`UPDATE ${table} SET values = '{}'`, `DELETE FROM ${table}`, `TRUNCATE ${table}`]) {
      await expect(sql(statement), statement).rejects.toMatchObject({ code: 'LE001' })
    }
    expect(await count()).toBe(before)
  })
})

test('a temporary table can not stand in for the log', async () => {
  await withClient(url, async (client) => {
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

import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { modules } from '../../src/modules/index.ts'
import { ownerOf } from '../support/database.ts'
import { type Bureau, globalId, openBureau } from './engine-support.ts'

// Nobody writes somebody back who is being erased: no request that is under way, and no job.

let bureau: Bureau
const clients: pg.Client[] = []
beforeAll(async () => {
  bureau = await openBureau()
}, 60_000)
afterAll(async () => {
  for (const client of clients) await client.end()
  await bureau?.close()
})

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: ownerOf(bureau.config.databaseUrl ?? '') })
  await client.connect()
  clients.push(client)
  return client
}

/** Tables that tell of contacts who are gone, and why. */
const outlive: Record<string, string> = {
  audit_entry: 'the log stays whole',
  audit_leaf: 'so does its tree',
  erased_contact: 'that they are gone, by a random id',
}

describe('a table about contacts', () => {
  test('refuses rows about somebody who was erased meanwhile, or says why it takes them', async () => {
    const client = await connect()
    const { rows } = await client.query<{ name: string; fenced: boolean }>(
      // By a foreign key that begins with the contact, directly or by way of another such table.
      `WITH RECURSIVE fenced AS (
         SELECT 'contact'::regclass::oid AS oid
         UNION
         SELECT c.conrelid FROM pg_constraint c JOIN fenced f ON c.confrelid = f.oid
         JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
         WHERE c.contype = 'f' AND a.attname = 'contact_id'
       )
       SELECT t.relname AS name, t.oid IN (SELECT oid FROM fenced) AS fenced FROM pg_class t
       WHERE t.relnamespace = 'public'::regnamespace AND t.relkind = 'r'
         AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attname = 'contact_id' AND NOT a.attisdropped)
       ORDER BY 1`,
    )
    expect(rows.length).toBeGreaterThan(30)
    const open = rows.filter(({ fenced }) => !fenced).map(({ name }) => name)
    expect(open.filter((name) => outlive[name] === undefined && name !== 'loyalty_points')).toEqual([])
  })
})

const insert = `INSERT INTO contact_point (contact_id, id, kind, value) VALUES ($1, $2, 'email', 'late@example.org')`

describe('a transaction that began before an erasure', () => {
  test('can add nothing once that is committed, whatever it sees', async () => {
    const contactId = await bureau.contact()
    const client = await connect()
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
    expect((await client.query('SELECT FROM contact WHERE contact_id = $1', [contactId])).rowCount).toBe(1)
    await bureau.erase([contactId])
    expect((await client.query('SELECT FROM contact WHERE contact_id = $1', [contactId])).rowCount).toBe(1)
    await expect(client.query(insert, [contactId, randomUUID()])).rejects.toMatchObject({
      code: expect.stringMatching(/^(23503|40001)$/),
    })
    await client.query('ROLLBACK')
  })

  test.each([
    ['contact_point', insert],
    [
      'customer_order',
      `INSERT INTO customer_order (contact_id, id, number, currency, placed_at, net_total, tax_total, total)
       VALUES ($1, $2::uuid, 'late', 'EUR', now(), 1, 0, 1)`,
    ],
    ['outgoing_mail', `INSERT INTO outgoing_mail (id, kind, contact_id) VALUES ($2, 'newsletter', $1)`],
  ])('is waited for if it has added to %s, and what it added goes, too', async (table, statement) => {
    const contactId = await bureau.contact()
    const client = await connect()
    await client.query("SET session_replication_role = 'origin'")
    await client.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`)
    await client.query('BEGIN')
    await client.query(statement, [contactId, randomUUID()])
    const erased = bureau.erase([contactId])
    const waits = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE%'`
    // By another one: within a transaction, what others do looks always the same.
    const watcher = await connect()
    await expect.poll(async () => (await watcher.query(waits)).rowCount, { timeout: 30_000 }).toBeGreaterThan(0)
    await client.query('COMMIT')
    await client.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`)
    await erased
    expect((await client.query(`SELECT FROM ${table} WHERE contact_id = $1`, [contactId])).rowCount).toBe(0)
    expect((await client.query('SELECT FROM contact WHERE contact_id = $1', [contactId])).rowCount).toBe(0)
  })
})

describe('whoever goes on with somebody who was erased meanwhile', () => {
  test('finds nobody: nothing about them can be logged, so nothing can be changed', async () => {
    const contactId = await bureau.contact()
    await bureau.erase([contactId])
    const update = 'mutation ($input: UpdateContactInput!) { updateContact(input: $input) { id } }'
    const token = await bureau.signIn()
    const { errors } = await bureau.graphql(
      update,
      { input: { id: globalId(contactId), version: 1, jobTitle: 'Baker' } },
      token,
    )
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'NOT_FOUND' })
    const held = modules.flatMap(({ personalData }) => (personalData === 'none' ? [] : personalData.models))
    expect(held).toContain('Contact')
  })

  test('while it is being erased, is served as soon as that is done, and others are not kept waiting', async () => {
    const [contactId, other] = [await bureau.contact(), await bureau.contact()]
    const client = await connect()
    // Ten thousand rows: orders, with a line each.
    await client.query("SET session_replication_role = 'replica'")
    await client.query(
      `INSERT INTO customer_order (contact_id, id, number, currency, placed_at, net_total, tax_total, total)
       SELECT $1, gen_random_uuid(), n::text, 'EUR', '2001-01-01', 1, 0, 1 FROM generate_series(1, 5000) n`,
      [contactId],
    )
    await client.query(
      `INSERT INTO order_line (contact_id, id, order_id, position, description, quantity, unit_price, tax_rate, amount)
       SELECT contact_id, gen_random_uuid(), id, 1, 'Tea', 1, 1, 0, 1 FROM customer_order WHERE contact_id = $1`,
      [contactId],
    )
    await client.query("SET session_replication_role = 'origin'")
    let over = false
    const began = Date.now()
    const erased = bureau.erase([contactId]).finally(() => {
      over = true
    })
    let [longest, changes] = [0, 0]
    const token = await bureau.signIn()
    const update = 'mutation ($input: UpdateContactInput!) { updateContact(input: $input) { version } }'
    while (!over) {
      const at = Date.now()
      const input = { id: globalId(other), version: ++changes, jobTitle: `Baker ${changes}` }
      const { errors } = await bureau.graphql(update, { input }, token)
      expect(errors).toBeUndefined()
      longest = Math.max(longest, Date.now() - at)
    }
    await erased
    const took = Date.now() - began
    process.stdout.write(
      `10,000 rows of a contact erased in ${took} ms; meanwhile ${changes} changes of another, the longest ${longest} ms\n`,
    )
    expect(changes).toBeGreaterThan(1)
    expect(longest).toBeLessThan(took)
  }, 120_000)
})

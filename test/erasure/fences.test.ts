import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tableOf } from '../../src/database/models.ts'
import { executeErasure } from '../../src/modules/erasure/engine/execute.ts'
import { ErasureHeld } from '../../src/modules/erasure/engine/holder.ts'
import { modules } from '../../src/modules/index.ts'
import { createFiller, dropChecks } from '../disclosure/filler.ts'
import { declaredColumns } from '../support/columns.ts'
import { ownerOf } from '../support/database.ts'
import { facts, wholeContact } from '../support/erasure.ts'
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
  audit_count: 'so does how many entries it has',
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
       WHERE t.relnamespace = 'public'::regnamespace AND t.relkind IN ('r', 'p') AND NOT t.relispartition
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
})

describe('rows that somebody is adding while their contact is being erased', () => {
  test('are waited for and go, too, in whichever table; afterwards each refuses them', async () => {
    const setup = await connect()
    const late = await lateRows(setup)
    expect(late.length).toBeGreaterThan(30)
    const lost: string[] = []
    for (let from = 0; from < late.length; from += atOnce) {
      const some = late.slice(from, from + atOnce)
      const adding = await Promise.all(some.map(addLate))
      const erased = bureau.erase(some.map(({ contactId }) => contactId))
      const waits = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE%'`
      await expect.poll(async () => (await setup.query(waits)).rowCount, { timeout: 30_000 }).toBeGreaterThan(0)
      // What it sees is older than what is committed now.
      await Promise.all(adding.map((client) => client.query('COMMIT')))
      await erased
      for (const one of some) {
        const { rowCount } = await setup.query(`SELECT FROM "${one.table}" WHERE contact_id = $1`, [one.contactId])
        if (rowCount !== 0) lost.push(`${one.table} keeps what was added meanwhile`)
        const added = await setup.query(one.insert, [JSON.stringify({ ...one.row, ...stays(one.table) })]).then(
          () => 'takes',
          ({ code }) => code,
        )
        if (added !== '23503') lost.push(`${one.table} ${added} what comes later`)
      }
      await Promise.all(adding.map((client) => client.end()))
    }
    expect(lost).toEqual([])
    const mails = await setup.query('SELECT FROM outgoing_mail WHERE message IS NOT NULL AND contact_id IS NULL')
    expect(mails.rowCount).toBe(0)
    await setup.query(late.map(({ table }) => `ALTER TABLE "${table}" ENABLE TRIGGER USER`).join(';'))
  }, 120_000)
})

/** Tables at a time: each has a connection. */
const atOnce = 12

type Late = { table: string; contactId: string; insert: string; row: object }

/** A mail stays as an empty row, which has its id already. */
const stays = (table: string) => (table === 'outgoing_mail' ? { id: randomUUID() } : {})

/** Of each table that tells of contacts, a row that fits, about a contact of its own, and that is not there. */
async function lateRows(setup: pg.Client): Promise<Late[]> {
  const words = await dropChecks(setup)
  const columns = await declaredColumns('prisma', 'schema')
  const held = modules.flatMap(({ personalData }) => (personalData === 'none' ? [] : personalData.models))
  const late: Late[] = []
  for (const model of held) {
    const { table } = tableOf(bureau.database, model)
    if (table === 'contact' || outlive[table] !== undefined) continue
    const contactId = await bureau.contact()
    const key = (await bureau.work().keys.find([contactId])).get(contactId)
    if (!key || key === 'destroyed') throw new Error('there is no key')
    await setup.query("SET session_replication_role = 'replica'")
    const filler = createFiller(setup, bureau.database, { contactId, key }, { columns, words })
    await setup.query(`DELETE FROM "${table}" WHERE contact_id = $1`, [contactId])
    await filler.insert(model, { contactId })
    const { rows } = await setup.query(`DELETE FROM "${table}" t WHERE contact_id = $1 RETURNING to_jsonb(t) AS row`, [
      contactId,
    ])
    await setup.query("SET session_replication_role = 'origin'")
    await setup.query(`ALTER TABLE "${table}" DISABLE TRIGGER USER`)
    const { rows: own } = await setup.query<{ name: string }>(
      `SELECT quote_ident(attname) AS name FROM pg_attribute
       WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`,
      [table],
    )
    const list = own.map(({ name }) => name).join()
    const insert = `INSERT INTO "${table}" (${list}) SELECT ${list} FROM jsonb_populate_record(NULL::"${table}", $1::jsonb)`
    // A hold that is in force would stop the erasure.
    const row = { ...rows[0]?.row, ...(table === 'legal_hold' && { lifted_at: new Date() }) }
    late.push({ table, contactId, insert, row })
  }
  return late
}

/** Adds it, and does not commit yet. */
async function addLate({ table, insert, row }: Late): Promise<pg.Client> {
  const client = await connect()
  await client.query('BEGIN')
  await client.query(insert, [JSON.stringify(row)]).catch((cause) => {
    throw new Error(`${table} does not take a row`, { cause })
  })
  return client
}

describe('a legal hold that is placed while the contact is being erased', () => {
  test.each(['begun', 'kept', 'erased contacts', 'erased', 'entered', 'committed'])(
    'once it has %s, keeps them, or finds nobody any more',
    async (step) => {
      const contactId = await bureau.contact()
      const decision = wholeContact()
      const place = 'mutation ($c: ID!) { placeLegalHold(contact: $c, reason: "A lawsuit.") { id } }'
      const token = await bureau.signIn()
      let placed: Promise<{ errors?: { extensions: { code: string } }[] }> | undefined
      const at = async (now: string) => {
        if (now !== step || placed) return
        placed = bureau.graphql(place, { c: globalId(contactId) }, token)
        // As far as it comes while nothing goes on here.
        await Promise.race([placed, setTimeout(300)])
      }
      const order = { erasureId: decision.erasureId, contactIds: [contactId], decision, facts: facts() }
      const outcome = await executeErasure(bureau.work(), order, { at }).then(
        () => 'erased',
        (error: unknown) => (error instanceof ErasureHeld ? 'held' : Promise.reject(error)),
      )
      const refused = (await placed)?.errors?.map(({ extensions }) => extensions.code)
      const contacts = await bureau.database.contact.count({ where: { id: contactId } })
      expect({ outcome, refused, contacts }).toEqual(
        outcome === 'held'
          ? { outcome, refused: undefined, contacts: 1 }
          : { outcome, refused: ['NOT_FOUND'], contacts: 0 },
      )
      // Before the erasure is at the contact, the hold comes first.
      if (step === 'begun' || step === 'kept') expect(outcome).toBe('held')
    },
  )
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

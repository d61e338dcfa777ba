import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addLogPartitions } from '../../src/database/log-partitions.ts'
import { transact } from '../../src/database/transact.ts'
import { type TestContext, testContext } from '../support/context.ts'
import { freshDatabase, ownerOf, pastTheGuards, withClient } from '../support/database.ts'

// The log of contacts lies in a partition for each year.

let url: string
let context: TestContext
beforeAll(async () => {
  url = await freshDatabase()
  context = testContext(url)
})
afterAll(() => context?.close())

/** A contact whose log has one entry. */
async function contact(): Promise<string> {
  const id = uuidv7()
  await transact(context, 'createContact', (tx) => tx.contact.create({ data: { id, givenName: 'Ida' } }))
  return id
}

/** Writes an entry as the application could, with an id that was made at some time. */
const writeAt = (contactId: string, at: string, user = url) =>
  withClient(user, (client) =>
    client.query(
      `INSERT INTO audit_entry (contact_id, id, request_id, actor_kind, action, operation, entity, entity_id)
       VALUES ($1, $2, '', 'system', 'read', 'readContact', 'Contact', $1)`,
      [contactId, uuidv7({ msecs: Date.parse(at) })],
    ),
  )

type Entry = { sequence: string; partition: string }

const entriesOf = (contactId: string) =>
  withClient(ownerOf(url), async (client) => {
    const { rows } = await client.query<Entry>(
      'SELECT sequence, tableoid::regclass::text AS partition FROM audit_entry WHERE contact_id = $1 ORDER BY sequence',
      [contactId],
    )
    return rows
  })

const nextYear = new Date().getUTCFullYear() + 1

test('entries lie in the partition of their year, whatever the clock says, and count on', async () => {
  const id = await contact()
  const times = [
    `${nextYear}-01-01T00:00:00.000Z`,
    `${nextYear}-12-31T23:59:59.999Z`,
    `${nextYear + 1}-01-01T00:00:00.000Z`,
  ]
  for (const at of [...times, '1999-01-01T00:00:00Z', '2200-01-01T00:00:00Z']) await writeAt(id, at)
  expect(await entriesOf(id)).toEqual([
    { sequence: '1', partition: 'audit_entry_before' },
    { sequence: '2', partition: `audit_entry_${nextYear}` },
    { sequence: '3', partition: `audit_entry_${nextYear}` },
    { sequence: '4', partition: `audit_entry_${nextYear + 1}` },
    { sequence: '5', partition: 'audit_entry_before' },
    { sequence: '6', partition: 'audit_entry_other' },
  ])
})

test('whoever writes about a contact at the same time waits, and no number is given twice', async () => {
  const id = await contact()
  await Promise.all(Array.from({ length: 12 }, () => writeAt(id, new Date().toISOString())))
  const numbers = (await entriesOf(id)).map(({ sequence }) => Number(sequence))
  expect(numbers).toEqual(Array.from({ length: 13 }, (_, index) => index + 1))
})

test('where nobody counted yet, as after a restore, the entries are', async () => {
  const id = await contact()
  await writeAt(id, `${nextYear}-06-01T00:00:00Z`)
  await pastTheGuards(url, 'DELETE FROM audit_count WHERE contact_id = $1', [id])
  await Promise.all([1, 2, 3].map(() => writeAt(id, new Date().toISOString())))
  expect((await entriesOf(id)).map(({ sequence }) => sequence)).toEqual(['1', '2', '3', '4', '5'])
})

test('the coming years get theirs, once, but where a stray came first', async () => {
  const partitions = () =>
    withClient(ownerOf(url), async (client) => {
      await addLogPartitions(client)
      const added = await client.query<{ added: number }>('SELECT audit_add_partitions($1) AS added', [
        `${nextYear + 4}-01-01T00:00:00Z`,
      ])
      return added.rows[0]?.added
    })
  const id = await contact()
  await writeAt(id, `${nextYear + 3}-05-05T00:00:00Z`) // There is none for it, so it lies with the others.
  expect(await partitions()).toBe(1)
  expect(await partitions()).toBe(0)
  expect((await entriesOf(id)).at(-1)?.partition).toBe('audit_entry_other')
})

test('who reads the log for long, as a backup does, keeps nobody from starting, nor others from writing', async () => {
  await withClient(ownerOf(url), async (owner) => {
    await owner.query(`DROP TABLE audit_entry_${nextYear + 1}`)
    const id = await contact()
    const added = await withClient(ownerOf(url), async (reader) => {
      await reader.query('BEGIN; SELECT FROM audit_entry')
      const adding = addLogPartitions(owner)
      await writeAt(id, new Date().toISOString())
      return adding
    })
    expect(added).toBe(false)
    expect(await addLogPartitions(owner)).toBe(true)
    await writeAt(id, `${nextYear + 1}-02-03T00:00:00Z`)
    expect((await entriesOf(id)).at(-1)?.partition).toBe(`audit_entry_${nextYear + 1}`)
  })
})

test('nobody gets at a partition by itself: not the application, nor by emptying it', async () => {
  for (const part of ['audit_entry_before', `audit_entry_${nextYear}`, 'audit_entry_other']) {
    const asApplication = (statement: string) => withClient(url, (client) => client.query(statement))
    await expect(asApplication(`SELECT FROM ${part}`)).rejects.toThrow('permission denied')
    await expect(asApplication(`DELETE FROM ${part}`)).rejects.toThrow('permission denied')
    const asOwner = (statement: string) => withClient(ownerOf(url), (client) => client.query(statement))
    await expect(asOwner(`TRUNCATE ${part}`)).rejects.toThrow('can only be added to')
  }
  await contact()
  await expect(
    withClient(ownerOf(url), (client) => client.query("UPDATE audit_entry_before SET action = 'read'")),
  ).rejects.toThrow('can only be added to')
})

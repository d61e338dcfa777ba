import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { decrypted } from '../../src/backup/age.ts'
import { contentOf } from '../../src/backup/archive-file.ts'
import { passing, tablesOf } from '../../src/backup/tables.ts'
import { declaredColumns } from '../support/columns.ts'
import { ownerOf, withClient } from '../support/database.ts'
import { contentsOf, emptyFolder, makePlace, type Place } from './support.ts'
import { fillTable, mark } from './tables.ts'

/** All that an archive shows to whoever has every key there is: as it lies in the file of age, and opened. */
async function everythingIn({ reader: { opening }, signer, keys }: Place, path: string): Promise<string> {
  const raw = await buffer(decrypted(createReadStream(path), opening))
  const shown = [raw.toString('latin1')]
  const archive = { sort: 'lethe backup 1' as const, path, opening, verifiers: [signer], keys }
  for await (const one of contentOf(archive, () => undefined)) {
    if (one.kind === 'rows') shown.push(...one.rows.map(({ rows }) => rows.toString('latin1')))
    if (one.kind === 'file') shown.push((await buffer(one.content)).toString('latin1'))
  }
  return shown.join('\n')
}

test('an archive shows nothing of who was erased since, in whatever table, and all of the others', async () => {
  const place = await makePlace()
  const [erased, kept] = [randomUUID(), randomUUID()]
  await place.keys.create([erased, kept])
  const marks = await withClient(ownerOf(place.url), async (client) => {
    await client.query("SET session_replication_role = 'replica'")
    const tables = (await tablesOf(client)).filter(({ ownership }) => ownership === 'contact')
    const found = { of: tables.length, erased: [] as string[], kept: [] as string[] }
    for (const { name } of tables) {
      found.erased.push(...(await fillTable(client, name, erased)))
      found.kept.push(...(await fillTable(client, name, kept)))
    }
    // A request that nobody has matched with a contact yet, sealed with what outlives every erasure.
    const said = Buffer.from(`said by ${mark('erased')}`)
    await client.query(
      `INSERT INTO incoming_request (id, kinds, received_at, channel, due_at, scope, key_hash, body_hash, said)
       VALUES ($1, '{}', now(), 'mail', now(), 's', 'k', 'b', $2)`,
      [randomUUID(), said],
    )
    found.erased.push(said.toString('hex'))
    return found
  })
  expect(marks.of).toBeGreaterThan(25)
  const path = join(await emptyFolder(), 'before.age')
  await place.backUp(path)
  const before = await everythingIn(place, path)
  expect(marks.erased.filter((text) => !before.includes(text))).toEqual([])

  await place.keys.destroy([erased])
  const after = await everythingIn(place, path)
  expect(marks.erased.filter((text) => after.includes(text))).toEqual([])
  expect(marks.kept.filter((text) => !after.includes(text))).toEqual([])
})

test('a restore leaves out who was erased since and counts them, while the log stays whole', async () => {
  const place = await makePlace()
  const ids = Array.from({ length: 3 }, () => randomUUID())
  await place.keys.create(ids)
  await withClient(ownerOf(place.url), async (client) => {
    await client.query("SET session_replication_role = 'replica'")
    for (const id of ids) for (const table of ['contact', 'audit_entry']) await fillTable(client, table, id)
  })
  const path = join(await emptyFolder(), 'before.age')
  const { counts } = await place.backUp(path)
  expect(counts).toMatchObject({ contacts: 3, gone: 0, rows: { contact: 3, audit_entry: 3 } })

  await place.keys.destroy(ids.slice(0, 1))
  const { url, restored } = await place.restore(path)
  expect(restored.lost).toEqual({ erased: 1, unknown: 0, waiting: false })
  const rows = await withClient(url, async (client) => (await client.query('SELECT contact_id FROM contact')).rows)
  expect(rows.map(({ contact_id }) => contact_id).toSorted()).toEqual(ids.slice(1).toSorted())
  expect((await contentsOf(url))['audit_entry']).toBe((await contentsOf(place.url))['audit_entry'])
})

test('documents fit the contacts who are left: those of nobody else with personal data are gone, and their files', async () => {
  const place = await makePlace()
  const [erased, stays] = [randomUUID(), randomUUID()]
  await place.keys.create([erased, stays])
  const documents = {
    own: { personal: 'linked', contacts: [erased] },
    shared: { personal: 'others', contacts: [erased, stays] },
    free: { personal: 'none', contacts: [erased] },
    both: { personal: 'none', contacts: [erased, stays] },
    another: { personal: 'linked', contacts: [stays] },
  }
  const ids = new Map(Object.keys(documents).map((name) => [name, randomUUID()]))
  await withClient(ownerOf(place.url), async (client) => {
    await client.query("SET session_replication_role = 'replica'")
    for (const id of [erased, stays]) await fillTable(client, 'contact', id)
    await client.query(
      `INSERT INTO document_type (key, id, names, personal, media_types) VALUES ('letter', gen_random_uuid(), '{}', 'linked', '{}')`,
    )
    for (const [name, { personal, contacts }] of Object.entries(documents)) {
      const isNone = personal === 'none'
      await client.query(
        `INSERT INTO document (id, type_key, personal, title, content_key, contact_count, latest, declared_by, declared_at, created_at, updated_at)
         VALUES ($1, 'letter', $2, $3, $4, $5, 1, 'system', now(), now(), now())`,
        [ids.get(name), personal, isNone ? name : null, isNone ? Buffer.from(name) : null, contacts.length],
      )
      await client.query(
        `INSERT INTO document_version (id, document_id, number, media_type, size, sha256, sealed_hash, storage_key, created_at, actor_kind)
         VALUES (gen_random_uuid(), $1, 1, 'text/csv', 1, 's', 'h', $2, now(), 'system')`,
        [ids.get(name), `documents/${name}`],
      )
      for (const contactId of contacts)
        await client.query(
          `INSERT INTO document_contact (contact_id, id, document_id, latest, linked_at) VALUES ($1, gen_random_uuid(), $2, 1, now())`,
          [contactId, ids.get(name)],
        )
    }
  })
  const path = join(await emptyFolder(), 'before.age')
  await place.backUp(path)
  await place.keys.destroy([erased])
  const { url, restored } = await place.restore(path)
  expect(restored.leftOut).toEqual({ removed: 1, unlinked: 1 })
  const found = await withClient(url, async (client) => ({
    documents: (await client.query('SELECT id, contact_count FROM document')).rows,
    versions: (await client.query('SELECT storage_key FROM document_version ORDER BY 1')).rows.map(Object.values),
    removals: (await client.query('SELECT storage_key FROM document_removal')).rows,
  }))
  const counts = new Map(found.documents.map((row) => [row.id, row.contact_count]))
  expect(Object.fromEntries([...ids].map(([name, id]) => [name, counts.get(id)]))).toEqual({
    ...{ own: undefined, shared: 1, free: 0, both: 1, another: 1 },
  })
  expect(found.versions.flat()).toEqual(['documents/another', 'documents/both', 'documents/free', 'documents/shared'])
  expect(found.removals).toEqual([{ storage_key: 'documents/own' }])
})

test('contacts whose keys the key store never had are left out only when somebody says so', async () => {
  const place = await makePlace()
  const id = randomUUID()
  await place.keys.create([id])
  await withClient(ownerOf(place.url), async (client) => {
    await client.query("SET session_replication_role = 'replica'")
    await fillTable(client, 'contact', id)
  })
  const path = join(await emptyFolder(), 'of-a-lost-key-store.age')
  await place.backUp(path)
  const { url: _url, keystoreUrl: _keys, ...rest } = place
  const another = { ...(await makePlace(rest)), reader: place.reader }
  await expect(restoreAt(another, place, path, false)).rejects.toThrow(
    /record \d+ at byte|the key store has no keys of 1 contacts/,
  )
  expect((await restoreAt(another, place, path, true)).lost).toMatchObject({ erased: 0, unknown: 1 })
})

const restoreAt = async ({ keys }: Place, { restore }: Place, path: string, leaveOutUnknown: boolean) =>
  (await restore(path, { leaveOutUnknown, keys })).restored

test('every table that holds personal data is sealed under its contact’s key, and what the product seals itself before it knows whom about under the archive’s', async () => {
  const { url } = await makePlace()
  const tables = await withClient(ownerOf(url), tablesOf)
  const ownership = new Map(tables.map(({ name, ownership }) => [name, ownership]))
  const columns = await declaredColumns('prisma', 'schema')
  const { tableOf } = await import('../../src/database/models.ts')
  const { openDatabase } = await import('../../src/database/client.ts')
  const database = openDatabase(url, { connections: 1, statementTimeout: 1000 })
  const named = columns.map((column) => ({ ...column, table: tableOf(database, column.model).table }))
  await database.$disconnect()
  const personal = [...new Set(named.filter(({ category }) => category).map(({ table }) => table))]
  // Its values are sealed under the contact's key in the column itself.
  const sealed = ['audit_entry']
  expect(personal.filter((table) => ownership.get(table) !== 'contact' && !passing.includes(table))).toEqual(sealed)
  const byNobody = named.filter(
    ({ type, table, comment }) =>
      type === 'Bytes' && ownership.get(table) === 'everybody' && /sealed with the installation/i.test(comment),
  )
  // Of what is about no contact; of users; of programs.
  expect([...new Set(byNobody.map(({ table }) => table))].toSorted()).toEqual([
    'appointment',
    'document',
    'totp',
    'webhook',
  ])
})

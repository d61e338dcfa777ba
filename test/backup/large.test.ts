import { randomUUID } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freshDatabase, ownerOf, withClient } from '../support/database.ts'
import { contentsOf, emptyFolder, makePlace, type Place, runProcess } from './support.ts'

/** Contacts, the first with a hundred thousand rows for every thousand others. */
async function fill({ url, keys }: Place, contacts: number) {
  const ids = Array.from({ length: contacts }, () => randomUUID())
  for (let at = 0; at < ids.length; at += 5000) await keys.create(ids.slice(at, at + 5000))
  await withClient(ownerOf(url), async (client) => {
    await client.query("SET session_replication_role = 'replica'")
    await client.query(
      `INSERT INTO contact (contact_id, display_name, family_name, source, source_at)
       SELECT id, 'somebody', repeat(md5(id::text), 8), 'test', now() FROM unnest($1::uuid[]) AS given (id)`,
      [ids],
    )
    await client.query(
      `INSERT INTO audit_entry (contact_id, id, request_id, actor_kind, action, operation, entity, entity_id, fields, sequence)
       SELECT $1, gen_random_uuid(), 'r', 'system', 'read', 'o', 'Contact', $1, '{}', n FROM generate_series(1, $2::int) n`,
      [ids[0], contacts * 10],
    )
    await client.query(
      `INSERT INTO contact_link (contact_id, id, token_hash, kind, expires_at)
       SELECT $1, gen_random_uuid(), md5(n::text) || repeat(md5((n + 1)::text), 10), 'k', now() FROM generate_series(1, $2::int) n`,
      [ids[0], contacts * 100],
    )
  })
}

test('a hundred times as much, and a contact with 100,000 rows, take no more memory', async () => {
  const taken: { backup: number; restore: number; bytes: number }[] = []
  for (const contacts of [10, 1000]) {
    const place = await makePlace()
    await fill(place, contacts)
    const folder = await emptyFolder()
    const path = join(folder, 'backup.age')
    const storage = join(folder, 'storage')
    const backup = await runProcess(place, { path, url: place.url, storage, restoring: false })
    expect(backup).toMatchObject({ code: 0 })
    const copy = ownerOf(await freshDatabase())
    const restore = await runProcess(place, { path, url: copy, storage, restoring: true })
    expect(restore).toMatchObject({ code: 0 })
    expect(await contentsOf(copy)).toEqual(await contentsOf(place.url))
    taken.push({ backup: backup.megabytes, restore: restore.megabytes, bytes: (await stat(path)).size })
  }
  const [small, large] = taken
  if (!small || !large) throw new Error('nothing was measured')
  expect(large.backup).toBeLessThan(small.backup + 150)
  expect(large.restore).toBeLessThan(small.restore + 150)
})

import { randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { serverUrl, withClient } from '../support/database.ts'

const folder = join(import.meta.dirname, '..', '..', 'prisma', 'migrations')

test('data-protection officers of an older installation may do what is new to their role, and the log tells of it', async () => {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await withClient(serverUrl('postgres'), (client) => client.query(`CREATE DATABASE ${name}`))
  const [officers, madeByHand] = [randomUUID(), randomUUID()]
  await withClient(serverUrl(name), async (client) => {
    for (const migration of (await readdir(folder)).filter((one) => /^\d/.test(one)).sort()) {
      if (migration.endsWith('_identity')) await addRoles()
      await client.query(await readFile(join(folder, migration, 'migration.sql'), 'utf8'))
    }
    const given = ['security.review', 'lawfulness.*'].map((right) => ({ right, read: true, write: true }))
    const { rows: grants } = await client.query(
      'SELECT role_id, "right", read, write FROM role_grant ORDER BY "right" DESC',
    )
    expect(grants).toEqual(given.map((grant) => ({ role_id: officers, ...grant })))
    const { rows: entries } = await client.query('SELECT * FROM system_audit_entry ORDER BY id')
    const entry = expect.objectContaining({
      id: expect.stringMatching(/^\w{8}-\w{4}-7\w{3}-[89ab]\w{3}-\w{12}$/),
      actor_kind: 'system',
      action: 'created',
      entity: 'Grant',
      entity_id: officers,
      fields: ['grant'],
      values: expect.any(Buffer),
    })
    expect(entries).toEqual([entry, entry])
    // As the migrations wrote them; the next start seals them.
    expect(entries.map(({ values }) => JSON.parse(values))).toEqual(given.map((grant) => ({ grant: { new: grant } })))
    expect(Math.abs(Number.parseInt(entries[0].id.replaceAll('-', '').slice(0, 12), 16) - Date.now())).toBeLessThan(
      60_000,
    )

    async function addRoles() {
      await client.query("SET session_replication_role = 'replica'")
      await client.query(
        `INSERT INTO role (id, key, name, built_in) VALUES ($1, 'data-protection-officer', '', true), ($2, 'made-by-hand', '', false)`,
        [officers, madeByHand],
      )
      await client.query("SET session_replication_role = 'origin'")
    }
  })
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { pastTheGuards, withClient } from '../support/database.ts'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.close())

/** How long the oldest entry without a leaf has waited, as the measurements say. */
async function waited() {
  const page = await (await app.app.fetch(new Request(`${app.url}/metrics`))).text()
  return Number(/^lethe_audit_oldest_seconds (\S+)$/m.exec(page)?.[1])
}

test('entries that wait for a transaction that does not end are measured, until it does', async () => {
  const url = app.config.databaseUrl ?? ''
  await expect.poll(waited).toBe(0)
  await withClient(url, async (client) => {
    await client.query('BEGIN')
    await client.query('SELECT pg_current_xact_id()')
    await pastTheGuards(
      url,
      `INSERT INTO system_audit_entry (id, recorded_at, transaction_id, request_id, actor_kind, action, operation, entity, entity_id, fields)
       VALUES (gen_random_uuid(), now() - interval '100 seconds', pg_current_xact_id()::text::bigint, '', 'system', 'created', '',
         'User', gen_random_uuid(), '{}')`,
    )
    expect(await waited()).toBeGreaterThan(100)
    await client.query('ROLLBACK')
  })
  await expect.poll(waited).toBe(0)
})

import { expect, test } from 'vitest'
import { listRequests, type RequestFilter, requestsOf, summarise } from '../../src/modules/requests/list.ts'
import { asCaller, testContext } from '../support/context.ts'
import { freshDatabase, ownerOf, pastTheGuards, withClient } from '../support/database.ts'

const crowd = '01a00000-0000-7000-8000-000000000001'
const user = '01a00000-0000-7000-8000-000000000002'

test('the pages of each list of requests are found by an index, and not by looking at all', async () => {
  const url = await freshDatabase()
  // A few are not decided; some are one contact's, and some one user's.
  await pastTheGuards(
    url,
    `INSERT INTO subject_request (contact_id, id, kind, received_at, channel, due_at, status, decided_at, assignee_id)
     SELECT CASE WHEN n % 1000 = 0 THEN $1::uuid ELSE gen_random_uuid() END, gen_random_uuid(), 'erasure',
       now() - n * interval '5 minutes', 'letter', now() - n * interval '5 minutes' + interval '7 days',
       CASE WHEN n < 2000 THEN 'in_progress' ELSE 'revoked' END, CASE WHEN n < 2000 THEN NULL ELSE now() END,
       CASE WHEN n % 500 = 0 THEN $2::uuid END
     FROM generate_series(1, 20000) n`,
    [crowd, user],
  )
  await withClient(ownerOf(url), (client) => client.query('ANALYZE subject_request'))
  const context = testContext(url)
  const seer = asCaller(context, [{ right: '*', read: true, write: true, roleId: '1', purposes: [] }])
  const filters: RequestFilter[] = [
    {},
    { statuses: ['open', 'in_progress'] },
    { due: 'due_soon' },
    { assigneeId: user },
    { contactId: crowd },
  ]
  const scans = async () => {
    const rows = await withClient(ownerOf(url), (client) =>
      client.query(`SELECT seq_scan::int AS count FROM pg_stat_user_tables WHERE relname = 'subject_request'`),
    )
    return rows.rows[0].count
  }
  const before = await scans()
  for (const filter of filters) await listRequests(seer, filter, 'due_first', { first: 50 })
  for (const order of ['newest_first', 'oldest_first'] as const) await listRequests(seer, {}, order, { first: 50 })
  expect(await requestsOf(seer, [crowd], 50)).toHaveLength(20)
  expect((await listRequests(seer, { due: 'due_soon' }, 'due_first', { first: 500 })).edges.length).toBe(500)
  // What a connection has done is counted when it ends.
  await context.close()
  expect(await scans()).toBe(before)
  const other = testContext(url)
  expect(await summarise(other)).toMatchObject({ inProgress: 1999, dueSoon: 1999, overdue: 0 })
  await other.close()
  await expect.poll(scans).toBe(before + 1) // A count looks at all: so the measure measures.
})

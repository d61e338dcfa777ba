import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { openDatabase } from '../../src/database/client.ts'
import { dueRuns } from '../../src/modules/automation/queue.ts'
import { freshDatabase, ownerOf, pastTheGuards, withClient } from '../support/database.ts'

test('with 100,000 runs waiting, the next ones are found by an index', async () => {
  const url = await freshDatabase()
  const [user, rule, crowd] = [uuidv7(), uuidv7(), uuidv7()]
  await pastTheGuards(url, 'INSERT INTO user_account (id, email) VALUES ($1, $2)', [user, 'ada@example.org'])
  await pastTheGuards(
    url,
    `INSERT INTO automation_rule (id, name, owner_id, events, actions, rights) VALUES ($1, 'rule', $2, '{}', '[]', '[]')`,
    [rule, user],
  )
  // Half of them about one contact, which has its turns one after the other.
  await pastTheGuards(
    url,
    `INSERT INTO automation_run (contact_id, id, rule_id, entry_id, sequence, event, due_at)
     SELECT CASE WHEN n % 2 = 0 THEN $1::uuid ELSE gen_random_uuid() END, gen_random_uuid(), $2, gen_random_uuid(), n, 'e',
       now() - interval '1 hour' + n * interval '1 millisecond'
     FROM generate_series(1, 100000) n`,
    [crowd, rule],
  )
  await withClient(ownerOf(url), (client) => client.query('ANALYZE automation_run'))
  const database = openDatabase(url, { connections: 1, statementTimeout: 30_000 })
  const due = await dueRuns(database, 20)
  const begin = performance.now()
  await dueRuns(database, 20)
  const took = performance.now() - begin
  await database.$disconnect()
  expect(due).toHaveLength(20)
  expect(due.filter(({ contactId }) => contactId === crowd)).toHaveLength(1)
  expect(took).toBeLessThan(500)
})

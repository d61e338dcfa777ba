import { setImmediate } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { ownerOf, withClient } from '../support/database.ts'
import { sharedKeys } from '../support/keys.ts'
import { globalId, type Holder, type Stage, startStage } from './support.ts'

let stage: Stage

afterEach(() => stage.close())

const history = 'query ($id: ID!) { contact(id: $id) { givenName history { edges { node { id } } } } }'
const historyOf = (who: Holder, id = '') => stage.run(who, history, { id: globalId('Contact', id) })
const asOwner = <Row extends object>(sql: string, values: unknown[] = []) =>
  withClient(ownerOf(stage.url), async (client) => (await client.query<Row>(sql, values)).rows)

/** PostgreSQL takes no entry of this kind any more. */
const refuse = (table: string, action: string) =>
  asOwner(`
    CREATE FUNCTION refuse_entry() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no space left'; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON ${table} FOR EACH ROW WHEN (NEW.action = '${action}') EXECUTE FUNCTION refuse_entry()`)

/** The sessions of PostgreSQL that wait for a lock, once there are so many. */
async function waiting(count: number): Promise<number[]> {
  for (;;) {
    const rows = await asOwner<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    )
    if (rows.length === count) return rows.map(({ pid }) => pid)
    await setImmediate()
  }
}

describe('Nothing sensitive is given', () => {
  test('when PostgreSQL refuses the entry; the rest of the answer is', async () => {
    stage = await startStage()
    const officer = await stage.person({ '*': 'r' })
    const [id] = await stage.newContacts(1)
    await refuse('audit_entry', 'read')
    const { data, codes, requestId } = await historyOf(officer, id)
    expect([data, codes]).toEqual([{ contact: { givenName: '1', history: null } }, ['INTERNAL']])
    expect(await stage.entries({ requestId })).toEqual([])
  })

  test('of the log itself, or in a report', async () => {
    stage = await startStage()
    const officer = await stage.person({ '*': 'r' })
    await refuse('system_audit_entry', 'read')
    const { data, codes } = await stage.run(
      officer,
      '{ auditLog { edges { node { id } } } securityReview { key } me { id } }',
    )
    expect(data).toMatchObject({ auditLog: null, securityReview: null, me: { id: officer.id } })
    expect(codes).toEqual(['INTERNAL', 'INTERNAL'])
  })

  test('while the key store is away', async () => {
    let away = false
    const find: typeof sharedKeys.find = async (ids) => {
      if (away) throw new Error('the key store is away')
      return sharedKeys.find(ids)
    }
    stage = await startStage({ keys: { ...sharedKeys, find } })
    const officer = await stage.person({ '*': 'r' })
    const [id] = await stage.newContacts(1)
    away = true
    expect((await historyOf(officer, id)).data.contact).toEqual({ givenName: '1', history: null })
    away = false
    expect((await historyOf(officer, id)).data.contact.history.edges).toHaveLength(1)
  })

  // Commits of entries wait for this lock.
  const slow = `
    CREATE FUNCTION wait_for_lock() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM pg_advisory_xact_lock_shared(7); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON audit_entry DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW WHEN (NEW.action = 'read') EXECUTE FUNCTION wait_for_lock()`
  const readsHistory = (statement: string) => /SELECT.*FROM audit_entry/s.test(statement)

  test('before the entry is committed', async () => {
    stage = await startStage({ sql: slow })
    const officer = await stage.person({ '*': 'r' })
    const [id] = await stage.newContacts(1)
    const { result, statements } = await stage.counted(() =>
      withClient(ownerOf(stage.url), async (client) => {
        await client.query('SELECT pg_advisory_lock(7)')
        const { result: answer, statements: before } = await stage.counted(async () => {
          const asked = historyOf(officer, id)
          await waiting(1)
          return { asked }
        })
        expect(before.filter(readsHistory)).toEqual([])
        await client.query('SELECT pg_advisory_unlock(7)')
        return answer.asked
      }),
    )
    expect(result.data.contact.history.edges).toHaveLength(1)
    expect(statements.filter(readsHistory)).toHaveLength(1)
  })

  test('when the session of PostgreSQL is killed between the entry and its commit', async () => {
    stage = await startStage({ sql: slow })
    const officer = await stage.person({ '*': 'r' })
    const [id] = await stage.newContacts(1)
    const answer = await withClient(ownerOf(stage.url), async (client) => {
      await client.query('SELECT pg_advisory_lock(7)')
      const asked = historyOf(officer, id)
      const [pid] = await waiting(1)
      await client.query('SELECT pg_terminate_backend($1)', [pid])
      return asked
    })
    expect(answer.data.contact).toEqual({ givenName: '1', history: null })
    // Asked over a connection of its own: the pool may still hold the one that was killed.
    expect(await asOwner('SELECT FROM audit_entry WHERE request_id = $1', [answer.requestId])).toEqual([])
    const again = await historyOf(officer, id)
    expect(again.data.contact.history.edges).toHaveLength(1)
    expect(await stage.entries({ requestId: again.requestId })).toHaveLength(1)
  })
})

test('Those who read several histories in another order do not wait for each other in a circle', async () => {
  // A circle would last as long as the test is given.
  stage = await startStage({ sql: "ALTER DATABASE {database} SET deadlock_timeout = '10min'" })
  const officer = await stage.person({ '*': 'r' })
  const ids = (await stage.newContacts(3)).sort()
  const read = (order: readonly string[]) =>
    stage.run(
      officer,
      `{ ${order.map((id, index) => `c${index}: contact(id: "${globalId('Contact', id)}") { history { edges { cursor } } }`).join(' ')} }`,
    )
  const answers = await withClient(ownerOf(stage.url), async (client) => {
    // Holds the next number of the contact in the middle, and gives it back.
    await client.query('BEGIN')
    await client.query(
      `INSERT INTO audit_entry (contact_id, id, request_id, actor_kind, action, operation, entity, entity_id, fields)
       VALUES ($1, gen_random_uuid(), '', 'system', 'updated', '', 'Contact', $1, '{}')`,
      [ids[1]],
    )
    const asked = [read(ids), read(ids.toReversed())]
    await waiting(2)
    await client.query('ROLLBACK')
    return Promise.all(asked)
  })
  expect(answers.flatMap(({ codes }) => codes)).toEqual([])
})

test('A refusal that can not be logged is one all the same, and the operational log tells what the other should', async () => {
  stage = await startStage()
  const clerk = await stage.person({ 'contacts.contact': 'r', 'contacts.name': 'r' })
  await stage.newContacts(1)
  const query = '{ contacts { edges { node { givenName birthDate } } } }'
  const before = await stage.run(clerk, query)
  await refuse('system_audit_entry', 'refused')
  const { data, codes, requestId } = await stage.run(clerk, query)
  expect([data, codes]).toEqual([before.data, ['FORBIDDEN']])
  expect(await stage.entries({ requestId })).toEqual([])
  expect(stage.logged).toContainEqual(
    expect.objectContaining({
      level: 50,
      msg: 'a refusal is not in the audit log',
      requestId,
      actor: { kind: 'user', id: clerk.uuid },
      operation: 'contacts',
      denied: [{ field: 'Contact.birthDate', right: 'contacts.birthDate', access: 'read', times: 1 }],
    }),
  )
})

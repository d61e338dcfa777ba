import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { uuidOf } from '../../src/graphql/ids.ts'
import { createLog } from '../../src/log.ts'
import { type TestContext, testContext } from '../support/context.ts'
import { freshDatabase, ownerOf, pastTheGuards, withClient } from '../support/database.ts'
import { run } from './support.ts'

// Values are sealed in the database, and opened for those who may read them.

let url: string
let context: TestContext
let contactId: string

beforeAll(async () => {
  url = await freshDatabase()
  context = testContext(url)
})

afterAll(() => context.close())

const create = async (input: object) => {
  const { data } = await run(context, 'mutation ($i: CreateContactInput!) { createContact(input: $i) { id } }', {
    i: input,
  })
  return String(data.createContact.id)
}

beforeEach(async () => {
  contactId = await create({ givenName: 'Zqgiven', emails: [{ address: 'zqmailbox@example.org' }] })
})

const log = (as: TestContext = context) => run(as, logQuery, { id: contactId })

const stored = () =>
  withClient(ownerOf(url), async (client) => {
    const text = `SELECT id, entity, "values" FROM audit_entry WHERE contact_id = $1 AND action = 'created' ORDER BY id DESC`
    return (await client.query<{ id: string; entity: string; values: Buffer }>(text, [uuidOf('Contact', contactId)]))
      .rows
  })

/** Writes other values to the entry about the contact itself. */
const alter = (values: Buffer) =>
  pastTheGuards(url, `UPDATE audit_entry SET "values" = $2 WHERE contact_id = $1 AND entity = 'Contact'`, [
    uuidOf('Contact', contactId),
    values,
  ])

test('what the database holds of an entry tells nothing', async () => {
  const rows = await stored()
  expect(rows).toHaveLength(2)
  for (const { values } of rows) expect(values.toString('latin1')).not.toMatch(/zqgiven|zqmailbox|address|givenName/i)
})

test('the keys of a page are asked for once', async () => {
  for (let index = 0; index < 5; index++) await create({ givenName: `Page ${index}` })
  const asked: (readonly string[])[] = []
  const find: TestContext['keys']['find'] = (ids) => {
    asked.push(ids)
    return context.keys.find(ids)
  }
  const query = '{ auditLog { edges { node { contactId changes { field } } } } }'
  const { data } = await run({ ...context, keys: { ...context.keys, find } }, query)
  const contacts = new Set(data.auditLog.nodes.map((node: { contactId: string | null }) => node.contactId))
  expect(contacts.size).toBeGreaterThan(5)
  // Once for the page, and before that to seal the entry that tells of this look.
  expect(asked.map((ids) => ids.length)).toEqual([1, contacts.size])
})

test('the keys of the histories of a page of contacts are asked for once', async () => {
  let times = 0
  const find: TestContext['keys']['find'] = (ids) => {
    times++
    return context.keys.find(ids)
  }
  const query = '{ contacts(first: 5) { edges { node { history { edges { node { changes { field } } } } } } } }'
  const { data } = await run({ ...context, keys: { ...context.keys, find } }, query)
  expect(data.contacts.nodes.length).toBeGreaterThan(3)
  // And to find out whether contacts were erased before it is logged that somebody looks, and to seal that.
  expect(times).toBeLessThanOrEqual(3)
})

describe('an entry that does not open has an error of its own, and the page is shown:', () => {
  const sabotages: [string, () => Promise<void>][] = [
    [
      'altered',
      async () => alter(Buffer.concat([(await stored()).at(-1)?.values.subarray(0, -1) ?? Buffer.of(), Buffer.of(7)])),
    ],
    ['moved from another entry', async () => alter((await stored())[0]?.values ?? Buffer.of())],
    ['cut off', async () => alter(Buffer.from('01ff', 'hex'))],
    ['emptied', async () => alter(Buffer.of())],
    ['replaced by plain text that is none', async () => alter(Buffer.from('{not JSON'))],
    ['replaced by plain text of another shape', async () => alter(Buffer.from('{"givenName": "Eve"}'))],
  ]
  test.each(sabotages)('%s', async (_how, sabotage) => {
    await sabotage()
    const lines: Record<string, unknown>[] = []
    const { data, errors, codes } = await run({ ...context, log: logInto(lines) }, logQuery, { id: contactId })
    const [about, contact] = data.auditLog.nodes
    expect(about).toMatchObject({
      entity: 'EmailAddress',
      changes: expect.arrayContaining([{ field: 'address', new: 'zqmailbox@example.org' }]),
    })
    expect(contact).toMatchObject({ entity: 'Contact', changes: null })
    expect(codes).toEqual(['UNREADABLE'])
    expect(errors[0]?.path?.at(-1)).toBe('changes')
    expect(lines).toMatchObject([{ entryId: contact.id, msg: 'an entry of the audit log does not open' }])
    expect(JSON.stringify(lines)).not.toMatch(/zq|Eve/)
  })

  test('its key is missing', async () => {
    const find: TestContext['keys']['find'] = async (ids) =>
      new Map([...(await context.keys.find(ids))].filter(([id]) => id !== uuidOf('Contact', contactId)))
    const { data, codes } = await log({ ...context, keys: { ...context.keys, find } })
    expect(data.auditLog.nodes.map(({ changes }: { changes: unknown }) => changes)).toEqual([null, null])
    expect(codes).toEqual(['UNREADABLE', 'UNREADABLE'])
  })

  test('though when the key was destroyed since, there is nothing, and no error', async () => {
    let destroyed = false
    const find: TestContext['keys']['find'] = async (ids) => {
      const found = new Map(await context.keys.find(ids))
      if (!destroyed && ids.includes(uuidOf('Contact', contactId))) {
        destroyed = true
        await context.keys.destroy([uuidOf('Contact', contactId)])
      }
      return found
    }
    const query = '{ auditLog(first: 2, filter: { action: CREATED }) { edges { node { changes { field new } } } } }'
    const { data, errors } = await run({ ...context, keys: { ...context.keys, find } }, query)
    expect(destroyed).toBe(true)
    expect(errors).toEqual([])
    expect(JSON.stringify(data)).not.toContain('zq')
  })
})

const logQuery =
  'query ($id: ID!) { auditLog(filter: { contactId: $id, action: CREATED }) { edges { node { id entity changes { field new } } } } }'

/** A log that is kept in memory. */
function logInto(lines: Record<string, unknown>[]) {
  const log = createLog('silent', false)
  const error = (facts: object, msg: string) => void lines.push({ ...facts, msg })
  return Object.assign(Object.create(log), { error })
}

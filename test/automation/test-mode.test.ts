import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pastTheGuards } from '../support/database.ts'
import { action, both, create, type Stage, startStage } from './support.ts'

let stage: Stage
let contacts: string[]
beforeAll(async () => {
  stage = await startStage()
  contacts = []
  for (const [givenName, number] of [
    ['Ada', 'a'],
    ['Emmy', 'b'],
    ['Grace', 'c'],
  ]) {
    const id = await stage.contact({ givenName })
    contacts.push(id)
    await stage.order(id, number ?? '', { unitPrice: '7.5' })
  }
})
afterAll(() => stage.close())

const input = {
  name: 'Would tag orders',
  events: ['orders.placed'],
  condition: 'event.data.number != "b"',
  actions: [action('contacts.addTag', { tag: '"order " + event.data.number + " of " + contact.givenName' })],
  rights: [both('contacts.*'), both('orders.*')],
}

const fields =
  'events hasNextPage endCursor matches { contact { id } event at fault actions { action arguments { name value } } }'
const testing = `query ($input: CreateRuleInput, $id: ID, $since: DateTime, $first: Int, $after: String) {
  testRule(input: $input, id: $id, since: $since, first: $first, after: $after) { ${fields} } }`

describe('the test of a rule', () => {
  test('tells what it would have done, the newest first, and does nothing', async () => {
    const before = await stage.app.database.auditEntry.count()
    const { testRule } = await stage.act(testing, { input })
    expect(testRule).toMatchObject({ events: 3, hasNextPage: false })
    const would = (contact: string | undefined, value: string) => ({
      ...{ contact: { id: contact }, event: 'orders.placed', at: expect.any(String), fault: null },
      actions: [{ action: 'contacts.addTag', arguments: [{ name: 'tag', value }] }],
    })
    expect(testRule.matches).toEqual([would(contacts[2], 'order c of Grace'), would(contacts[0], 'order a of Ada')])
    expect(await stage.app.database.auditEntry.count()).toBe(before)
    const { contacts: all } = await stage.act('{ contacts { edges { node { tags } } } }')
    expect(all.edges.flatMap(({ node }: { node: { tags: string[] } }) => node.tags)).toEqual([])
    expect(await stage.app.database.automationRun.count()).toBe(0)
  })

  test('is made by many at once, who don’t wait for each other’s connections', async () => {
    const all = await Promise.all(
      Array.from({ length: 3 * stage.app.config.connections }, () => stage.act(testing, { input })),
    )
    for (const { testRule } of all) expect(testRule).toMatchObject({ events: 3 })
  })

  test('goes page by page', async () => {
    const { createRule } = await stage.act(create, { input })
    const seen: unknown[] = []
    let after: string | null = null
    for (let pages = 0; pages < 10; pages++) {
      const { testRule }: { testRule: { matches: unknown[]; hasNextPage: boolean; endCursor: string } } =
        await stage.act(testing, { id: createRule.id, first: 1, after })
      seen.push(...testRule.matches)
      after = testRule.endCursor
      if (!testRule.hasNextPage) break
    }
    expect(seen).toHaveLength(2)
  })

  test('goes back 90 days at most', async () => {
    const daysAgo = (days: number) => new Date(Date.now() - days * 24 * 3_600_000).toISOString()
    expect(await stage.refused(testing, { input, since: daysAgo(91) })).toMatchObject({ fields: ['since'] })
    await pastTheGuards(
      stage.app.config.databaseUrl ?? '',
      `UPDATE audit_entry SET recorded_at = now() - interval '50 days' WHERE contact_id = $1`,
      [
        Buffer.from(contacts[0] ?? '', 'base64')
          .toString()
          .split(':')[1],
      ],
    )
    const found = async (since?: string) => (await stage.act(testing, { input, since })).testRule.matches.length
    expect([await found(), await found(daysAgo(89)), await found(daysAgo(40))]).toEqual([2, 2, 1])
  })

  test('says where it would have failed', async () => {
    const faulty = { ...input, actions: [action('contacts.addTag', { tag: 'string(event.new.nothing)' })] }
    const { testRule } = await stage.act(testing, { input: faulty })
    expect(testRule.matches[0]).toMatchObject({
      actions: [],
      fault: expect.stringMatching(/actions.0.arguments.tag.*nothing.*column/),
    })
    expect(await stage.refused(testing, { input: { ...input, condition: '1 +' } })).toMatchObject({
      fields: ['condition'],
    })
  })

  test('shows nothing that its reader may not read, whatever the rule may', async () => {
    const { createClient } = await stage.act(
      'mutation { createClient(input: { name: "Tester", kind: AUTOMATION }) { id } }',
    )
    const c = createClient.id
    for (const right of ['automation.rules', 'contacts.contact']) {
      const grant =
        'mutation ($c: ID!, $r: String!) { grantScope(client: $c, right: $r, read: true, write: true) { id } }'
      await stage.act(grant, { c, r: right })
    }
    const { createClientKey } = await stage.act(
      'mutation ($c: ID!) { createClientKey(client: $c, kind: SECRET) { key } }',
      { c },
    )
    const { testRule } = await stage.act(testing, { input }, createClientKey.key)
    expect(JSON.stringify(testRule)).not.toMatch(/Ada|Grace|order a|order c/)
    const open = { ...input, condition: '', actions: [action('contacts.addTag', { tag: 'event.data.number' })] }
    const answer = await stage.act(testing, { input: open }, createClientKey.key)
    // Of orders it may read nothing, so that none happened as far as it is told.
    expect(answer.testRule).toMatchObject({ events: 0, matches: [] })
    const created = {
      ...{ ...input, name: 'Would tag contacts', events: ['contacts.created'], condition: '' },
      actions: [action('contacts.addTag', { tag: 'event.data.givenName' })],
    }
    const told = (await stage.act(testing, { input: created }, createClientKey.key)).testRule
    expect(told.events).toBe(3)
    expect(told.matches.map(({ fault }: { fault: string }) => fault)).toEqual(
      Array.from({ length: 3 }, () => expect.stringContaining('No such key: givenName')),
    )
  })

  test('says in German and in English what it can not tell', async () => {
    const query =
      'query ($input: CreateRuleInput) { testRule(input: $input) { de: reservations(language: "de") en: reservations } }'
    const { testRule } = await stage.act(query, { input })
    expect(testRule.en.join(' ')).toContain('as it is today')
    expect(testRule.de.join(' ')).toContain('heutigen Stand')
    expect(testRule.de).toHaveLength(testRule.en.length)
  })

  test('is in the log, as a look at what is sensitive', async () => {
    const before = await stage.app.database.systemAuditEntry.count({ where: { action: 'read', operation: 'testRule' } })
    await stage.act(testing, { input })
    const after = await stage.app.database.systemAuditEntry.count({ where: { action: 'read', operation: 'testRule' } })
    expect(after).toBe(before + 1)
  })
})

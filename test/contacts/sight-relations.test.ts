import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run, type TestContext } from '../support/context.ts'
import { uuid } from './lists-support.ts'
import { openRegistry, type Registry } from './sight-support.ts'

// No way leads from what a bound caller sees to a contact that they don't see.

let registry: Registry
let bound: TestContext
beforeAll(async () => {
  registry = await openRegistry()
  bound = registry.holding({ purposes: ['newsletter'] })
})
afterAll(() => registry.close())

/** Asks as the bound caller, who gets an answer without errors. */
const ask = async (query: string, variables?: Record<string, unknown>, caller = bound) => {
  const { data, errors } = await run(caller, query, variables)
  expect(errors).toEqual([])
  return data
}

describe('a merge', () => {
  let target: string
  let source: string
  let merged: string
  beforeAll(async () => {
    target = await registry.create({ givenName: 'Target' }, 'newsletter')
    source = await registry.create({ givenName: 'Zqsource', organisation: 'Mill' })
    await registry.merge(target, source)
    merged = await registry.create({ givenName: 'Merged' }, 'newsletter')
    await registry.merge(await registry.create({ givenName: 'Zqtarget' }), merged)
  })

  test('does not show an unseen source', async () => {
    const query = 'query ($id: ID!) { contact(id: $id) { merges { filled source { id organisation } } } }'
    expect(await ask(query, { id: target })).toEqual({
      contact: { merges: [{ filled: ['organisation'], source: null }] },
    })
  })

  test('does not show an unseen target', async () => {
    const query = 'query ($id: ID!) { contact(id: $id) { givenName mergedInto { id givenName } } }'
    expect(await ask(query, { id: merged })).toEqual({ contact: { givenName: 'Merged', mergedInto: null } })
  })

  test('does not name an unseen source or target in the history', async () => {
    const query = `query ($id: ID!) {
      contact(id: $id) { history { edges { node { entity fields changes { field old new } contact { givenName } } } } }
    }`
    for (const [id, field, other] of [
      [target, 'source', source],
      [merged, 'mergedInto', ''],
    ] as const) {
      const { contact } = await ask(query, { id })
      const changes = contact.history.edges.flatMap(({ node }: Edge) => node.changes)
      expect(changes.filter((change: Change) => change.field === field)).toContainEqual({ field, old: null, new: null })
      expect(JSON.stringify(contact)).not.toMatch(new RegExp(`zq(source|target)|${uuid(other) || 'zqtarget'}`, 'i'))
    }
    const { contact } = await ask(query, { id: target }, registry.context)
    expect(JSON.stringify(contact)).toContain(uuid(source))
  })
})

type Change = { field: string; old: unknown; new: unknown }
type Edge = { node: { changes: Change[] } }

describe('the audit log', () => {
  let seen: string
  let unseen: string
  beforeAll(async () => {
    seen = await registry.create({ givenName: 'Logged' }, 'newsletter')
    unseen = await registry.create({ givenName: 'Zqlogged', emails: [{ address: 'zqlogged@example.org' }] })
  })
  const log =
    'query ($filter: AuditFilter, $first: Int, $after: String) { auditLog(filter: $filter, first: $first, after: $after) { edges { cursor node { entity entityId contactId contact { givenName } changes { field new } } } pageInfo { hasNextPage endCursor } } }'

  test('leaves out entries about unseen contacts, and has no gaps where they were', async () => {
    // Without what is written there because somebody looks.
    const filter = { until: new Date().toISOString() }
    const { auditLog } = await ask(log, { filter, first: 500 })
    const about = new Set(auditLog.edges.map(({ node }: { node: { contactId: string } }) => node.contactId))
    expect(about).toContain(seen)
    expect(about).not.toContain(unseen)
    expect(JSON.stringify(auditLog)).not.toMatch(/zq(logged|source|target)/i)
    const inPages: string[] = []
    for (let after: string | null = null; ; ) {
      const page: { edges: { cursor: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } } = (
        await ask(log, { filter, first: 2, after })
      ).auditLog
      inPages.push(...page.edges.map(({ cursor }) => cursor))
      if (!page.pageInfo.hasNextPage) break
      expect(page.edges).toHaveLength(2)
      after = page.pageInfo.endCursor
    }
    expect(inPages).toEqual(auditLog.edges.map(({ cursor }: { cursor: string }) => cursor))
  })

  test('has of an unseen contact what it has of an absent one', async () => {
    const absent = Buffer.from('Contact:01a00000-0000-7000-8000-000000000000').toString('base64')
    const [one, other] = [
      await ask(log, { filter: { contactId: unseen } }),
      await ask(log, { filter: { contactId: absent } }),
    ]
    expect(one).toEqual(other)
    expect(one.auditLog.edges).toEqual([])
    expect((await ask(log, { filter: { contactId: seen, action: 'CREATED' } })).auditLog.edges).toHaveLength(1)
  })

  test('has nothing about a contact that has been erased, for those who are bound', async () => {
    const erased = await registry.create({ givenName: 'Zqerased' }, 'newsletter')
    await registry.forget(erased)
    expect((await ask(log, { filter: { contactId: erased } })).auditLog.edges).toEqual([])
    const filter = { contactId: erased, action: 'CREATED' }
    expect((await ask(log, { filter }, registry.context)).auditLog.edges).toHaveLength(1)
  })

  test('and the list of imports tell nothing about imports, which are about all contacts', async () => {
    const row = '{"givenName":"Zqimported"}\n'
    await registry.act(
      'mutation ($content: String!) { importContacts(input: { format: JSONL, content: $content, source: "Zqfair", ground: CONSENT }) { created } }',
      { content: row },
    )
    expect(await ask('{ imports { source created } }')).toEqual({ imports: [] })
    expect((await ask('{ imports { source } }', {}, registry.context)).imports).toEqual([{ source: 'Zqfair' }])
    expect((await ask(log, { filter: { entity: 'Import' } })).auditLog.edges).toEqual([])
    expect((await ask(log, { filter: { entity: 'Import' } }, registry.context)).auditLog.edges).not.toEqual([])
  })
})

describe('findDuplicates', () => {
  const query =
    'query ($id: ID) { findDuplicates(contactId: $id) { score reasons first { givenName } second { givenName } } }'

  test('pairs the seen alone', async () => {
    const twin = { familyName: 'Twin', emails: [{ address: 'twin@example.org' }] }
    const one = await registry.create({ givenName: 'Castor', ...twin }, 'newsletter')
    const hidden = await registry.create({ givenName: 'Zqpollux', ...twin })
    expect(await ask(query)).toEqual({ findDuplicates: [] })
    expect(await ask(query, { id: one })).toEqual({ findDuplicates: [] })
    expect(await ask(query, { id: hidden })).toEqual({ findDuplicates: [] })
    expect((await ask(query, { id: one }, registry.context)).findDuplicates).toHaveLength(1)
    await registry.give('newsletter', hidden)
    expect((await ask(query)).findDuplicates).toMatchObject([
      { first: { givenName: 'Castor' }, second: { givenName: 'Zqpollux' } },
    ])
  })

  test.each([
    ['a number', { phones: [{ number: '+4930555000' }] }],
    ['an address', { emails: [{ address: 'office@example.org' }] }],
    ['a name', { givenName: 'Jo', familyName: 'Smith' }],
  ])('does not tell by its limit how many unseen ones share %s', async (_case, shared) => {
    const create = (organisation: string, ...purposes: string[]) =>
      registry.create({ organisation, ...shared }, ...purposes)
    const pairs = async () => {
      const { findDuplicates } = await ask('{ findDuplicates { first { organisation } second { organisation } } }')
      return JSON.stringify(findDuplicates)
    }
    const before = await pairs()
    await create('Oldest')
    await create('Switch', 'newsletter')
    await create('Board', 'newsletter')
    const after = await pairs()
    expect(after).not.toBe(before)
    expect(after).not.toMatch(/Oldest|"(first|second)":null/)
    for (let number = 0; number < 20; number++) await create(`Extension ${number}`)
    expect(await pairs()).toBe(after)
  })
})

test('objects of other modules are left out by themselves, without a word about it in the module', async () => {
  const [seen, unseen] = [
    await registry.create({ givenName: 'Loyal' }, 'newsletter'),
    await registry.create({ givenName: 'X' }),
  ]
  const award = 'mutation ($id: ID!, $points: Int!) { awardLoyaltyPoints(contactId: $id, points: $points) { points } }'
  await registry.act(award, { id: seen, points: 11 })
  await registry.act(award, { id: unseen, points: 22 })
  expect(await ask('{ loyaltyPoints { points } }')).toEqual({ loyaltyPoints: [{ points: 11 }] })
  const { data } = await run(registry.context, '{ loyaltyPoints { points } }')
  expect(data.loyaltyPoints).toHaveLength(2)
})

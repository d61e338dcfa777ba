import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { action, both, create, type Stage, startStage } from './support.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.close())

let count = 0
const ruleWith = (changes: object) => ({
  name: `Rule ${count++}`,
  events: ['contacts.created'],
  actions: [action('contacts.addTag', { tag: '"new"' })],
  rights: [both('contacts.*')],
  ...changes,
})

describe('a rule is refused', () => {
  test.each<[string, object, string, RegExp]>([
    ['without a name', { name: '  ' }, 'name', /name/],
    ['without events', { events: [] }, 'events', /event/],
    ['without actions', { actions: [] }, 'actions', /do/],
    [
      'for an event that no module offers',
      { events: ['parcels.added'] },
      'events.0',
      /No module offers the event .*parcels.added.*There are .*contacts.created/,
    ],
    [
      'for an action that no module offers',
      { actions: [action('parcels.send', { kind: '"access"' })] },
      'actions.0.action',
      /No module offers the action .*parcels.send.*There are .*automation.notify/,
    ],
    ['for a condition that is not in order', { condition: 'contact.tags ==' }, 'condition', /column 16/],
    ['for a condition that is no yes or no', { condition: 'contact.givenName' }, 'condition', /bool/],
    [
      'for an argument that there isn’t',
      { actions: [action('contacts.addTag', { tag: '"a"', colour: '"b"' })] },
      'actions.0.arguments.colour',
      /no such argument/,
    ],
    [
      'for an argument that is missing',
      { actions: [action('contacts.addTag', {})] },
      'actions.0.arguments.tag',
      /missing/,
    ],
    [
      'for an argument of another type',
      { actions: [action('contacts.addTag', { tag: '7' })] },
      'actions.0.arguments.tag',
      /string.*int/,
    ],
    [
      'for what takes too long only taken together',
      {
        actions: Array.from({ length: 10 }, () =>
          action('contacts.addTag', {
            tag: 'contact.tags.all(a, contact.tags.all(b, a.contains(b) || a != b + "x")) ? "a" : "b"',
          }),
        ),
      },
      'actions',
      /Taken together.*too long/,
    ],
    ['for an event that it may not hear of', { rights: [both('contacts.tags')] }, 'events.0', /contacts.contact/],
    [
      'for a field that can’t be set',
      { actions: [action('contacts.setField', { field: '"createdAt"', value: '"x"' })] },
      'actions.0.arguments.field',
      /givenName/,
    ],
    [
      'for a ground that the law doesn’t know',
      {
        actions: [action('lawfulness.recordBasis', { purpose: '"sales"', ground: '"whim"' })],
        rights: [both('lawfulness.basis')],
      },
      'actions.0.arguments.ground',
      /consent/,
    ],
    ['for a right that there isn’t', { rights: [both('contacts.shoe')] }, 'rights.0.right', /no such right/],
    [
      'for what its condition reads without a right',
      { condition: 'contact.birthDate == ""', rights: [both('contacts.contact'), both('contacts.tags')] },
      'condition',
      /contacts.birthDate/,
    ],
    [
      'for what it writes without a right',
      { rights: [{ right: 'contacts.*', read: true, write: false }] },
      'actions.0.action',
      /contacts.tags/,
    ],
  ])('%s', async (_what, changes, field, message) => {
    const { codes, fields, text } = await stage.refused(create, { input: ruleWith(changes) })
    expect(codes).toEqual(['INVALID_INPUT'])
    expect(fields).toContain(field)
    expect(text).toMatch(message)
  })

  test('with every fault at once', async () => {
    const input = { name: '', events: ['no.such'], condition: '1 +', actions: [action('no.such', {})], rights: [] }
    const { fields } = await stage.refused(create, { input })
    expect(fields).toEqual(['name', 'events.0', 'condition', 'actions.0.action'])
  })

  test('by the name of another', async () => {
    const input = ruleWith({})
    await stage.act(create, { input })
    expect(await stage.refused(create, { input })).toMatchObject({ codes: ['INVALID_INPUT'], fields: ['name'] })
  })
})

describe('a rule changes', () => {
  test('only from the version that was read', async () => {
    const { createRule } = await stage.act(create, { input: ruleWith({}) })
    const update = 'mutation ($input: UpdateRuleInput!) { updateRule(input: $input) { version description condition } }'
    const input = {
      id: createRule.id,
      version: 1,
      description: 'For the English',
      condition: 'contact.language == "en"',
    }
    const { updateRule } = await stage.act(update, { input })
    expect(updateRule).toEqual({ version: 2, description: 'For the English', condition: 'contact.language == "en"' })
    expect(await stage.refused(update, { input })).toMatchObject({ codes: ['CONFLICT'] })
    expect(await stage.refused(update, { input: { ...input, version: 2, condition: 'nope' } })).toMatchObject({
      fields: ['condition'],
    })
  })

  test('in the log, with all that decides what it does', async () => {
    const { createRule } = await stage.act(create, { input: ruleWith({ condition: 'true' }) })
    await stage.act('mutation ($id: ID!) { enableRule(id: $id) { enabledAt } }', { id: createRule.id })
    const { auditLog } = await stage.act(
      '{ auditLog(first: 2, filter: { entity: "Rule" }) { edges { node { operation entityId fields } } } }',
    )
    expect(auditLog.edges.map(({ node }: { node: object }) => node)).toEqual([
      { operation: 'enableRule', entityId: createRule.id, fields: ['enabledAt'] },
      {
        operation: 'createRule',
        entityId: createRule.id,
        fields: ['name', 'owner', 'events', 'condition', 'actions', 'rights'],
      },
    ])
  })

  test('is found by its id, in lists, and by node', async () => {
    const { createRule } = await stage.act(create, { input: ruleWith({ name: 'Found' }) })
    const query = `query ($id: ID!) { rule(id: $id) { name } node(id: $id) { ... on Rule { name } }
      rules(last: 1) { edges { node { name owner { email } enabledAt } } } none: rule(id: "nonsense") { name } }`
    const found = await stage.act(query, { id: createRule.id })
    expect(found).toMatchObject({ rule: { name: 'Found' }, node: { name: 'Found' }, none: null })
    expect(found.rules.edges).toEqual([
      { node: { name: 'Found', owner: { email: 'ada@example.org' }, enabledAt: null } },
    ])
  })
})

test('the example of the README is in order', async () => {
  const readme = await readFile(join(import.meta.dirname, '../../README.md'), 'utf8')
  const example = readme.split('## Rules')[1]?.match(/```graphql\n(.*?)```/s)?.[1] ?? ''
  expect(await stage.act(example)).toMatchObject({ createRule: { version: 1 } })
})

test('what modules offer is told, with types and rights', async () => {
  const { ruleEvents } = await stage.act(`{ ruleEvents {
    events { name fields { name type right } } variables { name fields { name type right } } actions { name fields { name } } } }`)
  const named = (list: { name: string }[]) => list.map(({ name }) => name)
  expect(named(ruleEvents.events)).toEqual(
    expect.arrayContaining([
      ...['contacts.created', 'contacts.imported', 'contacts.changed', 'orders.placed'],
      ...['lawfulness.granted', 'lawfulness.lapsed', 'lawfulness.withdrawn'],
    ]),
  )
  expect(named(ruleEvents.actions)).toEqual(
    expect.arrayContaining([
      ...['contacts.setField', 'contacts.addTag', 'fields.set', 'lawfulness.recordBasis', 'lawfulness.endBasis'],
      'automation.notify',
    ]),
  )
  expect(named(ruleEvents.variables)).toEqual(['contact', 'basis', 'fields', 'event'])
  const created = ruleEvents.events.find(({ name }: { name: string }) => name === 'contacts.created')
  expect(created.fields).toContainEqual({ name: 'givenName', type: 'string', right: 'contacts.name' })
  const [contact] = ruleEvents.variables
  expect(contact.fields).toContainEqual({ name: 'contact.emails', type: 'list<string>', right: 'contacts.email' })
})

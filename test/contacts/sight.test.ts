import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runText } from '../../src/graphql/execute/run-text.ts'
import { buildSchema } from '../../src/graphql/schema.ts'
import { findContact } from '../../src/modules/contacts/sight.ts'
import { defineModule } from '../../src/modules/module.ts'
import { asCaller, run, type TestContext, testModules } from '../support/context.ts'
import { statementsOf, uuid } from './lists-support.ts'
import { openRegistry, type Registry, seenBy } from './sight-support.ts'

// Who is bound to purposes sees the contacts alone that have a valid basis for them.

let registry: Registry
const ids: Record<string, string> = {}
beforeAll(async () => {
  registry = await openRegistry()
  ids['Ada'] = await registry.create({ givenName: 'Ada' }, 'newsletter')
  ids['Bo'] = await registry.create({ givenName: 'Bo' }, 'sales')
  ids['Cy'] = await registry.create({ givenName: 'Cy' }, 'newsletter', 'sales')
  ids['Di'] = await registry.create({ givenName: 'Di' })
})
afterAll(() => registry.close())

const seen = (caller: TestContext) => seenBy(caller, Object.values(ids))
const everyone = ['Ada', 'Bo', 'Cy', 'Di']

describe('a caller sees', () => {
  test('all contacts, unless bound', async () => {
    expect(await seen(registry.holding({}))).toEqual(everyone)
  })

  test('with a role bound to a purpose, the contacts with a valid basis for it', async () => {
    expect(await seen(registry.holding({ purposes: ['newsletter'] }))).toEqual(['Ada', 'Cy'])
    expect(await seen(registry.holding({ purposes: ['support'] }))).toEqual([])
  })

  test('with a role bound to several purposes, those with a basis for any of them', async () => {
    expect(await seen(registry.holding({ purposes: ['newsletter', 'sales'] }))).toEqual(['Ada', 'Bo', 'Cy'])
  })

  test('with two roles that grant the same, what either lets see', async () => {
    const roles = [{ purposes: ['newsletter'] }, { purposes: ['sales'] }]
    expect(await seen(registry.holding(...roles))).toEqual(['Ada', 'Bo', 'Cy'])
  })

  test('with two roles that grant different things, what both let see', async () => {
    const names = { rights: ['contacts.contact', 'contacts.name'], purposes: ['newsletter'] }
    const emails = { rights: ['contacts.email'], purposes: ['sales'] }
    expect(await seen(registry.holding(names, emails))).toEqual(['Cy'])
  })

  test('with a role for all contacts that grants the same or more, all', async () => {
    expect(await seen(registry.holding({ rights: ['contacts.*'], purposes: ['newsletter'] }, {}))).toEqual(everyone)
    const name = { rights: ['contacts.name'], purposes: ['newsletter'] }
    expect(await seen(registry.holding(name, { rights: ['contacts.*'] }))).toEqual(everyone)
  })

  test('with a role for all contacts that grants less, no more than the bound one lets see', async () => {
    const roles = [
      { rights: ['contacts.*'], purposes: ['newsletter'] },
      { rights: ['contacts.contact', 'contacts.name'] },
    ]
    expect(await seen(registry.holding(...roles))).toEqual(['Ada', 'Cy'])
  })

  test('nothing, when no module says who has a basis', async () => {
    const { bases: _none, ...caller } = registry.holding({ purposes: ['newsletter'] })
    expect(await seen(caller)).toEqual([])
    expect(await seen({ ...caller, bases: [] })).toEqual([])
  })

  test('who has a basis by what any module says', async () => {
    await registry.act('mutation ($id: ID!) { awardLoyaltyPoints(contactId: $id, points: 1) { id } }', {
      id: ids['Di'],
    })
    expect(await seen(registry.holding({ purposes: ['loyalty'] }))).toEqual(['Di'])
    expect(await seen(registry.holding({ purposes: ['loyalty', 'sales'] }))).toEqual(['Bo', 'Cy', 'Di'])
  })

  test('nobody any more whose basis went away, at once', async () => {
    const caller = registry.holding({ purposes: ['newsletter'] })
    await registry.take('newsletter', ids['Ada'] ?? '')
    expect(await seen(caller)).toEqual(['Cy'])
    await registry.give('newsletter', ids['Ada'] ?? '')
    expect(await seen(caller)).toEqual(['Ada', 'Cy'])
  })
})

describe('a list', () => {
  const bound = () => registry.holding({ purposes: ['newsletter'] })
  const names = async (arguments_: string) => {
    const { data } = await run(bound(), `{ contacts(${arguments_}) { totalCount edges { node { givenName } } } }`)
    expect(data.contacts.totalCount).toBe(data.contacts.edges.length)
    return data.contacts.edges.map(({ node }: { node: { givenName: string } }) => node.givenName)
  }

  test('finds, filters and counts among the seen', async () => {
    expect(await names('search: "bo"')).toEqual([])
    expect(await names('search: "ada"')).toEqual(['Ada'])
    expect(await names('filter: { or: [{ givenName: { equals: "Bo" } }, { givenName: { equals: "Cy" } }] }')).toEqual([
      'Cy',
    ])
    expect(await names('filter: { not: { givenName: { equals: "Ada" } } }')).toEqual(['Cy'])
  })

  test('has pages of the seen, and nothing between them', async () => {
    const page =
      'query ($after: String) { contacts(first: 1, after: $after) { edges { node { givenName } } pageInfo { hasNextPage endCursor } } }'
    const { data: one } = await run(bound(), page)
    expect(one.contacts).toMatchObject({ edges: [{ node: { givenName: 'Ada' } }], pageInfo: { hasNextPage: true } })
    const { data: two } = await run(bound(), page, { after: one.contacts.pageInfo.endCursor })
    expect(two.contacts).toMatchObject({ edges: [{ node: { givenName: 'Cy' } }], pageInfo: { hasNextPage: false } })
  })
})

describe('a new contact', () => {
  const mutation =
    'mutation { createContact(input: { givenName: "Eve" }) { id givenName history { edges { node { id } } } } }'

  test('is entered by somebody who is bound, and not shown as long as it has no basis', async () => {
    const { data, errors } = await run(registry.holding({ purposes: ['newsletter'] }), mutation)
    expect([data, errors]).toEqual([{ createContact: null }, []])
    const made = await registry.database.contact.findFirstOrThrow({ where: { givenName: 'Eve' } })
    expect(await seen(registry.holding({ purposes: ['newsletter'] }))).toEqual(['Ada', 'Cy'])
    await registry.give('newsletter', Buffer.from(`Contact:${made.id}`).toString('base64'))
    expect(await seen(registry.holding({ purposes: ['newsletter'] }))).toEqual(['Ada', 'Cy', 'Eve'])
  })

  test('is shown to those who are not bound', async () => {
    const { data } = await run(asCaller(registry.context, [{ right: '*', read: true, write: true }]), mutation)
    expect(uuid(data.createContact.id)).toHaveLength(36)
  })
})

describe('looking costs', () => {
  const id = () => ids['Ada'] ?? ''
  // Whoever looks into the log is written down there, which is another matter.
  const logs = /^(BEGIN|SET TRANSACTION|INSERT INTO "system_audit_entry"|COMMIT)/
  const of = async (caller: TestContext, query: string) =>
    (await statementsOf(() => run(caller, query))).map(({ text }) => text).filter((text) => !logs.test(text))
  const queries = () => ({
    list: '{ contacts { edges { node { id givenName emails { address } } } } }',
    search: '{ contacts(search: "a") { edges { node { id givenName emails { address } } } } }',
    count: '{ contacts { totalCount edges { cursor } } }',
    contact: `{ contact(id: "${id()}") { givenName emails { address } } }`,
    node: `{ node(id: "${id()}") { ... on Contact { givenName } } }`,
    log: '{ auditLog { edges { node { contact { givenName } } } } }',
    duplicates: '{ findDuplicates { score first { id } } }',
  })
  const counts = async (caller: TestContext) => {
    const found: Record<string, number> = {}
    for (const [name, query] of Object.entries(queries())) found[name] = (await of(caller, query)).length
    return found
  }

  test('those who see all not one statement more, and the same ones', async () => {
    const all = registry.holding({})
    expect(await counts(all)).toEqual({ list: 1, search: 3, count: 2, contact: 1, node: 1, log: 2, duplicates: 2 })
    for (const query of Object.values(queries())) {
      for (const text of await of(all, query)) expect(text).not.toMatch(/told_basis|SELECT c\.\*/)
    }
  })

  test('those who are bound one statement for a list, and one more where a contact is asked for by itself', async () => {
    const bound = registry.holding({ purposes: ['newsletter'] })
    expect(await counts(bound)).toEqual({ list: 1, search: 3, count: 2, contact: 2, node: 2, log: 5, duplicates: 2 })
  })

  test('as much for an unseen contact as for an absent one', async () => {
    const bound = registry.holding({ purposes: ['newsletter'] })
    const absent = Buffer.from('Contact:01a00000-0000-7000-8000-000000000000').toString('base64')
    for (const ask of ['contact(id: $id) { givenName merges { id } }', 'node(id: $id) { id }']) {
      const query = (one = '') => `{ ${ask.replace('$id', JSON.stringify(one))} }`
      const unseen = await of(bound, query(ids['Bo']))
      expect(unseen).toEqual(await of(bound, query(absent)))
      expect(unseen.length).toBeGreaterThan(0)
    }
  })
})

test('within one request, a mutation is looked at anew', async () => {
  const id = await registry.create({ givenName: 'Fay' }, 'newsletter')
  const module = defineModule({
    name: 'fickle',
    needs: ['contacts'],
    rights: {},
    personalData: 'none',
    schema: (builder) => {
      builder.mutationFields((t) => ({
        show: t.prismaField({
          type: 'Contact',
          nullable: true,
          auth: 'public',
          resolve: (query, _root, _args, context) => findContact(context, query, uuid(id)),
        }),
        take: t.boolean({
          auth: 'public',
          nullable: true,
          resolve: () => registry.take('newsletter', id).then(() => true),
        }),
      }))
    },
  })
  const { data } = await runText({
    schema: buildSchema([...testModules, module]),
    source: 'mutation { one: show { givenName } two: show { givenName } take three: show { givenName } }',
    contextValue: { ...registry.holding({ purposes: ['newsletter'] }), loaders: {} },
  })
  const fay = { givenName: 'Fay' }
  expect(JSON.parse(JSON.stringify(data))).toEqual({ one: fay, two: fay, take: true, three: null })
})

import { encodeGlobalID } from '@pothos/plugin-relay'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { uuidOf } from '../../src/graphql/ids.ts'
import { asCaller, reading, type TestContext } from '../support/context.ts'
import { entryFields, grace, type Installation, install, run } from './support.ts'

// Erasing a contact destroys its key. What is left of its entries tells that something happened, by whom and when.

let context: TestContext
let contactId: string
let others: string[]
let newContact: Installation['newContact']

beforeAll(async () => {
  ;({ context, contactId, newContact } = await install())
  others = [await newContact({ givenName: 'Other', jobTitle: 'Countess', emails: [{ address: 'o@example.org' }] })]
  await context.keys.destroy([uuidOf('Contact', contactId)])
})

afterAll(() => context.close())

const all = `id recordedAt erased contactId sequence ${entryFields}`
const log = async (filter: object, caller = context, page = '') => {
  const query = `query ($filter: AuditFilter) { auditLog(filter: $filter ${page}) { edges { node { ${all} } } pageInfo { endCursor hasNextPage } } }`
  const { data, errors } = await run(caller, query, { filter })
  expect(errors).toEqual([])
  return data.auditLog
}

describe('an entry of an erased contact', () => {
  test('tells when it happened, who did it, in which operation and request; and nothing more', async () => {
    const { nodes } = await log({ contactId, actorKind: 'USER' })
    expect(nodes.map(({ sequence }: { sequence: number }) => sequence)).toEqual([4, 3, 2, 1])
    for (const node of nodes) {
      expect(node).toMatchObject({
        erased: true,
        contactId,
        entity: null,
        entityId: null,
        fields: [],
        changes: [],
        withheld: 0,
        operation: expect.stringMatching(/^(create|update)Contact$/),
        action: expect.stringMatching(/^(CREATED|UPDATED)$/),
        actor: { kind: 'USER', id: encodeGlobalID('User', grace.id), name: 'Grace' },
        recordedAt: expect.any(String),
        requestId: expect.any(String),
      })
    }
    expect(JSON.stringify(nodes)).not.toMatch(/1915|Countess|Augusta|example\.org|jobTitle|EmailAddress/)
  })

  test('is one for those with few rights as for all others', async () => {
    const { nodes } = await log(
      { contactId, actorKind: 'USER' },
      asCaller(context, reading('audit.log', 'contacts.contact')),
    )
    expect(nodes).toHaveLength(4)
    expect(nodes[0]).toMatchObject({ erased: true, entity: null, withheld: 0 })
  })

  test.each([
    ['its type', { entity: 'EmailAddress' }],
    ['a field', { field: 'jobTitle' }],
    ['type and field', { entity: 'Contact', field: 'givenName' }],
    ['a field, in the log of that contact', { field: 'givenName' }],
  ])('is not found by %s, which would tell what it is', async (what, filter) => {
    const { nodes } = await log(what.includes('that contact') ? { ...filter, contactId } : filter)
    expect(nodes.filter(({ erased }: { erased: boolean }) => erased)).toEqual([])
    // But others are.
    if (!what.includes('that contact'))
      expect(nodes.map(({ contactId: id }: { contactId: string }) => id)).toContain(others[0])
  })

  test('is found by what it still tells', async () => {
    for (const filter of [
      { actorId: encodeGlobalID('User', grace.id) },
      { action: 'UPDATED' },
      { operation: 'updateContact' },
    ]) {
      const { nodes } = await log(filter)
      expect(nodes.filter(({ erased }: { erased: boolean }) => erased).length).toBeGreaterThan(0)
    }
  })

  test('leaves no gap in the pages of a search that passes it over', async () => {
    const many: string[] = []
    for (let index = 0; index < 12; index++) many.push(await newContact({ givenName: `Many ${index}`, title: 'Dr.' }))
    const erased = many.filter((_id, index) => index % 6 !== 0)
    await context.keys.destroy(erased.map((id) => uuidOf('Contact', id)))
    const found: string[] = []
    let after: string | undefined
    for (let pages = 0; pages < 10; pages++) {
      const page = await log({ field: 'title' }, context, `, first: 1${after ? `, after: "${after}"` : ''}`)
      expect(page.nodes.length).toBeLessThanOrEqual(1)
      found.push(...page.nodes.map(({ contactId: id }: { contactId: string }) => id))
      if (!page.pageInfo.hasNextPage) break
      after = page.pageInfo.endCursor
    }
    expect(found).toEqual([many[6], many[0]])
    const back = await log({ field: 'title' }, context, ', last: 5')
    expect(back.nodes.map(({ contactId: id }: { contactId: string }) => id)).toEqual([many[6], many[0]])
  })
})

describe('the history of an erased contact, as long as there is one,', () => {
  const history = async (args = '') => {
    const query = `query ($id: ID!) { contact(id: $id) { history${args} { edges { node { ${all} } } } } }`
    const { data, errors } = await run(context, query, { id: contactId })
    expect(errors).toEqual([])
    return data.contact.history.nodes
  }

  test('tells that something happened', async () => {
    const nodes = await history()
    expect(nodes).toHaveLength(4)
    expect(nodes[0]).toMatchObject({ erased: true, entity: null, fields: [], changes: [], withheld: 0 })
  })

  test('tells of no field', async () => {
    expect(await history('(field: "givenName")')).toEqual([])
    expect(await history('(field: "emails")')).toEqual([])
  })
})

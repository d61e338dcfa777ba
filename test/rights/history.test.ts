import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Answer } from './checking.ts'
import { allows } from './grants.ts'
import { type Role, roleOf } from './roles.ts'
import { startWorld, type World } from './world.ts'

// The history and the log tell of fields, whose rights hold there, too.

let world: World

beforeAll(async () => {
  world = await startWorld()
})

afterAll(() => world?.close())

const send = (role: Role, query: string, variables?: object) =>
  world.connection.send(world.tokenOf(role), { query, variables })

/** The right to read of a field in the log, by the text of the schema. What has none there is for those who may read everything. */
function rightOf(type: string, field: string): string {
  const found = world.schema.objects.get(type)?.fields.find(({ name }) => name === field)
  return found?.access.read ?? '*'
}

const may = (role: Role, right: string) => allows(role.grants, 'read', right)

/** The roles that a history means something for. */
const readers = () =>
  world.roles.filter((role) => may(role, 'audit.log') && may(role, 'audit.history') && may(role, 'contacts.contact'))

const denied = ({ errors = [] }: Answer) => errors.flatMap(({ extensions }) => extensions.denied ?? [])

test('the history of one field is for those who may read the field', async () => {
  const [id] = world.ids['Contact'] ?? []
  const query =
    'query ($id: ID!, $field: String!) { contact(id: $id) { history(field: $field, first: 1) { __typename } } }'
  for (const { name: field } of world.schema.objects.get('Contact')?.fields ?? []) {
    const right = rightOf('Contact', field)
    for (const role of readers()) {
      const expected = may(role, right) ? [] : [{ path: 'field', access: 'read', right }]
      expect([role.key, field, denied(await send(role, query, { id, field }))]).toEqual([role.key, field, expected])
    }
  }
})

test('the log is searched for a field by those who may read the field', async () => {
  const query =
    'query ($entity: String!, $field: String!) { auditLog(filter: { entity: $entity, field: $field }, first: 1) { __typename } }'
  for (const type of world.schema.objects.values()) {
    for (const { name: field } of type.fields) {
      const right = rightOf(type.name, field)
      for (const role of readers().filter((one) => !may(one, right))) {
        const found = denied(await send(role, query, { entity: type.name, field }))
        expect(found).toContainEqual({ path: 'filter.field', access: 'read', right })
      }
    }
  }
})

test('entries tell only of fields that may be read', async () => {
  const query =
    '{ auditLog(first: 300) { edges { node { entity entityId contactId fields withheld changes { field old new } } } } }'
  type Entry = {
    entity: string | null
    entityId: string | null
    fields: string[]
    withheld: number
    changes: { field: string }[]
  }
  const entriesOf = async (role: Role): Promise<Entry[]> =>
    JSON.parse(JSON.stringify(await send(role, query))).data.auditLog.edges.map(({ node }: { node: Entry }) => node)
  const all = await entriesOf(roleOf(world, 'administrator'))
  expect(new Set(all.map(({ entity }) => entity)).size).toBeGreaterThan(8)
  for (const role of readers()) {
    const entries = await entriesOf(role)
    expect(entries.length).toBe(all.length)
    for (const [index, { entity, entityId, fields, withheld, changes }] of entries.entries()) {
      const whole = all[index]
      const type = whole?.entity ?? ''
      const readable = whole?.fields.filter((field) => may(role, rightOf(type, field))) ?? []
      expect([role.key, type, fields]).toEqual([role.key, type, readable])
      expect(changes.map(({ field }) => field)).toEqual(readable)
      expect(withheld).toBe((whole?.fields.length ?? 0) - readable.length)
      const seesId = may(role, rightOf(type, 'id'))
      expect(entityId).toBe(seesId ? whole?.entityId : null)
      expect(entity).toBe(seesId || readable.length > 0 ? type : null)
    }
  }
})

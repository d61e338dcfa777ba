import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Answer } from './checking.ts'
import { allows } from './grants.ts'
import { type Role, roleOf } from './roles.ts'
import { startWorld, type World } from './world.ts'

// The history and the log tell of fields, whose rights hold there, too.

let world: World

beforeAll(async () => {
  world = await startWorld()
}, 900_000)

afterAll(() => world?.close())

const send = (role: Role, query: string, variables?: object) =>
  world.connection.send(world.tokenOf(role), { query, variables })

/** The right to read of a field in the log, by the text of the schema. What has none there is for those who may read everything. */
function rightOf(type: string, field: string): string {
  if (type === 'Contact' && field.startsWith('customFields.')) return field.replace('customFields.', 'fields.')
  const found = world.schema.objects.get(type)?.fields.find(({ name }) => name === field)
  return found?.access.read ?? '*'
}

const may = (role: Role, right: string) => allows(role.grants, 'read', right)

/** Roles that a history means something for, of which each right is lacked by some. */
function readers(): readonly Role[] {
  const able = world.roles.filter((role) =>
    ['audit.log', 'audit.history', 'contacts.contact'].every((right) => may(role, right)),
  )
  // They lack several each, so as many would show nothing more.
  const groups = able.filter(({ looksOut }) => looksOut)
  return able.filter(({ lacks }) => lacks === undefined || groups.every((role) => may(role, lacks)))
}

/** What was denied of the field with this alias. */
const deniedAs = ({ errors = [] }: Answer, alias: string) =>
  errors.filter(({ path }) => path?.at(-1) === alias).flatMap(({ extensions }) => extensions.denied ?? [])

// Many in one operation, each with an alias: each is refused by itself, or not.
const atOnce = 50
const inParts = <T>(all: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(all.length / atOnce) }, (_, part) => all.slice(part * atOnce, (part + 1) * atOnce))

test('the history of one field is for those who may read the field', async () => {
  const [id] = world.ids['Contact'] ?? []
  const fields = world.schema.objects.get('Contact')?.fields.map(({ name }) => name) ?? []
  for (const role of readers()) {
    for (const part of inParts(fields)) {
      const asked = part.map((field, index) => `f${index}: history(field: "${field}", first: 1) { __typename }`)
      const answer = await send(role, `query ($id: ID!) { contact(id: $id) { ${asked.join(' ')} } }`, { id })
      for (const [index, field] of part.entries()) {
        const right = rightOf('Contact', field)
        const expected = may(role, right) ? [] : [{ path: 'field', access: 'read', right }]
        expect([role.key, field, deniedAs(answer, `f${index}`)]).toEqual([role.key, field, expected])
      }
      expect(Object.keys(answer.data?.['contact'] ?? {})).toHaveLength(part.length)
    }
  }
})

test('the log is searched for a field by those who may read the field', async () => {
  const all = [...world.schema.objects.values()].flatMap((type) =>
    type.fields.map(({ name: field }) => ({ entity: type.name, field, right: rightOf(type.name, field) })),
  )
  for (const role of readers()) {
    for (const part of inParts(all.filter(({ right }) => !may(role, right)))) {
      const asked = part.map(
        ({ entity, field }, index) =>
          `f${index}: auditLog(filter: { entity: "${entity}", field: "${field}" }, first: 1) { __typename }`,
      )
      const answer = await send(role, `{ ${asked.join(' ')} }`)
      for (const [index, { entity, field, right }] of part.entries()) {
        const found = { role: role.key, entity, field, denied: deniedAs(answer, `f${index}`) }
        expect(found.denied, JSON.stringify(found)).toContainEqual({ path: 'filter.field', access: 'read', right })
      }
    }
  }
}, 120_000)

test('entries tell only of fields that may be read', async () => {
  const query = `query ($action: AuditAction, $until: DateTime!) { auditLog(first: 300, filter: { action: $action, until: $until }) {
    edges { node { entity entityId contactId fields withheld changes { field old new } } } } }`
  type Entry = {
    entity: string | null
    entityId: string | null
    fields: string[]
    withheld: number
    changes: { field: string }[]
  }
  const administrator = roleOf(world, 'administrator')
  const [id] = world.ids['Contact'] ?? []
  const looks = 'query ($id: ID!) { contact(id: $id) { history { __typename } } securityReview { key } }'
  for (const role of [administrator, roleOf(world, 'nothing')]) await send(role, looks, { id })
  // Looking at the log is in the log, too.
  const until = new Date().toISOString()
  const entriesOf = async (role: Role, action: string): Promise<Entry[]> => {
    const answer = await send(role, query, { action, until })
    return JSON.parse(JSON.stringify(answer)).data.auditLog.edges.map(({ node }: { node: Entry }) => node)
  }
  const cases = [administrator, ...readers()].flatMap((role) =>
    ['CREATED', 'UPDATED', 'REMOVED', 'READ', 'REFUSED'].map((action) => ({ role, action })),
  )
  const whole = new Map<string, Entry[]>()
  for (const { role, action } of cases) {
    const entries = await entriesOf(role, action)
    const all = whole.get(action) ?? entries
    whole.set(action, all)
    expect(entries.length).toBe(all.length)
    for (const [index, { entity, entityId, fields, withheld, changes }] of entries.entries()) {
      const full = all[index]
      const type = full?.entity ?? ''
      const readable = full?.fields.filter((field) => may(role, rightOf(type, field))) ?? []
      expect([role.key, type, fields]).toEqual([role.key, type, readable])
      expect(changes.map(({ field }) => field)).toEqual(readable)
      expect(withheld).toBe((full?.fields.length ?? 0) - readable.length)
      const seesId = may(role, rightOf(type, 'id'))
      expect(entityId).toBe(seesId ? full?.entityId : null)
      expect(entity).toBe(seesId || readable.length > 0 ? type : null)
    }
  }
  const typesIn = (action: string) => new Set(whole.get(action)?.map(({ entity }) => entity)).size
  expect(typesIn('CREATED')).toBeGreaterThan(8)
  expect(Math.min(...[...whole.keys()].map(typesIn))).toBeGreaterThan(0)
})

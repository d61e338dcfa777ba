import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeContact, describePoint } from '../../src/modules/contacts/audited.ts'
import { createContact } from '../../src/modules/contacts/create.ts'
import type { PointChanges } from '../../src/modules/contacts/point-changes.ts'
import { updateContact } from '../../src/modules/contacts/update.ts'
import { type TestContext, testContext } from '../support/context.ts'
import { freshDatabase } from '../support/database.ts'
import { openEntry } from '../support/log.ts'

// What the log is worth: from its entries alone, the state of a contact can be made again, whatever happened to it.

let context: TestContext

beforeAll(async () => {
  context = testContext(await freshDatabase())
})

afterAll(() => context.close())

const name = fc.constantFrom('Ada', 'Grace', 'Zoë', 'O’Neill', '李', null)
const columns = fc.record(
  {
    givenName: name,
    organisation: name,
    tags: fc.constantFrom(['a'], ['a', 'b'], [], null),
    birthDate: fc.constantFrom('1990-02-28', '2001-12-31', null),
    source: fc.constantFrom('fair', 'web'),
  },
  { requiredKeys: [] },
)
const address = fc.nat(4).map((n) => ({ address: `p${n}@example.org` }))
const step = fc.oneof(
  fc.record({ kind: fc.constant('change' as const), columns }),
  fc.record({ kind: fc.constant('add' as const), email: address, primary: fc.boolean() }),
  fc.record({ kind: fc.constant('relabel' as const), which: fc.nat(), label: fc.constantFrom('work', 'home', null) }),
  fc.record({ kind: fc.constant('remove' as const), which: fc.nat() }),
)

test('replayed from the log, any sequence of changes gives the current state', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(address, { maxLength: 2 }), fc.array(step, { maxLength: 8 }), async (emails, steps) => {
      const id = await createContact(context, { familyName: 'Begin', emails }, { source: 'test', sourceAt: null })
      for (const next of steps) await apply(id, next)
      expect(await replayed(id)).toEqual(await current(id))
    }),
    { numRuns: 60 },
  )
})

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

async function apply(id: string, next: Step) {
  const { points, version } = await context.database.contact.findUniqueOrThrow({
    where: { id },
    include: { points: true },
  })
  const changes: PointChanges<'email'> = { kind: 'email', add: [], change: [], remove: [] }
  const update = { id, version, columns: {}, points: [changes] }
  if (next.kind === 'change') {
    const { source, ...rest } = next.columns
    return updateContact(context, { ...update, columns: rest, source })
  }
  if (next.kind === 'add') {
    changes.add = [{ ...next.email, primary: next.primary }]
    return updateContact(context, update)
  }
  const point = points[next.which % Math.max(points.length, 1)]
  if (!point) return
  if (next.kind === 'relabel') changes.change = [{ id: point.id, label: next.label }]
  else changes.remove = [point.id]
  return updateContact(context, update)
}

type State = Map<string, { entity: string; values: Map<string, unknown> }>

async function replayed(contactId: string): Promise<State> {
  const state: State = new Map()
  const entries = await context.database.auditEntry.findMany({ where: { contactId }, orderBy: { id: 'asc' } })
  for (const [index, entry] of entries.entries()) {
    const { action, entity, entityId, sequence } = entry
    expect(Number(sequence)).toBe(index + 1) // So none is missing.
    const row = state.get(entityId) ?? { entity, values: new Map<string, unknown>() }
    for (const [field, { old = null, new: next = null }] of Object.entries(
      await openEntry(context.keys, entry, context.database),
    )) {
      expect(row.values.get(field) ?? null).toEqual(old)
      if (next === null) row.values.delete(field)
      else row.values.set(field, next)
    }
    if (action === 'removed') state.delete(entityId)
    else state.set(entityId, row)
  }
  return state
}

async function current(id: string): Promise<State> {
  const { points, ...contact } = await context.database.contact.findUniqueOrThrow({
    where: { id },
    include: { points: true },
  })
  const rows = [describeContact(contact), ...points.map(describePoint)]
  return new Map(
    rows.map(({ entity, entityId, values }) => [entityId, { entity, values: new Map(Object.entries(values)) }]),
  )
}

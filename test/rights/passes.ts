import { denialOf } from './checking.ts'
import { forEachOf } from './connection.ts'
import { allows } from './grants.ts'
import { inputsDenied } from './inputs.ts'
import type { Selected } from './operations.ts'
import { type Way, waysThrough } from './paths.ts'
import { forms, type Reading, readingFor } from './reading.ts'
import { ask, newReport, type Report } from './report.ts'
import type { Role } from './roles.ts'
import { type Field, nameOf, placeOf } from './schema-text.ts'
import { type Arguments, canBeNull, slotsOf, valueFor } from './values.ts'
import type { World } from './world.ts'

/** The ways of reading that lead to an object, found out as the administrator: with which of the seeded ids, in which forms. */
export async function findReadings(world: World): Promise<Reading[]> {
  const readings: Reading[] = []
  const administrator = roleOf(world, 'administrator')
  const inAllForms = new Set<string>()
  for (const way of waysThrough(world.schema)) {
    const byInterface = isByInterface(world, way)
    const all = byInterface || !inAllForms.has(way.to)
    if (!byInterface) inAllForms.add(way.to)
    const candidates = (world.ids['Contact'] ?? []).map((_id, id): Reading => ({ way, id, forms: all ? forms : ['plain'] }))
    for (const reading of candidates) {
      const report = newReport()
      await read(world, administrator, [reading], report)
      const reached = [...report.seen].some((seen) => seen.includes(` ${way.to}.`))
      if (reached) readings.push(reading)
      if (reached) break
    }
    if (readings.at(-1)?.way !== way) throw new Error(`nothing is reached through ${way.steps.map(({ field }) => placeOf(field)).join(', ')}`)
  }
  return readings
}

/** Every field of every type, by every field that leads there, for everybody. */
export async function readingPass(world: World, readings: readonly Reading[], roles: readonly Role[] = world.roles): Promise<Report> {
  const report = newReport()
  const of = (root: Way['root']) => readings.filter(({ way }) => way.root === root)
  await forEachOf(roles, (role) => read(world, role, of('Query'), report))
  // Hashing passwords is slow, and only so many may wait.
  await forEachOf(roles, (role) => read(world, role, of('Mutation'), report), 2)
  return report
}

async function read(world: World, role: Role, readings: readonly Reading[], report: Report) {
  const byNode = new Set<Selected>()
  const roots = readings.flatMap((reading) => {
    const own = readingFor(world.schema, role, reading, world)
    if (isByInterface(world, reading.way)) for (const root of own) for (const child of root.within) byNode.add(child)
    return own
  })
  const label = (selected: Selected) => (byNode.has(selected) ? 'node' : selected.form)
  const mutations = roots.filter(({ field }) => field.owner === 'Mutation')
  await ask(world, role, roots.filter((root) => !mutations.includes(root)), report, { label })
  if (mutations.length > 0) await ask(world, role, mutations, report, { label, kind: 'mutation', token: await world.newToken(role) })
}

const isByInterface = ({ schema }: World, { steps }: Way) => steps.some(({ field }) => schema.interfaces.has(nameOf(field.type)))

/** Every input of every field that reads or writes; `outcome` says which: what is denied changes nothing. */
export async function inputPass(world: World, outcome: 'denied' | 'allowed', roles: readonly Role[] = world.roles): Promise<Report> {
  const report = newReport()
  await forEachOf(roles, async (role) => {
    for (const kind of ['query', 'mutation'] as const) {
      const fields = world.schema.objects.get(kind === 'query' ? 'Query' : 'Mutation')?.fields ?? []
      const probes = fields.flatMap((field) => probesFor(world, role, field)).filter((probe) => probe.outcome === outcome)
      // Signing out is for those who are signed in.
      const fit = probes.filter(({ root }) => !(role.anonymous && placeOf(root.field) === 'Mutation.signOut'))
      for (const variables of [true, false]) {
        const some = fit.filter((probe) => probe.atOnce === variables)
        const token = outcome === 'allowed' && kind === 'mutation' ? await world.newToken(role) : world.tokenOf(role)
        const roots = some.map(({ root }) => root)
        await ask(world, role, roots, report, { kind, token, variables, label: () => kind })
        for (const { places } of some) for (const place of places) report.seen.add(`${kind} ${place} ${outcome}`)
      }
    }
  })
  return report
}

type Probe = { root: Selected; outcome: 'denied' | 'allowed'; atOnce: boolean; places: string[] }

/** All inputs at once, all nulls at once, what is allowed at once, and all that is denied one by one. */
function probesFor({ schema, examples }: World, role: Role, field: Field): Probe[] {
  const slots = slotsOf(schema, field)
  if (slots.length === 0 && field.owner === 'Query') return [] // There is nothing that reading it hasn't shown.
  const probe = (given: Arguments, atOnce: boolean, places: string[] = []): Probe => {
    const to = schema.objects.has(nameOf(field.type)) ? nameOf(field.type) : null
    const root: Selected = { alias: '', field, form: 'plain', arguments: given, to, within: [] }
    return { root, outcome: denialOf(schema, role, root) ? 'denied' : 'allowed', atOnce, places }
  }
  const lacks = (given: Arguments) => inputsDenied(schema, field, given, role.grants).length > 0
  const may = slots.filter((slot) => !lacks(valueFor(schema, field, [slot], { examples })))
  const atOnce = [slots, may].flatMap((some) => [
    probe(valueFor(schema, field, some, { examples }), true, some === may ? may.map(({ input }) => placeOf(input)) : []),
    probe(valueFor(schema, field, some, { examples, nulls: true }), true),
    probe(valueFor(schema, field, some.filter(({ path }) => path.length <= 2), { examples, nulls: true }), true),
  ])
  if (denialOf(schema, role, probe({}, false).root) && field.owner === 'Query') return atOnce
  const alone = slots.filter((slot) => !may.includes(slot) && (!slot.recursive || slot.path.length <= 3))
  const one = alone.flatMap((slot) => {
    const { read, write } = slot.input.access
    const denied = [read && !allows(role.grants, 'read', read), write && !allows(role.grants, 'write', write)].some(Boolean)
    const places = denied ? [placeOf(slot.input)] : []
    return [false, ...(canBeNull(schema, slot) ? [true] : [])].map((nulls) =>
      probe(valueFor(schema, field, [slot], { examples, nulls }), false, places),
    )
  })
  return [...(slots.length > 0 ? atOnce : [probe(valueFor(schema, field, [], { examples }), false)]), ...one]
}

export function roleOf({ roles }: World, key: string): Role {
  const role = roles.find((one) => one.key === key)
  if (!role) throw new Error(`there is no role ${key}`)
  return role
}

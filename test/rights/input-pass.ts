import { denialOf } from './checking.ts'
import { forEachOf } from './connection.ts'
import { type Enough, enoughBy, enoughForField } from './enough.ts'
import { allows, enoughFor, type Grant, inputsDenied, together } from './grants.ts'
import type { Selected } from './operations.ts'
import { ask, newReport, type Report } from './report.ts'
import type { Role } from './roles.ts'
import { type Access, type Field, nameOf, placeOf } from './schema-text.ts'
import { type Arguments, canBeNull, type Slot, slotsOf, valueFor } from './values.ts'
import type { World } from './world.ts'

/** Every input of every field that reads or writes; `outcome` says which: what is denied changes nothing. */
export async function inputPass(
  world: World,
  outcome: 'denied' | 'allowed',
  roles: readonly Role[] = world.roles,
): Promise<Report> {
  const report = newReport()
  // Others try what is allowed with just enough for it.
  const some = roles.filter(({ lacks, looksOut }) => !looksOut && (outcome === 'denied' || !lacks))
  await forEachOf(some, async (role) => {
    const probes = rootFieldsOf(world).flatMap((field) => probesFor(world, role, field))
    await askProbes(
      world,
      role,
      probes.filter((probe) => probe.outcome === outcome),
      outcome,
      report,
    )
  })
  return report
}

/** Every input as somebody who has just enough for it. */
export async function enoughInputPass(
  world: World,
  all: readonly Enough[],
  kind: 'query' | 'mutation',
): Promise<Report> {
  const report = newReport()
  const ofKind = ({ root }: Probe) => (root.field.owner === 'Mutation') === (kind === 'mutation')
  await forEachOf(all, ({ role, probes }) => askProbes(world, role, probes.filter(ofKind), 'allowed', report))
  return report
}

/** Adds to what there are roles for with just enough: every input of every field, and every mutation with none of them. */
export function findEnoughToWrite(world: World, found: Map<string, Enough>) {
  for (const field of rootFieldsOf(world)) {
    const slots = slotsOf(world.schema, field)
    const rootOf = (some: readonly Slot[], nulls = false) =>
      rootWith(world, field, valueFor(world.schema, field, some, { examples: world.examples, nulls }))
    if (field.owner === 'Mutation') {
      const root = rootOf([])
      enoughBy(world.schema, root, found).probes.push({
        root,
        outcome: 'allowed',
        variables: slots.length > 0,
        places: [],
      })
    }
    const byRole = Map.groupBy(slots, (slot) => enoughBy(world.schema, rootOf([slot]), found))
    for (const [{ probes }, some] of byRole) {
      const places = some.map(({ input }) => placeOf(input))
      for (const root of [rootOf(some), rootOf(some, true)]) {
        probes.push({ root, outcome: 'allowed', variables: true, places })
      }
    }
  }
}

const rootFieldsOf = ({ schema }: World) =>
  ['Query', 'Mutation'].flatMap((name) => schema.objects.get(name)?.fields ?? [])

async function askProbes(
  world: World,
  role: Role,
  probes: readonly Probe[],
  outcome: Probe['outcome'],
  report: Report,
) {
  for (const kind of ['query', 'mutation'] as const) {
    for (const variables of [true, false]) {
      const some = probes.filter(
        (probe) => probe.variables === variables && (probe.root.field.owner === 'Mutation') === (kind === 'mutation'),
      )
      const ownSession = outcome === 'allowed' && kind === 'mutation'
      const roots = some.map(({ root }) => ({ ...root, label: kind }))
      await ask(world, role, roots, report, { kind, ownSession, variables })
      for (const place of some.flatMap(({ places }) => places)) {
        report.seen.add(`${kind} ${place} ${outcome}`)
        if (role.lacks) report.seen.add(`${kind} ${place} denied for want of ${role.lacks}`)
        if (role.enough) report.seen.add(`${kind} ${place} allowed with just enough`)
      }
    }
  }
}

const rootWith = ({ schema }: World, field: Field, given: Arguments): Selected => {
  const to = schema.objects.has(nameOf(field.type)) ? nameOf(field.type) : null
  return { alias: '', field, form: 'plain', arguments: given, to, within: [] }
}

/** A field to be asked for with some input, and the input fields that this is about. */
export type Probe = { root: Selected; outcome: 'denied' | 'allowed'; variables: boolean; places: string[] }

/** All inputs at once, what is allowed at once, each with values and with nulls; and what is denied, mostly one by one. */
function probesFor(world: World, role: Role, field: Field): Probe[] {
  const { schema, examples } = world
  const slots = slotsOf(schema, field)
  if (role.lacks && holds(role, takenByAll(world, field))) return []
  if (slots.length === 0 && field.owner === 'Query') return [] // There is nothing that reading it hasn't shown.
  const probe = (given: Arguments, variables: boolean, about: readonly Slot[] = []): Probe => {
    const root = rootWith(world, field, given)
    const outcome = denialOf(schema, role, root) ? 'denied' : 'allowed'
    return { root, outcome, variables, places: about.map(({ input }) => placeOf(input)) }
  }
  const filled = (some: readonly Slot[], nulls = false) => valueFor(schema, field, some, { examples, nulls })
  if (slots.length === 0) return [probe(filled([]), false)]

  const lacking = slots.filter(({ input }) => lacks(role, input.access))
  const may = slots.filter((slot) => holds(role, takenBy(world, field, slot)))
  const outer = (some: readonly Slot[]) => some.filter(({ path }) => path.length <= 2)
  // Where all or none may be used, some are the same; the last of these says what was seen.
  const atOnce = [slots, may].flatMap((some) => [
    probe(filled(outer(some), true), true),
    probe(filled(some, true), true),
    probe(filled(some), true, some === may ? may : []),
  ])
  const distinct = [...new Map(atOnce.map((one) => [JSON.stringify(one.root.arguments), one])).values()]
  // Whoever may not even read the field is turned away before anybody looks at its inputs.
  if (field.owner === 'Query' && lacks(role, field.access)) return [...distinct, probe(filled(slots), true, lacking)]

  const denied = slots.filter(
    (slot) => !may.includes(slot) && !slot.beside && (!slot.recursive || slot.path.length <= 3),
  )
  const alone = denied.flatMap((slot) => {
    const about = lacking.includes(slot) ? [slot] : []
    const value = probe(filled([slot]), false, about)
    return canBeNull(schema, slot) ? [value, probe(filled([slot], true), false, about)] : [value]
  })
  return [...distinct, ...alone]
}

const holds = ({ grants }: Role, needed: readonly Grant[]): boolean =>
  needed.every(({ right, read, write }) => {
    if (read && !allows(grants, 'read', right)) return false
    return !write || allows(grants, 'write', right)
  })

// The same for all roles.
const taken = new WeakMap<Slot | Field, readonly Grant[]>()

/** What it takes that no input is denied, where nothing but this is given, and what is required. */
function takenBy({ schema, examples }: World, field: Field, slot: Slot): readonly Grant[] {
  const known = taken.get(slot)
  if (known) return known
  const given = valueFor(schema, field, [slot], { examples })
  const needed = enoughFor((grants) => inputsDenied(schema, field, given, grants))
  taken.set(slot, needed)
  return needed
}

/** What it takes to use the field with all its inputs. */
function takenByAll(world: World, field: Field): readonly Grant[] {
  const known = taken.get(field)
  if (known) return known
  const { schema, examples } = world
  const slots = slotsOf(schema, field)
  const whole = rootWith(world, field, valueFor(schema, field, slots, { examples }))
  const each = slots.flatMap((slot) => takenBy(world, field, slot))
  const needed = together([...each, ...enoughForField(schema, whole)])
  taken.set(field, needed)
  return needed
}

const lacks = (role: Role, access: Access) =>
  (['read', 'write'] as const).some((kind) => {
    const right = access[kind]
    return right !== undefined && !allows(role.grants, kind, right)
  })

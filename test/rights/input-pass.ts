import { denialOf } from './checking.ts'
import { forEachOf } from './connection.ts'
import { allows, inputsDenied } from './grants.ts'
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
  await forEachOf(roles, async (role) => {
    for (const kind of ['query', 'mutation'] as const) {
      const fields = world.schema.objects.get(kind === 'query' ? 'Query' : 'Mutation')?.fields ?? []
      const probes = fields
        .flatMap((field) => probesFor(world, role, field))
        .filter((probe) => probe.outcome === outcome)
      for (const variables of [true, false]) {
        const some = probes.filter((probe) => probe.variables === variables)
        const ownSession = outcome === 'allowed' && kind === 'mutation'
        const roots = some.map(({ root }) => root)
        await ask(world, role, roots, report, { kind, ownSession, variables, label: () => kind })
        for (const { places } of some) for (const place of places) report.seen.add(`${kind} ${place} ${outcome}`)
      }
    }
  })
  return report
}

/** A field to be asked for with some input, and the input fields that this is about. */
type Probe = { root: Selected; outcome: 'denied' | 'allowed'; variables: boolean; places: string[] }

/** All inputs at once, what is allowed at once, each with values and with nulls; and what is denied, mostly one by one. */
function probesFor({ schema, examples }: World, role: Role, field: Field): Probe[] {
  const slots = slotsOf(schema, field)
  if (slots.length === 0 && field.owner === 'Query') return [] // There is nothing that reading it hasn't shown.
  const to = schema.objects.has(nameOf(field.type)) ? nameOf(field.type) : null
  const probe = (given: Arguments, variables: boolean, about: readonly Slot[] = []): Probe => {
    const root: Selected = { alias: '', field, form: 'plain', arguments: given, to, within: [] }
    const outcome = denialOf(schema, role, root) ? 'denied' : 'allowed'
    return { root, outcome, variables, places: about.map(({ input }) => placeOf(input)) }
  }
  const filled = (some: readonly Slot[], nulls = false) => valueFor(schema, field, some, { examples, nulls })
  if (slots.length === 0) return [probe(filled([]), false)]

  const lacking = slots.filter(({ input }) => lacks(role, input.access))
  const may = slots.filter((slot) => inputsDenied(schema, field, filled([slot]), role.grants).length === 0)
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

  // All at once, each is named as well. One by one is for whoever lacks one right, and for who has none.
  if (role.single) return distinct
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

const lacks = (role: Role, access: Access) =>
  (['read', 'write'] as const).some((kind) => {
    const right = access[kind]
    return right !== undefined && !allows(role.grants, kind, right)
  })

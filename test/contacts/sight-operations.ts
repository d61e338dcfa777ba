import { batches, type Selected, textOf } from '../rights/operations.ts'
import { stepsBy, type Way, waysThrough } from '../rights/paths.ts'
import { readingFor } from '../rights/reading.ts'
import { type Field, type Input, nameOf, placeOf, type SchemaText } from '../rights/schema-text.ts'
import { type Arguments, type Examples, type Slot, slotsOf, valueFor } from '../rights/values.ts'

// Operations made from the text of the schema, so that what is added to it is asked for as well.

const role = { key: 'bound', grants: [{ right: '*', read: true, write: true }] }

/** Every field of every type, by every field that leads there, once from each of these contacts. */
export function everyReading(schema: SchemaText, contacts: readonly string[], examples: Examples): string[] {
  const ways = waysThrough(schema).filter(({ root }) => root === 'Query')
  const roots = contacts.flatMap((_contact, id) =>
    ways.flatMap((way) =>
      readingFor(schema, role, { way, id, forms: ['plain'] }, { ids: { Contact: contacts }, examples }),
    ),
  )
  return inBatches(schema, roots)
}

/** What the fields of Query lead to, with each of their arguments and of the fields of these. */
export function everyArgument(schema: SchemaText, examples: Examples): string[] {
  const fields = schema.objects.get('Query')?.fields ?? []
  const roots = fields.flatMap((field) => {
    const ways = waysFrom(schema, field)
    return allSlots(schema, field)
      .filter(({ recursive }) => !recursive)
      .flatMap((slot) => {
        const given = { ...examples, [placeOf(field)]: () => valueFor(schema, field, [slot], { examples }) }
        const world = { ids: {}, examples: given }
        return ways.flatMap((way) => readingFor(schema, role, { way, id: 0, forms: ['plain'] }, world))
      })
  })
  return inBatches(schema, roots)
}

/** The way of a connection to its objects, or the field alone. */
function waysFrom(schema: SchemaText, field: Field): Way[] {
  const onward = (steps: Way['steps'], depth: number): Way[] => {
    const to = steps.at(-1)?.to ?? ''
    const within = (schema.objects.get(to)?.fields ?? []).filter(({ name }) => ['edges', 'node'].includes(name))
    const further = depth === 0 ? [] : within.flatMap((next) => stepsBy(schema, next))
    return [{ root: 'Query', steps, to }, ...further.flatMap((step) => onward([...steps, step], depth - 1))]
  }
  return stepsBy(schema, field).flatMap((step) => onward([step], 2))
}

/** A mutation that names something by its id. */
export type Naming = { mutation: string; place: string; text: (examples: Examples) => string }

/** Every mutation that takes an id, once for each place where it can stand, with each input that it takes besides. */
export function everyNaming(schema: SchemaText): Naming[] {
  const mutations = schema.objects.get('Mutation')?.fields ?? []
  return mutations.flatMap((field) => {
    const slots = allSlots(schema, field)
    const places = [...new Set(slots.filter(isId).map(({ input }) => placeOf(input)))]
    return places.flatMap((place) =>
      slots
        .filter(({ recursive, path }) => !recursive && path.length <= 2)
        .map((slot): Naming => {
          const own = slots.filter(({ input }) => placeOf(input) === place)
          const text = (examples: Examples) => {
            const given = valueFor(schema, field, [...own, slot], { examples })
            return textOf(schema, 'mutation', [selected(schema, field, given)])
          }
          return { mutation: field.name, place, text }
        }),
    )
  })
}

/** The places of ids in what Query and Mutation take. */
export const idPlaces = (schema: SchemaText): string[] => placesOf(schema, 'ID')

/** The places of texts. */
export const textPlaces = (schema: SchemaText): string[] => placesOf(schema, 'String')

const placesOf = (schema: SchemaText, type: string) =>
  ['Query', 'Mutation'].flatMap((root) =>
    (schema.objects.get(root)?.fields ?? []).flatMap((field) =>
      allSlots(schema, field).flatMap(({ input }) => (nameOf(input.type) === type ? [placeOf(input)] : [])),
    ),
  )

const isId = ({ input }: Slot) => nameOf(input.type) === 'ID'

/** Those without a right of their own, too. */
function allSlots(schema: SchemaText, field: Field): Slot[] {
  const known = slotsOf(schema, field)
  const others = field.inputs.filter((input: Input) => !known.some((slot) => slot.input === input))
  return [...known, ...others.map((input) => ({ input, path: [input.name], recursive: false, beside: false }))]
}

function selected(schema: SchemaText, field: Field, given: Arguments): Selected {
  const to = schema.objects.has(nameOf(field.type)) ? nameOf(field.type) : null
  const scalars = (schema.objects.get(to ?? '')?.fields ?? []).filter(
    ({ type }) => !schema.objects.has(nameOf(type)) && !schema.interfaces.has(nameOf(type)),
  )
  const within = scalars.map((one): Selected => {
    return { alias: one.name, field: one, form: 'plain', arguments: {}, to: null, within: [] }
  })
  return { alias: field.name, field, form: 'plain', arguments: given, to, within }
}

/** What answers differently each time, and isn't about contacts; it is asked for apart from all else. */
const fickle = ['generatedPassword', 'securityReview', 'processingRegister', 'consentChallenge', 'previewMail']

/** Whether an operation asks for what answers differently each time. */
export const isFickle = (query: string): boolean => fickle.some((name) => query.includes(`: ${name}`))

function inBatches(schema: SchemaText, roots: readonly Selected[]): string[] {
  const named = roots.map((root, index) => ({ ...root, alias: `r${index}` }))
  const [apart, others] = [true, false].map((yes) => named.filter(({ field }) => fickle.includes(field.name) === yes))
  return [...batches(others ?? []), ...batches(apart ?? [])].map((batch) => textOf(schema, 'query', batch))
}

import { denialOf } from './checking.ts'
import { forEachOf } from './connection.ts'
import { type Enough, enoughBy } from './enough.ts'
import type { Selected } from './operations.ts'
import { stepsBy, type Way, waysThrough } from './paths.ts'
import { fieldsOf, forms, inParts, isByNode, type Reading, readingFor, select, wayWith } from './reading.ts'
import { ask, newReport, type Report } from './report.ts'
import { type Role, roleOf } from './roles.ts'
import { nameOf, placeOf } from './schema-text.ts'
import type { World } from './world.ts'

/** The ways of reading that lead to an object, found out as the administrator: with which of the seeded ids, in which forms. */
export async function findReadings(world: World): Promise<Reading[]> {
  const readings: Reading[] = []
  const administrator = roleOf(world, 'administrator')
  const reachedBefore = new Set<string>()
  for (const way of waysThrough(world.schema)) {
    const byInterface = isByNode(way)
    const again = byInterface || reachedBefore.has(way.to)
    if (!byInterface) reachedBefore.add(way.to)
    const candidates = (world.ids['Contact'] ?? []).map(
      (_id, id): Reading => ({ way, id, forms: byInterface || !again ? forms : ['plain'], again }),
    )
    const why: string[] = []
    for (const reading of candidates) {
      const report = newReport()
      await read(world, administrator, [{ ...reading, forms: ['plain'] }], report)
      // A value of another type than is asked for has nothing of it.
      const whole = report.differences.length === 0
      const reached = whole && [...report.seen].some((seen) => seen.includes(` ${way.to}.`))
      if (reached) readings.push(reading)
      why.push(...report.differences.slice(0, 1))
      if (reached) break
    }
    // Values of custom fields have one type each, and not all of these are there as the default of a field, say.
    if (readings.at(-1)?.way !== way && !isByInterface(world, way))
      throw new Error(
        [`nothing is reached through ${way.steps.map(({ field }) => placeOf(field)).join(', ')}`, ...why].join('\n'),
      )
  }
  return readings
}

/** Every field of every type, by every field that leads there, for everybody. */
export async function readingPass(
  world: World,
  readings: readonly Reading[],
  roles: readonly Role[] = world.roles,
): Promise<Report> {
  const report = newReport()
  const from = (root: Way['root']) => readings.filter(({ way }) => way.root === root)
  await forEachOf(roles, async (role) => {
    await read(world, role, from('Query'), report)
    await ask(world, role, scalarsOf(world, role), report)
  })
  // Signing in ends the session that one has, so it comes last. Hashing passwords is slow, and only so many may wait.
  const signsIn = ({ way }: Reading) => way.steps.some(({ field }) => field.name === 'signIn')
  const mutations = from('Mutation').toSorted((one, other) => Number(signsIn(one)) - Number(signsIn(other)))
  await forEachOf(roles, (role) => read(world, role, mutations, report), 2)
  return report
}

/** Adds to what there are roles for with just enough: every field of every type in every form, and every way. */
export function findEnoughToRead(world: World, readings: readonly Reading[], found: Map<string, Enough>) {
  for (const reading of readings) {
    const { schema } = world
    const along = (within: readonly Selected[]) => wayWith(schema, reading, within, world)
    const ofWay = enoughBy(schema, along([]), found)
    const byRole = Map.groupBy(fieldsOf(schema, reading, world), ([field]) =>
      enoughBy(schema, along(field ? [field] : []), found),
    )
    for (const [enough, fields] of byRole) {
      // By a second way, it is the way that matters.
      if (reading.forms.length > 1 || enough === ofWay) enough.reading.push(...inParts(fields.flat()).map(along))
    }
    ofWay.reading.push(...inOtherForms(reading, [along([])]))
  }
  for (const scalar of scalarsOf(world)) enoughBy(world.schema, scalar, found).reading.push(scalar)
}

/** Each field as somebody who has just enough for it. */
export async function enoughReadingPass(world: World, all: readonly Enough[]): Promise<Report> {
  const report = newReport()
  const some = (owner: string) => (selected: Selected) => selected.field.owner === owner
  await forEachOf(all, ({ role, reading }) => askAll(world, role, reading.filter(some('Query')), report))
  await forEachOf(all, ({ role, reading }) => askAll(world, role, reading.filter(some('Mutation')), report), 2)
  return report
}

/** What can be read without any object. */
const scalarsOf = (world: World, role?: Role): Selected[] =>
  (world.schema.objects.get('Query')?.fields ?? [])
    .filter((field) => stepsBy(world.schema, field).length === 0)
    .flatMap((field) => forms.map((form) => select(world.schema, field, form, world)))
    .filter((selected) => !role?.lacks || denialOf(world.schema, role, selected))

function read(world: World, role: Role, readings: readonly Reading[], report: Report) {
  const roots = readings.flatMap((reading) => {
    const own = readingFor(world.schema, role, reading, world)
    return [...own, ...(role.looksOut ? [] : inOtherForms(reading, own))]
  })
  return askAll(world, role, roots, report)
}

/** A field of Query is asked for in the other forms, too. */
function inOtherForms({ way }: Reading, [root]: readonly Selected[]): Selected[] {
  return root && way.steps.length === 1 ? forms.slice(1).map((form) => ({ ...root, form, within: [] })) : []
}

async function askAll(world: World, role: Role, roots: readonly Selected[], report: Report) {
  const isMutation = ({ field }: Selected) => field.owner === 'Mutation'
  await ask(
    world,
    role,
    roots.filter((root) => !isMutation(root)),
    report,
  )
  const mutations = roots.filter(isMutation)
  if (mutations.length > 0) await ask(world, role, mutations, report, { kind: 'mutation', ownSession: true })
}

const isByInterface = ({ schema }: World, { steps }: Way) =>
  steps.some(({ field }) => schema.interfaces.has(nameOf(field.type)))

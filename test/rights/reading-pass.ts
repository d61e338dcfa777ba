import { forEachOf } from './connection.ts'
import type { Selected } from './operations.ts'
import { stepsBy, type Way, waysThrough } from './paths.ts'
import { forms, isOneOfMany, type Reading, readingFor, select } from './reading.ts'
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
    await ask(world, role, scalarsOf(world), report)
  })
  // Signing in ends the session that one has, so it comes last. Hashing passwords is slow, and only so many may wait.
  const signsIn = ({ way }: Reading) => way.steps.some(({ field }) => field.name === 'signIn')
  const mutations = from('Mutation').toSorted((one, other) => Number(signsIn(one)) - Number(signsIn(other)))
  await forEachOf(roles, (role) => read(world, role, mutations, report), 2)
  return report
}

/** What can be read without any object. */
const scalarsOf = (world: World): Selected[] =>
  (world.schema.objects.get('Query')?.fields ?? [])
    .filter((field) => stepsBy(world.schema, field).length === 0)
    .flatMap((field) => forms.map((form) => select(world.schema, field, form, world)))

async function read(world: World, role: Role, readings: readonly Reading[], report: Report) {
  const byNode = new Set<Selected>()
  const roots = readings.flatMap((reading) => {
    const own = readingFor(world.schema, role, reading, world)
    if (isByNode(reading.way)) for (const root of own) for (const child of root.within) byNode.add(child)
    // A field of Query is asked for in the other forms, too.
    const others = own.slice(0, reading.way.steps.length === 1 && !isOneOfMany(world.schema, role, own[0]) ? 1 : 0)
    return [...own, ...others.flatMap((root) => forms.slice(1).map((form) => ({ ...root, form, within: [] })))]
  })
  const label = (selected: Selected) => (byNode.has(selected) ? 'node' : selected.form)
  const [queries, mutations] = [false, true].map((yes) =>
    roots.filter(({ field }) => (field.owner === 'Mutation') === yes),
  )
  await ask(world, role, queries ?? [], report, { label })
  if (!mutations?.length) return
  await ask(world, role, mutations, report, { label, kind: 'mutation', ownSession: true })
}

const isByNode = ({ steps }: Way) => steps.some(({ field }) => nameOf(field.type) === 'Node')

const isByInterface = ({ schema }: World, { steps }: Way) =>
  steps.some(({ field }) => schema.interfaces.has(nameOf(field.type)))

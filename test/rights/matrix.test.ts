import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/database/client.ts'
import { modules } from '../../src/modules/index.ts'
import { inputPass } from './input-pass.ts'
import { withoutWay } from './paths.ts'
import { findReadings, readingPass } from './reading-pass.ts'
import type { Report } from './report.ts'
import { type Access, placeOf } from './schema-text.ts'
import { emailOf, startWorld, type World } from './world.ts'

// Every right, for every role, in every place of the schema where one can stand: made from the text of the schema, so
// that what is added to it is tested as well.

let world: World
let reading: Report
let denied: Report
let allowed: Report
let before: unknown
let after: unknown

beforeAll(async () => {
  world = await startWorld({ runTimeRoles: true })
  const readings = await findReadings(world)
  // The newest entries of the log are about a contact.
  await world.act('mutation { createContact(input: { givenName: "Zqgiven" }) { id } }')
  world.readLogUntilNow()
  before = await snapshotOf(world.app.database)
  denied = await inputPass(world, 'denied')
  after = await snapshotOf(world.app.database)
  reading = await readingPass(world, readings)
  allowed = await inputPass(world, 'allowed')
}, 1_200_000)

afterAll(() => world?.close())

const first = (differences: readonly string[]) => differences.slice(0, 20)

describe('every role', () => {
  test('reads the fields that it may, and no others', () => {
    expect(first(reading.differences)).toEqual([])
  })

  test('is refused every input that it may not use, each named, and nothing happens', () => {
    expect(first(denied.differences)).toEqual([])
    expect(after).toEqual(before)
  })

  test('finds its refusals in the log', async () => {
    // Wrong passwords are refused as well, to everybody; what is denied stands only in refusals for want of a right.
    const refused = await world.app.database.systemAuditEntry.findMany({
      where: { action: 'refused', actorKind: 'user', fields: { has: 'denied' } },
      distinct: ['actorId'],
    })
    const limited = world.roles.filter(({ key, anonymous }) => key !== 'administrator' && !anonymous)
    const users = await world.app.database.user.findMany({
      where: { id: { in: refused.flatMap(({ actorId }) => actorId ?? []) } },
    })
    expect(users.map(({ email }) => email).sort()).toEqual(limited.map(({ key }) => emailOf(key)).sort())
  })

  test('is not refused what it may use', () => {
    expect(first(allowed.differences)).toEqual([])
  })

  test('meets no other failures', () => {
    const failures = [reading, denied, allowed].flatMap((report) => [...report.failures])
    expect(first(failures.filter((failure) => !unavoidable.includes(failure)))).toEqual([])
  })
})

describe('of the schema', () => {
  test('every field was seen in every form, with a value, and denied where it can be', () => {
    const objects = [...world.schema.objects.values()].filter(({ name }) => !withoutWay.includes(name))
    const missing = objects.flatMap((type) =>
      type.fields.flatMap((field) => {
        const place = placeOf(field)
        const forms = ['plain', 'inline', 'named', ...(type.interfaces.includes('Node') ? ['node'] : [])]
        const wanted =
          type.name === 'Mutation'
            ? outcomes(field.access).map((outcome) => `mutation ${place} ${outcome}`)
            : outcomes(field.access).flatMap((outcome) => forms.map((form) => `${form} ${place} ${outcome}`))
        const valueless =
          type.name === 'Mutation' || reading.valued.has(place) || untold.includes(place) ? [] : [`a value of ${place}`]
        return [
          ...wanted.filter((seen) => ![reading, denied, allowed].some((report) => report.seen.has(seen))),
          ...valueless,
        ]
      }),
    )
    expect(missing).toEqual([])
  })

  test('every input field was seen, and denied where it can be', () => {
    const inputs = [...world.schema.inputs.values()].flatMap((type) => type.fields)
    const missing = inputs.flatMap((input) =>
      outcomes(input.access)
        .map((outcome) => `${placeOf(input)} ${outcome}`)
        .filter(
          (seen) => ![denied, allowed].some(({ seen: all }) => all.has(`query ${seen}`) || all.has(`mutation ${seen}`)),
        ),
    )
    expect(missing).toEqual([])
  })

  test('the rights are those that the modules declare', () => {
    expect(modules.flatMap(({ rights }) => Object.keys(rights)).sort()).toEqual(world.schema.rights)
  })

  test('as much was compared as there is', () => {
    const fields = [...world.schema.objects.values()].flatMap((type) => type.fields).length
    expect(reading.comparisons).toBeGreaterThan(fields * world.roles.length * 3)
    const inputs = [...world.schema.inputs.values()].flatMap((type) => type.fields).length
    expect(denied.comparisons).toBeGreaterThan(inputs * world.roles.filter(({ turn }) => turn !== undefined).length)
  })
})

// With all that can be said of a field at once, which no kind of field takes; and with a right of a rule that is neither to
// read nor to write.
// And with a contact and a filter at once, which is no erasure; and with a rule that says nothing of how long.
const unavoidable = [
  ...['Query.previewFieldChange: INVALID_INPUT', 'Query.testRule: INVALID_INPUT'],
  ...['Query.previewErasure: INVALID_INPUT', 'Query.simulateRetentionRule: INVALID_INPUT'],
]

// Where the objects that one comes by have none. The tests of rules, webhooks and packages have values of them.
const untold = [
  ...['AuditActor.onBehalfOf', 'RuleField.right', 'WebhookTest.status'],
  // Of packages that are being made, answer a request, or were fetched: their own tests have values of these.
  ...['deliveredAt', 'deliveredHow', 'linkUsedAt', 'recordsDone', 'recordsTotal', 'requestId'].map(
    (field) => `AccessPackage.${field}`,
  ),
]

/** Where there is a right, some may and some may not. */
const outcomes = ({ read, write }: Access) => (read || write ? ['allowed', 'denied'] : ['allowed'])

/** What every table holds, as one checksum each; but for what changes by mere use, and what the log tells of refusals. */
async function snapshotOf(database: Database): Promise<Record<string, string>> {
  const tables = await database.$queryRaw<{ name: string }[]>`
    SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
      AND table_name NOT IN ('grant_use', 'audit_leaf', 'audit_node', 'audit_checkpoint', 'audit_sequencer')`
  const sums: Record<string, string> = {}
  for (const { name } of tables) {
    const [row] = await database.$queryRawUnsafe<{ sum: string }[]>(
      `SELECT count(*) || ' ' || coalesce(md5(string_agg(row, ' ' ORDER BY row)), '') AS sum
       FROM (SELECT (to_jsonb(t) - 'last_seen_at')::text AS row FROM "${name}" t
             WHERE to_jsonb(t)->>'action' IS DISTINCT FROM 'refused') rows`,
    )
    sums[name] = row?.sum ?? ''
  }
  return sums
}

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/database/client.ts'
import { modules } from '../../src/modules/index.ts'
import type { Enough } from './enough.ts'
import { enoughInputPass, findEnoughToWrite, inputPass } from './input-pass.ts'
import { withoutWay } from './paths.ts'
import { forms } from './reading.ts'
import { enoughReadingPass, findEnoughToRead, findReadings, readingPass } from './reading-pass.ts'
import type { Report } from './report.ts'
import { type Access, type OutputType, placeOf } from './schema-text.ts'
import { emailOf, startWorld, type World } from './world.ts'

// Every right, for every role, in every place of the schema where one can stand: made from the text of the schema, so
// that what is added to it is tested as well.

let world: World
let reading: Report
let denied: Report
let allowed: Report
let enoughRead: Report
let enoughAsked: Report
let enoughUsed: Report
let before: unknown
let after: unknown

beforeAll(async () => {
  world = await startWorld({ runTimeRoles: true })
  const readings = await findReadings(world)
  const found = new Map<string, Enough>()
  findEnoughToRead(world, readings, found)
  findEnoughToWrite(world, found)
  const enough = [...found.values()]
  await world.addRoles(enough.map(({ role }) => role))
  // The newest entries of the log are about a contact.
  await world.act('mutation { createContact(input: { givenName: "Zqgiven" }) { id } }')
  world.readLogUntilNow()
  before = await snapshotOf(world.app.database)
  denied = await inputPass(world, 'denied')
  after = await snapshotOf(world.app.database)
  reading = await readingPass(world, readings)
  enoughRead = await enoughReadingPass(world, enough)
  enoughAsked = await enoughInputPass(world, enough, 'query')
  allowed = await inputPass(world, 'allowed')
  enoughUsed = await enoughInputPass(world, enough, 'mutation')
}, 1_200_000)

afterAll(() => world?.close())

const reports = () => [reading, denied, allowed, ...withEnough()]
const withEnough = () => [enoughRead, enoughAsked, enoughUsed]
const isSeen = (what: string) => reports().some(({ seen }) => seen.has(what))
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
    // Whoever has just enough for a field may lack the right of its type, which is noted besides.
    const emails = users.map(({ email }) => email).filter((email) => !email.startsWith('only-'))
    expect(emails.sort()).toEqual(limited.map(({ key }) => emailOf(key)).sort())
  })

  test('is not refused what it may use', () => {
    expect(first(allowed.differences)).toEqual([])
  })

  test('that grants just enough for something is not refused it', () => {
    expect(first(withEnough().flatMap(({ differences }) => differences))).toEqual([])
  })

  test('meets no other failures', () => {
    const failures = reports().flatMap((report) => [...report.failures])
    expect(first(failures.filter((failure) => !unavoidable.includes(failure)))).toEqual([])
  })
})

describe('of the schema', () => {
  test('every field was seen in every form, with a value, and denied for want of each of its rights', () => {
    const missing = tellableTypes().flatMap((type) =>
      type.fields.flatMap((field) => {
        const place = placeOf(field)
        const wanted = outcomes(field.access).flatMap((outcome) =>
          formsOf(type).map((form) => `${form} ${place} ${outcome}`),
        )
        const valueless =
          type.name === 'Mutation' || reading.valued.has(place) || untold.includes(place) ? [] : [`a value of ${place}`]
        return [...wanted.filter((seen) => !isSeen(seen)), ...valueless]
      }),
    )
    expect(missing).toEqual([])
  })

  test('nearly every field was seen in every form by somebody who has just enough', () => {
    const wanted = tellableTypes().flatMap((type) =>
      type.fields.flatMap((field) => formsOf(type).map((form) => `${form} ${placeOf(field)} allowed with just enough`)),
    )
    // Some are in what is null for them: entries of the log and reports are about what else they may not read.
    expect(wanted.filter((seen) => !isSeen(seen)).length).toBeLessThan(wanted.length * 0.15)
  })

  test('every input field was seen, also with just enough, and denied for want of each of its rights', () => {
    const inputs = [...world.schema.inputs.values()].flatMap((type) => type.fields)
    const missing = inputs.flatMap((input) =>
      ['allowed with just enough', ...outcomes(input.access)]
        .map((outcome) => `${placeOf(input)} ${outcome}`)
        .filter((seen) => !isSeen(`query ${seen}`) && !isSeen(`mutation ${seen}`)),
    )
    expect(missing).toEqual([])
  })

  test('the rights are those that the modules declare', () => {
    expect(modules.flatMap(({ rights }) => Object.keys(rights)).sort()).toEqual(world.schema.rights)
  })

  test('as much was compared as there is', () => {
    const fields = [...world.schema.objects.values()].flatMap((type) => type.fields).length
    const asking = world.roles.filter(({ lacks, looksOut }) => !lacks && !looksOut)
    expect(reading.comparisons).toBeGreaterThan(fields * asking.length * 3)
    const inputs = [...world.schema.inputs.values()].flatMap((type) => type.fields).length
    expect(denied.comparisons).toBeGreaterThan(inputs * 10)
  })
})

const tellableTypes = () => [...world.schema.objects.values()].filter(({ name }) => !withoutWay.includes(name))

const formsOf = ({ name, interfaces }: OutputType) =>
  name === 'Mutation' ? ['mutation'] : [...forms, ...(interfaces.includes('Node') ? ['node'] : [])]

// With all that can be said of a field at once, which no kind of field takes; and with a right of a rule that is neither to
// read nor to write.
// And with a contact and a filter at once, which is no erasure; with a rule that says nothing of how long; and with a report that groups by
// nothing.
const unavoidable = [
  ...['Query.previewFieldChange: INVALID_INPUT', 'Query.testRule: INVALID_INPUT'],
  ...['Query.previewErasure: INVALID_INPUT', 'Query.simulateRetentionRule: INVALID_INPUT'],
  'Query.reportGroups: INVALID_INPUT',
  // And with ids of reports that aren't there.
  ...['reportGroups', 'runReport', 'previewReportReaction'].map((name) => `Query.${name}: NOT_FOUND`),
]

// Where the objects that one comes by have none. The tests of rules, webhooks and packages have values of them.
const untold = [
  ...['AuditActor.onBehalfOf', 'RuleField.right', 'WebhookTest.status'],
  // Of packages that are being made, answer a request, or were fetched: their own tests have values of these.
  ...['deliveredAt', 'deliveredHow', 'linkUsedAt', 'recordsDone', 'recordsTotal', 'requestId'].map(
    (field) => `AccessPackage.${field}`,
  ),
  // A word for a code: the tests of reports have values of it.
  'ReportCell.name',
  // Of one that broke on our side nobody can say what to do, and none is being made meanwhile.
  ...['ReportFile.faultMessage', 'ReportFile.rowsTotal'],
  // Of mails that were sent, and came back: the tests of mails, bounces and schedules have values of these.
  ...['ContactMail.bouncedAt', 'EmailAddress.undeliverableAt', 'MailPreview.from'],
  ...['bouncedAt', 'reason', 'sentAt', 'state'].map((field) => `ReportMailing.${field}`),
  ...['ReportAddress.undeliverableAt', 'ReportRecipient.undeliverableAt', 'User.undeliverableAt'],
  ...['attachment', 'attachmentsAllowedAt', 'trouble'].map((field) => `ReportSchedule.${field}`),
  ...['expiresAt', 'fingerprint'].map((field) => `ReportProtection.${field}`),
  // One question is about one subject.
  ...['erasureGround', 'ground', 'language', 'requestKind'].map((field) => `StatisticCell.${field}`),
]

/** Where there is a right, some may and some may not. */
const outcomes = ({ read, write }: Access) => [
  'allowed',
  ...[read, write].flatMap((right) => (right ? ['denied', `denied for want of ${right}`] : [])),
]

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

import { encodeGlobalID } from '@pothos/plugin-relay'
import fc from 'fast-check'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { giveBasis, prepareBases, tellingBases } from '../support/basis.ts'
import { asCaller, run, type TestContext, testContext } from '../support/context.ts'
import { freshDatabase, ownerOf, withClient } from '../support/database.ts'

// However the log is searched, what comes is what a look at each single entry would find. There are enough entries that all
// ways of searching are taken: near the beginning, by the index, through days in which there is too much, by contacts.

type Entry = {
  id: string
  contactId: string | null
  recordedAt: Date
  actorKind: string
  actorId: string | null
  action: string
  operation: string
  entity: string
  fields: string[]
}

const day = 86_400_000
const now = Date.now() - 1000
const contacts = Array.from({ length: 40 }, () => uuidv7())
const [seldom = '', ...frequent] = contacts
const actors = Array.from({ length: 3 }, () => uuidv7())
const entries: Entry[] = []
/** The newest first. */
let ordered: readonly Entry[] = []
let context: TestContext

const pick = <T>(values: readonly T[], number: number) => values[number % values.length] as T

/** Entries of two years: most of them in one night, half a year ago, and some things only long ago. */
function makeEntries() {
  const kinds = ['user', 'client', 'system']
  for (let index = 0; index < 60_000; index++) {
    const night = index % 2 === 0
    const recordedAt = new Date(night ? now - 180 * day - index * 1000 : now - (index / 60_000) * 730 * day)
    const age = (now - recordedAt.getTime()) / day
    const isOld = age > 600
    const isAboutContact = night || index % 3 > 0
    const isEarlyRow = age > 170 && age < 179 && index % 20 === 5
    const isSeldom = !night && age > 181 && index % 20 < 7
    const actorKind = pick(kinds, index % 7)
    const [entity, field] = isAboutContact
      ? pick(
          [
            ['Contact', 'givenName'],
            ['EmailAddress', 'address'],
            ['Contact', isOld ? 'timeZone' : 'tags'],
          ] as const,
          index,
        )
      : pick(
          [
            ['User', 'name'],
            ['Session', 'expiresAt'],
          ] as const,
          index,
        )
    entries.push({
      id: uuidv7({ msecs: recordedAt.getTime() }),
      contactId: isAboutContact ? (isSeldom ? seldom : pick(frequent, Math.floor(index / 5))) : null,
      recordedAt,
      actorKind,
      actorId: actorKind === 'user' ? pick(actors, index) : null,
      action: index % 4001 === 0 ? 'removed' : pick(['created', 'updated', 'updated'], Math.floor(index / 3)),
      operation: night || isEarlyRow ? 'importContacts' : pick(['updateContact', 'createContact'], index),
      entity: index % 5003 === 1 ? 'ContactMerge' : entity,
      fields: index % 911 === 0 ? [field, 'birthDate'] : [field],
    })
  }
  // At the ends of what is looked at in one go.
  for (const isAbout of [true, false]) {
    const own = inOrder(entries.filter(({ contactId }) => (contactId !== null) === isAbout))
    for (const at of [0, 1998, 1999, 2000, 2001, 19_998, 19_999, 20_000, own.length - 1])
      Object.assign(own[at] ?? {}, { action: 'removed', operation: 'edge' })
  }
  ordered = inOrder(entries)
}

const inOrder = (some: readonly Entry[]) => some.toSorted((one, other) => (one.id < other.id ? 1 : -1))

beforeAll(async () => {
  const url = await freshDatabase()
  context = { ...testContext(url), bases: [tellingBases.basis] }
  await prepareBases(url)
  makeEntries()
  const insert = (table: string, contactId: string) => `
    INSERT INTO ${table} (${contactId && 'contact_id, sequence, '}id, recorded_at, request_id, actor_kind, actor_id, action, operation, entity, entity_id, fields)
    SELECT ${contactId && '(e ->> $$contactId$$)::uuid, n, '}(e ->> 'id')::uuid, (e ->> 'recordedAt')::timestamptz, 'r' || n % 5000, e ->> 'actorKind', (e ->> 'actorId')::uuid,
      e ->> 'action', e ->> 'operation', e ->> 'entity', gen_random_uuid(), ARRAY(SELECT jsonb_array_elements_text(e -> 'fields'))
    FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY j(e, n) ORDER BY e ->> 'id'`
  await withClient(ownerOf(url), async (client) => {
    await client.query("SET session_replication_role = 'replica'")
    const [about, others] = [true, false].map((is) => entries.filter(({ contactId }) => (contactId !== null) === is))
    await client.query(insert('audit_entry', 'contact_id'), [JSON.stringify(about)])
    await client.query(insert('system_audit_entry', ''), [JSON.stringify(others)])
    await client.query('INSERT INTO contact (contact_id) SELECT unnest($1::uuid[])', [contacts])
    await client.query('ANALYZE')
  })
  await giveBasis(context.database, 'some', ...contacts.slice(0, 20))
  await giveBasis(context.database, 'one', seldom)
}, 120_000)

afterAll(() => context?.close())

const query = `query ($filter: AuditFilter, $first: Int, $after: String, $last: Int, $before: String) {
  auditLog(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
    edges { node { id } } pageInfo { hasNextPage hasPreviousPage }
  }
}`

// Mostly not, or nothing would be found by all of them together.
const maybe = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })
const filters = fc.record({
  contact: maybe(fc.constantFrom(...contacts)),
  actor: maybe(fc.constantFrom(...actors, uuidv7())),
  actorKind: maybe(fc.constantFrom('user', 'client', 'system', 'operator')),
  action: maybe(fc.constantFrom('created', 'updated', 'removed', 'refused')),
  entity: maybe(fc.constantFrom('Contact', 'EmailAddress', 'ContactMerge', 'User', 'Session')),
  field: maybe(fc.constantFrom('givenName', 'address', 'tags', 'timeZone', 'birthDate', 'expiresAt')),
  operation: maybe(fc.constantFrom('importContacts', 'updateContact', 'edge', 'nothing')),
  from: maybe(fc.integer({ min: 0, max: 800 })),
  until: maybe(fc.oneof(fc.constant(180), fc.integer({ min: 0, max: 800 }))),
})
type Filter = typeof filters extends fc.Arbitrary<infer T> ? T : never
const pageOf = fc.record({ size: fc.constantFrom(1, 7, 50), backward: fc.boolean(), at: maybe(fc.nat(59_999)) })
const purpose = fc.constantFrom(undefined, undefined, 'some', 'one', 'none')

const seenFor: Record<string, readonly string[]> = { some: contacts.slice(0, 20), one: [seldom], none: [] }
const timeOf = (days: number | undefined) => (days === undefined ? undefined : new Date(now - days * day))

const matches = (
  { contact, actor, field, from, until, ...plain }: Partial<Filter>,
  seen: readonly string[] | undefined,
) => {
  const [begin, end] = [timeOf(from), timeOf(until)]
  return (entry: Entry) =>
    (['actorKind', 'action', 'entity', 'operation'] as const).every((name) =>
      [undefined, entry[name]].includes(plain[name]),
    ) &&
    (!contact || entry.contactId === contact) &&
    (!actor || entry.actorId === actor) &&
    (!field || entry.fields.includes(field)) &&
    (!begin || entry.recordedAt >= begin) &&
    (!end || entry.recordedAt < end) &&
    (!seen || entry.contactId === null || seen.includes(entry.contactId))
}

const cursorOf = (id: string) => Buffer.from(JSON.stringify(['-id', id])).toString('base64url')

type Page = typeof pageOf extends fc.Arbitrary<infer T> ? T : never

/** Compares what is found with what each entry by itself says. */
async function expectPage(filter: Partial<Filter>, { size, backward, at }: Page, bound: string | undefined) {
  const caller = bound
    ? asCaller(context, [{ right: '*', read: true, write: true, roleId: 'r', purposes: [bound] }])
    : context
  const { contact, actor, actorKind, action, from, until, ...rest } = filter
  // What is logged of these searches themselves is newer than all.
  const edge = cursorOf(uuidv7({ msecs: now + 500 }))
  const start = at === undefined ? undefined : pick(ordered, at).id
  const variables = {
    filter: {
      ...rest,
      contactId: contact && encodeGlobalID('Contact', contact),
      actorId: actor && encodeGlobalID('User', actor),
      actorKind: actorKind?.toUpperCase(),
      action: action?.toUpperCase(),
      from: timeOf(from),
      until: timeOf(until),
    },
    ...(backward
      ? { last: size, after: edge, before: start && cursorOf(start) }
      : { first: size, after: start ? cursorOf(start) : edge }),
  }
  const { data, errors } = await run(caller, query, variables)
  expect(errors).toEqual([])
  const found = ordered.filter(matches(filter, bound ? seenFor[bound] : undefined))
  const beyond = found.filter(({ id }) => start === undefined || (backward ? id > start : id < start))
  const expected = backward ? beyond.slice(-size) : beyond.slice(0, size)
  expect(data.auditLog.edges.map(({ node }: { node: { id: string } }) => node.id)).toEqual(expected.map(({ id }) => id))
  expect(data.auditLog.pageInfo[backward ? 'hasPreviousPage' : 'hasNextPage']).toBe(beyond.length > size)
}

test('any search, in any direction and from anywhere, finds what is there and nothing else', async () => {
  await fc.assert(fc.asyncProperty(filters, pageOf, purpose, expectPage), { numRuns: 300 })
}, 180_000)

const places = [undefined, 9000]
test.each<Partial<Filter>>([
  { operation: 'importContacts' },
  { operation: 'importContacts', until: 180 },
  { operation: 'edge' },
  { field: 'birthDate' },
  { field: 'timeZone' },
  { until: 180 },
  { from: 180 },
])('so does one for %o', async (filter) => {
  for (const bound of [undefined, ...Object.keys(seenFor)]) {
    for (const backward of [false, true]) {
      for (const at of places)
        for (const size of [7, 50] as const) await expectPage(filter, { size, backward, at }, bound)
    }
  }
})

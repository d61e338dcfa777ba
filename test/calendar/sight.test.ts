import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { modules } from '../../src/modules/index.ts'
import { createPeople } from '../identity/access-support.ts'
import { giveBasis, prepareBases, tellingBases } from '../support/basis.ts'
import { type Calendar, openCalendar, uuid } from './support.ts'

let calendar: Calendar
let people: ReturnType<typeof createPeople>
let bound: string
const ids = { seen: '', hidden: '' }
const made = { shared: '', hidden: '', internal: '' }

beforeAll(async () => {
  calendar = await openCalendar({ modules: [...modules, tellingBases] })
  await prepareBases(calendar.config.databaseUrl ?? '')
  people = createPeople(calendar.work)
  bound = (await people.person({ '*': 'rw' }, { purposes: ['newsletter'] })).token
  ids.seen = await calendar.person({ givenName: 'Seen' })
  ids.hidden = await calendar.person({ givenName: 'Zqhidden' })
  await giveBasis(calendar.database, 'newsletter', uuid(ids.seen))
  const [seen, hidden] = [{ contactId: ids.seen }, { contactId: ids.hidden }]
  const guests = [{ name: 'Guest' }]
  made.shared = (await calendar.enter({ title: 'Shared', description: 'Note', contacts: [hidden, seen], guests })).id
  made.hidden = (await calendar.enter({ title: 'Zqhidden', rule: 'FREQ=DAILY', contacts: [hidden] })).id
  made.internal = (await calendar.enter({ title: 'Internal' })).id
}, 60_000)
afterAll(() => calendar?.close())

const asBound = async (query: string, variables: object = {}) => calendar.graphql(query, variables, bound)

describe('who is bound to purposes', () => {
  test('sees appointments about contacts that they see, and is not told whether others take part', async () => {
    const { data } = await asBound(
      `{ appointments(orderBy: CREATED_AT) { edges { node { title description contactCount participants { contact { givenName } name } } } } }`,
    )
    expect(data.appointments.edges.map(({ node }: { node: object }) => node)).toEqual([
      {
        ...{ title: 'Shared', description: 'Note', contactCount: 1 },
        participants: [
          { contact: { givenName: 'Seen' }, name: null },
          { contact: null, name: 'Guest' },
        ],
      },
      { title: 'Internal', description: null, contactCount: 0, participants: [] },
    ])
  })

  test('hears of no other, by whatever way', async () => {
    const window = 'from: "2026-03-01T00:00:00Z", to: "2026-04-01T00:00:00Z"'
    for (const query of [
      `{ appointment(id: "${made.hidden}") { id } }`,
      `{ appointmentOccurrences(${window}) { edges { node { begin appointment { id title } } } } }`,
      `{ appointments(filter: { contact: "${ids.hidden}" }) { edges { node { id title } } } }`,
      `{ appointments(filter: { title: "zqhidden" }) { edges { node { id title } } } }`,
      `{ contact(id: "${ids.hidden}") { appointments { edges { node { id } } } } }`,
      `{ iCalendar }`,
      `{ auditLog(first: 500) { edges { node { entity entityId changes { field old new } } } } }`,
    ]) {
      const { data, errors } = await asBound(query)
      expect([query, errors]).toEqual([query, undefined])
      expect(JSON.stringify(data)).not.toMatch(/zqhidden/i)
      expect(JSON.stringify(data)).not.toContain(made.hidden)
      expect(JSON.stringify(data)).not.toContain(uuid(ids.hidden))
    }
    const { data } = await asBound(
      `{ appointmentOccurrences(${window}) { edges { node { appointment { title } } } } iCalendar }`,
    )
    expect(data.appointmentOccurrences.edges).toHaveLength(2)
    expect(data.iCalendar).toContain('SUMMARY:Shared')
  })

  test('changes only what they see, and hears of the rest as of what is not there', async () => {
    const nowhere = '01a00000-0000-7000-8000-000000000000'
    const { update, remove, create } = calendar.operations
    for (const id of [made.hidden, nowhere]) {
      for (const [operation, input] of [
        [update, { id, version: 1, title: 'Changed' }],
        [remove, { id, version: 1 }],
      ] as const) {
        const { errors } = await asBound(operation, { input })
        expect(errors?.[0]).toMatchObject({
          message: 'There is no such appointment.',
          extensions: { code: 'NOT_FOUND' },
        })
      }
    }
    const input = { title: 'New', begin: '2026-03-27', end: '2026-03-28', contacts: [{ contactId: ids.hidden }] }
    expect((await asBound(create, { input })).errors?.[0]?.extensions.code).toBe('NOT_FOUND')
    const own = await asBound(create, { input: { ...input, contacts: [{ contactId: ids.seen }] } })
    expect(own.data.createAppointment.contactCount).toBe(1)
    const imported = 'mutation { importAppointments(input: { content: "BEGIN:VCALENDAR" }) { created } }'
    expect((await asBound(imported)).errors?.[0]?.extensions.code).toBe('FORBIDDEN')
  })
})

describe('an appointment that is shared with somebody whom the caller does not see', () => {
  const partOf = (id: string) =>
    calendar.database.appointmentParticipant.findMany({ where: { appointmentId: id, contactId: uuid(ids.hidden) } })
  const enter = (input: object = {}) =>
    calendar.enter({ contacts: [{ contactId: ids.hidden }, { contactId: ids.seen }], ...input })
  const change = async (input: object) => {
    const { data, errors } = await asBound(calendar.operations.update, { input })
    return errors?.[0]?.extensions ?? data.updateAppointment
  }

  test('is changed for all of them, as one that is shared with nobody', async () => {
    const own = await calendar.enter({ contacts: [{ contactId: ids.seen }] })
    const shared = await enter()
    for (const { id } of [own, shared]) {
      const moved = { title: 'Moved', description: 'Bring tea', begin: '2026-03-28T09:00', end: '2026-03-28T10:00' }
      expect(await change({ id, version: 1, ...moved })).toMatchObject({ title: 'Moved', version: 2, contactCount: 1 })
      const contacts = [{ contactId: ids.seen, role: 'CHAIR' }]
      expect(await change({ id, version: 2, contacts })).toMatchObject({ version: 3, contactCount: 1 })
      expect(await change({ id, version: 3, contacts: [] })).toMatchObject({ faults: [{ field: 'contacts' }] })
      const stranger = [...contacts, { contactId: ids.hidden }]
      expect(await change({ id, version: 3, contacts: stranger })).toMatchObject({ code: 'NOT_FOUND' })
    }
    expect(await partOf(shared.id)).toMatchObject([{ title: 'Moved' }])
    const { participants, description } = await calendar.look(shared.id)
    expect([participants.length, description]).toEqual([2, 'Bring tea'])
  })

  test('of a series keeps those who are not seen in what differs, and in what follows', async () => {
    const series = await enter({ rule: 'FREQ=DAILY;COUNT=9' })
    const { id } = series
    const target = { id, version: 1, scope: 'INSTANCE', instance: '2026-03-29T09:00' }
    const differing = await change({ ...target, title: 'Later', contacts: [{ contactId: ids.seen }] })
    const following = await change({ id, version: 2, scope: 'FOLLOWING', instance: '2026-03-31T09:00', title: 'Rest' })
    for (const one of [differing.id, following.id]) expect(await partOf(one)).toHaveLength(1)
    expect(await partOf(differing.id)).toMatchObject([{ title: 'Later' }])
  })

  test('goes for those who are seen alone, as if it were gone', async () => {
    const { id } = await enter({ rule: 'FREQ=DAILY;COUNT=9' })
    const target = { id, version: 1, scope: 'INSTANCE', instance: '2026-03-29T09:00' }
    const alone = await calendar.change({ ...target, contacts: [{ contactId: ids.seen }] })
    const gone = await asBound(calendar.operations.remove, { input: { id, version: 2 } })
    expect(gone).toMatchObject({ data: { deleteAppointment: true } })
    expect((await asBound(`{ appointment(id: "${id}") { id } }`)).data.appointment).toBeNull()
    expect(await calendar.look(alone.id)).toBeNull()
    const left = await calendar.look(id)
    expect(left.exceptions).toEqual(['2026-03-29T09:00:00'])
    expect(left.participants.map(({ contact }: { contact: { id: string } }) => contact.id)).toEqual([ids.hidden])
  })

  test('stays where only one of its times is shared', async () => {
    const { id } = await calendar.enter({ rule: 'FREQ=DAILY;COUNT=9', contacts: [{ contactId: ids.seen }] })
    const target = { id, version: 1, scope: 'INSTANCE', instance: '2026-03-29T09:00' }
    const shared = await calendar.change({ ...target, contacts: [{ contactId: ids.seen }, { contactId: ids.hidden }] })
    expect((await asBound(calendar.operations.remove, { input: { id, version: 2 } })).errors).toBeUndefined()
    expect(await calendar.look(id)).toBeNull()
    expect(await calendar.look(shared.id)).toMatchObject({ series: null, begin: '2026-03-29T09:00:00' })
  })
})

describe('rights', () => {
  test('stand on each field, and on what may be filtered and written', async () => {
    const reader = (await people.person({ 'calendar.appointments': 'r' })).token
    const { data, errors } = await calendar.graphql(
      `{ appointment(id: "${made.shared}") { begin title description participants { name } contactCount } }`,
      {},
      reader,
    )
    expect(data.appointment).toEqual({
      ...{ begin: '2026-03-27T09:00:00', title: null, description: null, participants: null, contactCount: null },
    })
    expect(errors?.map(({ extensions }) => extensions.right).toSorted()).toEqual([
      ...['calendar.description', 'calendar.participants', 'calendar.participants', 'calendar.title'],
    ])
    const filtered = await calendar.fail('{ appointments(filter: { title: "x" }) { edges { cursor } } }', {}, reader)
    expect(filtered.denied).toEqual([{ path: 'filter.title', access: 'read', right: 'calendar.title' }])
    const writer = (await people.person({ 'calendar.appointments': 'rw', 'calendar.title': 'rw' })).token
    const input = { title: 'a', begin: '2026-03-27', end: '2026-03-28', description: null, guests: [{ name: 'b' }] }
    const denied = await calendar.fail(calendar.operations.create, { input }, writer)
    expect(denied.denied.map(({ path }: { path: string }) => path)).toEqual(
      expect.arrayContaining(['input.description', 'input.guests']),
    )
    for (const query of ['{ iCalendar }', 'mutation { importAppointments(input: { content: "" }) { created } }']) {
      expect((await calendar.fail(query, {}, writer)).code).toBe('FORBIDDEN')
    }
  })

  test('hold for what an export tells and an import brings', async () => {
    const exporter = (await people.person({ 'calendar.*': 'r' })).token
    const { data } = await calendar.graphql('{ iCalendar }', {}, exporter)
    expect(data.iCalendar).toContain('SUMMARY:Shared')
    expect(data.iCalendar).toContain('CN="Guest"')
    expect(data.iCalendar).not.toMatch(/@example\.org|CN="Seen"|urn:uuid/)
    const bare = (await people.person({ 'calendar.export': 'r' })).token
    const { data: little } = await calendar.graphql('{ iCalendar }', {}, bare)
    expect(little.iCalendar).toContain('DTSTART;TZID=Europe/Berlin:20260327T090000')
    expect(little.iCalendar).not.toMatch(/Shared|Guest|Note|ATTENDEE/)
    const importer = (await people.person({ 'calendar.import': 'rw', 'calendar.title': 'rw' })).token
    const event = [
      'BEGIN:VCALENDAR',
      'BEGIN:VEVENT',
      'UID:rights',
      'SUMMARY:a',
      'DTSTART:20260327',
      'DESCRIPTION:b',
      'END:VEVENT',
      'END:VCALENDAR',
    ]
    const importing = `mutation ($content: String!) { importAppointments(input: { content: $content }) {
      created rejected rejectedComponents { line faults { field message } } } }`
    const answer = await calendar.graphql(importing, { content: event.join('\n') }, importer)
    expect(answer.data.importAppointments).toMatchObject({
      ...{ created: 0, rejected: 1 },
      rejectedComponents: [{ line: 2, faults: [{ field: 'description' }] }],
    })
  })
})

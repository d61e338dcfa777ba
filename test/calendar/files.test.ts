import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPeople } from '../identity/access-support.ts'
import { databaseEnvironment } from '../support/environment.ts'
import { inFolder, lethe } from '../support/lethe.ts'
import { type Calendar, openCalendar, uuid } from './support.ts'

let calendar: Calendar
beforeAll(async () => {
  calendar = await openCalendar()
}, 60_000)
afterAll(() => calendar?.close())

const importing = `mutation ($input: ImportAppointmentsInput!) { importAppointments(input: $input) {
  dryRun created updated cancelled unchanged rejected rejectedComponents { line faults { field message } } } }`
const bring = async (content: string, more: object = {}) =>
  (await calendar.ask(importing, { input: { content, ...more } })).importAppointments
const file = (...body: string[]) => ['BEGIN:VCALENDAR', 'VERSION:2.0', ...body, 'END:VCALENDAR', ''].join('\r\n')
const event = (uid: string, ...body: string[]) => [
  ...[
    'BEGIN:VEVENT',
    `UID:${uid}`,
    'DTSTART;TZID=Europe/Berlin:20260327T090000',
    'DURATION:PT1H',
    ...body,
    'END:VEVENT',
  ],
]
const none = { created: 0, updated: 0, cancelled: 0, unchanged: 0, rejected: 0 }
const found = async (uid: string) => {
  const { id } = await calendar.database.appointment.findFirstOrThrow({ where: { uid, recurrenceId: '' } })
  return calendar.look(id)
}

describe('an import', () => {
  test('brings appointments in once, and changes them when they changed', async () => {
    const first = file(...event('once', 'SUMMARY:One', 'RRULE:FREQ=DAILY'))
    expect(await bring(first)).toMatchObject({ ...none, created: 1 })
    expect(await bring(first)).toMatchObject({ ...none, unchanged: 1 })
    expect(await bring(file(...event('once', 'SUMMARY:Two', 'RRULE:FREQ=DAILY', 'SEQUENCE:2')))).toMatchObject({
      ...none,
      updated: 1,
    })
    // An older version says nothing any more.
    expect(await bring(file(...event('once', 'SUMMARY:Three', 'SEQUENCE:1')))).toMatchObject({ ...none, unchanged: 1 })
    expect(await found('once')).toMatchObject({ title: 'Two', rule: 'FREQ=DAILY', begin: '2026-03-27T09:00:00' })
    expect(await bring(file(...event('dry', 'SUMMARY:Dry')), { dryRun: true })).toMatchObject({
      ...none,
      dryRun: true,
      created: 1,
    })
    expect(await calendar.database.appointment.count({ where: { uid: 'dry' } })).toBe(0)
  })

  test('that several make at once makes one of each', async () => {
    const content = file(...event('race', 'SUMMARY:Race'))
    const results = await Promise.all([1, 2, 3, 4].map(() => bring(content)))
    expect(results.map(({ created }) => created).toSorted()).toEqual([0, 0, 0, 1])
    expect(await calendar.database.appointment.count({ where: { uid: 'race' } })).toBe(1)
  })

  test('finds who takes part by their mail addresses, and takes nobody out', async () => {
    const ida = await calendar.person({ emails: [{ address: 'Ida.Import@example.org' }] })
    const eva = await calendar.person()
    for (let count = 0; count < 2; count++) await calendar.person({ emails: [{ address: 'shared@example.org' }] })
    const people = [
      'ORGANIZER;CN="Ada":mailto:ada@example.org',
      'ATTENDEE;ROLE=OPT-PARTICIPANT;PARTSTAT=ACCEPTED:mailto:ida.import@EXAMPLE.org',
      'ATTENDEE;CN=Shared:mailto:shared@example.org',
      'ATTENDEE;CN=Otto:mailto:otto@example.org',
    ]
    await bring(file(...event('people', 'SUMMARY:People', ...people)), { contactId: eva })
    const { participants } = await found('people')
    expect(participants).toMatchObject([
      { contact: { id: ida }, role: 'OPTIONAL', participation: 'ACCEPTED' },
      { contact: { id: eva }, role: 'REQUIRED' },
      { user: { email: 'ada@example.org' }, role: 'CHAIR' },
      { name: 'Shared', email: 'shared@example.org' },
      { name: 'Otto', email: 'otto@example.org' },
    ])
    await bring(
      file(
        ...event('people', 'SUMMARY:People', 'SEQUENCE:1', 'ATTENDEE;PARTSTAT=DECLINED:mailto:ida.import@example.org'),
      ),
    )
    expect((await found('people')).participants).toMatchObject([
      { contact: { id: ida }, role: 'REQUIRED', participation: 'DECLINED' },
      { contact: { id: eva } },
      { user: { email: 'ada@example.org' } },
    ])
  })

  test('brings instances that differ, wherever their series stands, and what is called off', async () => {
    const instance = [
      ...['BEGIN:VEVENT', 'UID:series', 'RECURRENCE-ID:20260328T080000Z', 'SUMMARY:Moved'],
      ...['DTSTART;TZID=America/New_York:20260328T090000', 'DTEND;TZID=America/New_York:20260328T100000', 'END:VEVENT'],
    ]
    const content = file(...instance, ...event('series', 'SUMMARY:Series', 'RRULE:FREQ=DAILY;COUNT=3'))
    expect(await bring(content)).toMatchObject({ ...none, created: 2 })
    const times = () => calendar.times('2026-03-27T00:00:00Z', '2026-04-01T00:00:00Z', { title: 'e' })
    const own = async () => (await times()).filter((one) => /Moved|Series/.test(one))
    expect(await own()).toEqual([
      '2026-03-27T09:00:00 Series',
      '2026-03-28T09:00:00 Moved',
      '2026-03-29T09:00:00 Series',
    ])
    const off = [
      'METHOD:CANCEL',
      'BEGIN:VEVENT',
      'UID:series',
      'SEQUENCE:1',
      'DTSTART;TZID=Europe/Berlin:20260327T090000',
      'END:VEVENT',
    ]
    expect(await bring(file(...off))).toMatchObject({ ...none, cancelled: 1 })
    expect(await found('series')).toMatchObject({ status: 'CANCELLED', title: 'Series', rule: 'FREQ=DAILY;COUNT=3' })
    const odd = file(
      ...instance.map((line) => line.replace('20260328T080000Z', '20260328T090000Z')),
      ...instance.map((line) => line.replace('UID:series', 'UID:nowhere')),
      ...off.slice(1).map((line) => line.replace('UID:series', 'UID:nowhere')),
    ).replace('VERSION:2.0', 'METHOD:CANCEL')
    expect(await bring(odd)).toMatchObject({
      ...{ ...none, rejected: 3 },
      rejectedComponents: [
        { line: 3, faults: [{ field: 'RECURRENCE-ID' }] },
        { line: 17, faults: [{ field: 'UID' }] },
        { line: 10, faults: [{ field: 'RECURRENCE-ID' }] },
      ],
    })
  })

  test('brings a series that goes on otherwise from an instance on', async () => {
    const uid = 'onwards'
    const following = (id: string, ...body: string[]) => [
      ...['BEGIN:VEVENT', `UID:${uid}`, `RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:${id}`, ...body],
      'END:VEVENT',
    ]
    const series = event(uid, 'SUMMARY:Onwards', 'RRULE:FREQ=WEEKLY;BYDAY=FR;COUNT=6', 'EXDATE:20260417T070000Z')
    const later = following(
      ...(['20260410T090000', 'SUMMARY:Onwards later', 'DTSTART;TZID=Europe/Berlin:20260411T100000'] as const),
      ...['DURATION:PT30M', 'SEQUENCE:1', 'ATTENDEE;CN=Otto:mailto:otto@example.org'],
    )
    // By the time that it had before.
    const instance = [
      ...['BEGIN:VEVENT', `UID:${uid}`, 'RECURRENCE-ID;TZID=Europe/Berlin:20260424T090000', 'SUMMARY:Onwards moved'],
      ...['DTSTART;TZID=Europe/Berlin:20260425T150000', 'DURATION:PT1H', 'END:VEVENT'],
    ]
    const own = async () =>
      (await calendar.times('2026-03-27T00:00:00Z', '2026-07-01T00:00:00Z', { title: 'Onwards' })).map((one) =>
        one.replace('2026-', '').replace(':00 Onwards', ''),
      )
    const all = ['03-27T09:00', '04-03T09:00', '04-11T10:00 later', '04-25T15:00 moved', '05-02T10:00 later']
    const content = file(...instance, ...later, ...series)
    const contact = await calendar.person()
    expect(await bring(content, { contactId: contact })).toMatchObject({ ...none, created: 3 })
    expect(await own()).toEqual(all)
    expect(await bring(content)).toMatchObject({ ...none, unchanged: 3 })
    expect(await bring(file(...series, ...instance, ...later))).toMatchObject({ ...none, unchanged: 3 })

    // What is exported takes place at the same times, elsewhere, too.
    const { iCalendar } = await calendar.ask('query ($contact: ID) { iCalendar(contact: $contact) }', { contact })
    expect(await bring(iCalendar)).toMatchObject({ ...none, unchanged: 3 })
    const copy = iCalendar.replaceAll(/^UID:/gm, 'UID:copy-').replaceAll('Onwards', 'Copy')
    expect(await bring(copy)).toMatchObject({ ...none, created: 3 })
    const copied = await calendar.times('2026-03-27T00:00:00Z', '2026-07-01T00:00:00Z', { title: 'Copy' })
    expect(copied.map((one) => one.replace('2026-', '').replace(':00 Copy', ''))).toEqual(all)

    // The series is told anew, a week longer and without another week: so is its rest.
    const longer = series.map((line) => line.replace('COUNT=6', 'COUNT=7').replace('20260417T07', '20260501T07'))
    expect(await bring(file(...longer))).toMatchObject({ ...none, updated: 1 })
    expect(await own()).toEqual([...all.slice(0, 3), '04-18T10:00 later', all[3], '05-09T10:00 later'])
    // From another instance on, before; and one called off with all that follow it.
    await bring(file(...following('20260403T090000', 'SUMMARY:Onwards earlier', 'DTSTART:20260403T060000Z')))
    await bring(
      file(...following('20260501T090000', 'SUMMARY:Onwards', 'DTSTART:20260502T080000Z', 'STATUS:CANCELLED')),
    )
    expect(await own()).toEqual([
      ...['03-27T09:00', '04-03T08:00 earlier', '04-11T10:00 later', '04-18T10:00 later', '04-25T15:00 moved'],
      '05-09T10:00 (cancelled)',
    ])
    // It ends before its rest would begin.
    expect(await bring(file(...event(uid, 'SUMMARY:Onwards', 'RRULE:FREQ=WEEKLY;BYDAY=FR;COUNT=2')))).toMatchObject({
      ...none,
      updated: 1,
    })
    expect(await own()).toEqual(['03-27T09:00', '04-03T08:00 earlier'])
    const off = following('20260403T090000', 'DTSTART:20260403T060000Z')
    expect(await bring(file(...off).replace('VERSION:2.0', 'METHOD:CANCEL'))).toMatchObject({ ...none, cancelled: 1 })
    expect(await own()).toEqual(['03-27T09:00', '04-03T08:00 earlier (cancelled)'])
  })

  test('refuses what no rule can say of those that follow, and changes all of a series from its first on', async () => {
    const following = (id: string, ...body: string[]) => [
      ...['BEGIN:VEVENT', 'UID:all', `RECURRENCE-ID;RANGE=THISANDFUTURE:${id}`, 'SUMMARY:All', ...body, 'END:VEVENT'],
    ]
    const first = following('20260327T080000Z', 'DTSTART:20260327T090000Z', 'DURATION:PT1H')
    const content = file(...event('all', 'SUMMARY:Series', 'RRULE:FREQ=MONTHLY;BYMONTHDAY=27'), ...first)
    expect(await bring(content)).toMatchObject({ ...none, created: 1, updated: 1 })
    expect(await bring(file(...first))).toMatchObject({ ...none, unchanged: 1 })
    expect(await found('all')).toMatchObject({ title: 'All', begin: '2026-03-27T10:00:00', rule: /BYMONTHDAY=27$/ })
    const refused = file(
      ...following('20260427T080000Z', 'DTSTART:20260428T080000Z'),
      ...following('20260428T080000Z', 'DTSTART:20260428T080000Z'),
      ...following('20260427T080000Z', 'DTSTART:20260427T080000Z', 'RRULE:FREQ=DAILY'),
      ...following('20260427T080000Z', 'DTSTART;VALUE=DATE:20260427'),
    )
    expect(await bring(refused)).toMatchObject({
      ...{ ...none, rejected: 4 },
      rejectedComponents: ['DTSTART', 'RECURRENCE-ID', 'RRULE', 'DTSTART'].map((field) => ({ faults: [{ field }] })),
    })
    expect(await calendar.database.appointment.count({ where: { continues: 'all' } })).toBe(0)
  })

  test('tells each component that does not come in, with its line', async () => {
    const result = await bring(
      file(
        ...event('bad', 'RRULE:FREQ=SECONDLY', 'SUMMARY:x'),
        ...['BEGIN:VTODO', 'UID:todo', 'END:VTODO'],
        ...event('good', 'SUMMARY:x'),
        ...event('long', `SUMMARY:${'x'.repeat(600)}`),
      ),
    )
    expect(result).toMatchObject({
      ...{ ...none, created: 1, rejected: 3 },
      rejectedComponents: [
        { line: 3, faults: [{ field: 'rule' }] },
        { line: 10, faults: [{ field: 'component' }] },
        { line: 19, faults: [{ field: 'title' }] },
      ],
    })
    expect((await calendar.fail(importing, { input: { content: 'BEGIN:VCARD' } })).faults[0].field).toBe(
      'input.content',
    )
    expect((await calendar.fail(importing, { input: { content: '', timeZone: 'Mars' } })).faults[0].field).toBe(
      'input.timeZone',
    )
  })

  test('writes many in few units of work, and those of a batch that depend on each other as they stand there', async () => {
    const contactId = await calendar.person({ emails: [{ address: 'many@example.org' }] })
    const many = Array.from({ length: 250 }, (_, index) =>
      event(`many-${index}`, `SUMMARY:Many ${index}`, 'ATTENDEE:mailto:many@example.org', 'DESCRIPTION:x'),
    )
    const series = event('depends', 'SUMMARY:Depends', 'RRULE:FREQ=DAILY;COUNT=3')
    const instance = (title: string) => [
      ...['BEGIN:VEVENT', 'UID:depends', 'RECURRENCE-ID:20260328T080000Z', `SUMMARY:${title}`, 'SEQUENCE:1'],
      ...['DTSTART;TZID=Europe/Berlin:20260328T100000', 'DURATION:PT1H', 'END:VEVENT'],
    ]
    const content = file(
      ...many.flat(),
      ...event('many-bad', 'RRULE:FREQ=SECONDLY'),
      ...[series, instance('Moved'), instance('Moved again'), event('depends', 'SUMMARY:Later', 'SEQUENCE:2')].flat(),
    )
    expect(await bring(content)).toMatchObject({ ...none, created: 252, updated: 2, rejected: 1 })
    const written = await calendar.database.systemAuditEntry.findMany({
      where: { operation: 'importAppointments', entity: 'Appointment', action: 'created' },
      orderBy: { id: 'desc' },
      take: 252,
      select: { transactionId: true },
    })
    expect(new Set(written.map(({ transactionId }) => transactionId)).size).toBeLessThanOrEqual(3)
    expect(await calendar.database.appointmentParticipant.count({ where: { contactId: uuid(contactId) } })).toBe(250)
    expect(await found('many-249')).toMatchObject({
      title: 'Many 249',
      description: 'x',
      participants: [{ contact: { id: contactId } }],
    })
    // It recurs no longer, so what differed has nothing to stand for.
    expect(
      await calendar.database.appointment.findMany({ where: { uid: 'depends' }, select: { recurrenceId: true } }),
    ).toEqual([{ recurrenceId: '' }])
    expect(await bring(file(...many.flat()))).toMatchObject({ ...none, unchanged: 250 })
    expect(await bring(file(...many.flat(), ...many.flat()), { dryRun: true })).toMatchObject({
      ...none,
      unchanged: 500,
    })
  })

  test('of what was exported changes nothing', async () => {
    const contactId = await calendar.person({
      givenName: 'Ida; "the" ^first',
      emails: [],
      websites: [{ url: 'https://ida.example' }],
    })
    const ada = (await calendar.ask('{ users { edges { node { id } } } }')).users.edges[0].node.id
    const made = await calendar.enter({
      ...{
        title: 'Round; trip, \\n',
        place: 'Ärger 😀'.repeat(20),
        description: 'a\nb',
        rule: 'FREQ=DAILY',
        exceptions: ['2026-03-29T09:00'],
      },
      contacts: [{ contactId, role: 'CHAIR' }],
      staff: [{ userId: ada, participation: 'ACCEPTED' }],
      guests: [{ name: 'No address' }, { name: 'Nor this' }, { email: 'guest+a@example.org' }],
    })
    await calendar.change({
      id: made.id,
      version: 1,
      scope: 'INSTANCE',
      instance: '2026-03-28T09:00',
      begin: '2026-03-28T10:00',
      end: '2026-03-28T11:00',
      timeZone: 'Asia/Kolkata',
    })
    const { iCalendar } = await calendar.ask('query ($contact: ID) { iCalendar(contact: $contact) }', {
      contact: contactId,
    })
    expect(await bring(iCalendar)).toMatchObject({ ...none, unchanged: 2 })
    const before = await calendar.look(made.id)
    const instances = await calendar.database.appointment.findMany({ where: { seriesId: made.id } })
    await calendar.remove({ id: made.id, version: before.version })
    expect(await bring(iCalendar)).toMatchObject({ ...none, created: 2 })
    const { id: _, version: _version, participants, ...after } = await found(made.uid)
    expect(before).toMatchObject(after)
    expect(participants).toEqual(before.participants)
    const again = await calendar.database.appointment.findMany({ where: { uid: made.uid, recurrenceId: { not: '' } } })
    const plain = (rows: typeof instances) =>
      rows.map(({ begin, end, timeZone, recurrenceId }) => ({ begin, end, timeZone, recurrenceId }))
    expect(plain(again)).toEqual(plain(instances))
  })
})

test('the examples of the README do what they say', async () => {
  const readme = await readFile(join(import.meta.dirname, '../../README.md'), 'utf8')
  const section = readme.split('\n## ').find((part) => part.startsWith('The calendar\n')) ?? ''
  const [entering, looking] = [...section.matchAll(/```graphql\n(.*?)```/gs)].map(([, code = '']) => code)
  const contact = await calendar.person({ givenName: 'Ida', familyName: 'Muster' })
  await calendar.ask(entering ?? '', { contact })
  const { edges } = (await calendar.ask(looking ?? '', { contact })).appointmentOccurrences
  expect(edges).toHaveLength(5)
  expect(edges[1].node).toMatchObject({
    ...{ begin: '2026-04-03T09:00:00', beginsAt: '2026-04-03T07:00:00.000Z' },
    appointment: { participants: [{ contact: { displayName: 'Ida Muster' } }, { name: 'Interpreter' }] },
  })
})

describe('GET /calendar.ics', () => {
  const get = (query: string, token?: string) =>
    calendar.app.fetch(
      new Request(`${calendar.url}/calendar.ics${query}`, {
        headers: token ? { authorization: `Bearer ${token}` } : {},
      }),
    )

  test('streams what the query tells, and is logged', async () => {
    const contactId = await calendar.person()
    for (let count = 0; count < 3; count++) await calendar.enter({ title: `Own ${count}`, contacts: [{ contactId }] })
    const response = await get(`?contact=${encodeURIComponent(contactId)}&from=2026-03-01`, calendar.token)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/calendar; charset=utf-8'])
    expect(response.headers.get('cache-control')).toBe('no-store')
    const text = await response.text()
    expect(text.match(/^SUMMARY:Own \d/gm)).toEqual(['SUMMARY:Own 0', 'SUMMARY:Own 1', 'SUMMARY:Own 2'])
    expect(text).toBe(
      (
        await calendar.ask('query ($contact: ID) { iCalendar(contact: $contact, from: "2026-03-01T00:00:00Z") }', {
          contact: contactId,
        })
      ).iCalendar,
    )
    const logged = await calendar.database.auditEntry.findMany({
      where: { contactId: uuid(contactId), action: 'read' },
    })
    expect(logged.map(({ operation, fields }) => [operation, fields])).toEqual([
      ['iCalendar', ['iCalendar']],
      ['iCalendar', ['iCalendar']],
    ])
    expect(await (await get(`?contact=${contactId}&from=2027-01-01`, calendar.token)).text()).not.toContain('VEVENT')
  })

  test('is for who may, and says what is wrong', async () => {
    expect((await get('')).status).toBe(401)
    const { token } = await createPeople(calendar.work).person({ 'calendar.appointments': 'r' })
    expect((await get('', token)).status).toBe(403)
    expect((await get('?from=yesterday', calendar.token)).status).toBe(400)
    expect((await get('?contact=nonsense', calendar.token)).status).toBe(200)
  })
})

describe('lethe import-calendar', () => {
  test('imports a file, tells what it left out, and takes it again', async () => {
    await inFolder(async (folder) => {
      const contactId = await calendar.person()
      const path = join(folder, 'calendar.ics')
      const content = file(
        ...event('command', 'SUMMARY:Command', 'DTEND:nonsense'),
        ...['BEGIN:VEVENT', 'UID:local', 'SUMMARY:Local', 'DTSTART:20260327T090000', 'END:VEVENT'],
      )
      await writeFile(path, content)
      const run = (...flags: string[]) =>
        lethe(['import-calendar', path, '--time-zone', 'europe/berlin', '--contact', contactId, ...flags], {
          ...databaseEnvironment(calendar.config.databaseUrl ?? ''),
          LETHE_DATA: calendar.config.data,
        }).done
      const { code, stdout, stderr } = await run()
      expect(stderr).toContain('line 3: DTEND: There is no time nonsense')
      expect([code, stdout]).toEqual([2, '1 created, 0 changed, 0 called off, 0 known already, 1 rejected.\n'])
      expect((await run('--dry-run')).stdout).toBe(
        'Would be 0 created, 0 changed, 0 called off, 1 known already, 1 rejected.\n',
      )
      expect(await found('local')).toMatchObject({
        timeZone: 'Europe/Berlin',
        participants: [{ contact: { id: contactId } }],
      })
    })
  })
})

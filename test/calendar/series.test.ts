import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { statementsOf } from '../contacts/lists-support.ts'
import { type Calendar, openCalendar } from './support.ts'

let calendar: Calendar
beforeAll(async () => {
  calendar = await openCalendar()
}, 60_000)
afterAll(() => calendar?.close())

// Each test has a year of its own.
const window = (from: string, to: string) => [`${from}T00:00:00Z`, `${to}T00:00:00Z`] as const
const days = (times: readonly string[]) => times.map((time) => time.slice(5, 16))
let user = 0
/** A series with a person of its own, to be found by. */
async function series(input: object) {
  const contactId = await calendar.person({ givenName: `Person ${++user}` })
  const made = await calendar.enter({ ...input, contacts: [{ contactId }] })
  const times = (from: string, to: string) => calendar.times(...window(from, to), { contact: contactId })
  return { ...made, times, contactId }
}

describe('what recurs', () => {
  test('stays at its time on the clock, in winter and in summer', async () => {
    const berlin = await series({ rule: 'FREQ=WEEKLY;BYDAY=FR,SU' })
    expect(days(await berlin.times('2026-03-27', '2026-04-04'))).toEqual(['03-27T09:00', '03-29T09:00', '04-03T09:00'])
    const query = `query ($from: DateTime!, $to: DateTime!, $contact: ID) {
      appointmentOccurrences(from: $from, to: $to, filter: { contact: $contact }) { edges { node { beginsAt endsAt } } } }`
    const [from, to] = window('2026-03-27', '2026-03-30')
    const { appointmentOccurrences } = await calendar.ask(query, { from, to, contact: berlin.contactId })
    expect(appointmentOccurrences.edges.map(({ node }: { node: object }) => node)).toEqual([
      { beginsAt: '2026-03-27T08:00:00.000Z', endsAt: '2026-03-27T09:00:00.000Z' },
      { beginsAt: '2026-03-29T07:00:00.000Z', endsAt: '2026-03-29T08:00:00.000Z' },
    ])
  })

  test('does not take place at times that a clock leaves out, and once at those that it shows twice', async () => {
    const berlin = await series({ begin: '2026-03-28T02:30', end: '2026-03-28T02:45', rule: 'FREQ=DAILY' })
    expect(days(await berlin.times('2026-03-28', '2026-03-31'))).toEqual(
      ['03-28T02:30', '03-30T02:30', '03-31T02:30'].slice(0, 2),
    )
    expect(days(await berlin.times('2026-10-24', '2026-10-27'))).toEqual(['10-24T02:30', '10-25T02:30', '10-26T02:30'])
    const newYork = await series({
      ...{
        begin: '2026-03-01T02:30',
        end: '2026-03-01T03:00',
        timeZone: 'America/New_York',
        rule: 'FREQ=WEEKLY;BYDAY=SU',
      },
    })
    expect(days(await newYork.times('2026-03-01', '2026-03-17'))).toEqual(['03-01T02:30', '03-15T02:30'])
  })

  test('on days that a month or a year lacks passes over those', async () => {
    const leap = await series({ begin: '2024-02-29', end: '2024-03-01', timeZone: null, rule: 'FREQ=YEARLY' })
    expect(await leap.times('2024-01-01', '2025-01-15')).toHaveLength(1)
    expect(await leap.times('2027-01-01', '2028-01-15')).toHaveLength(0)
    expect(await leap.times('2028-01-01', '2028-12-31')).toEqual(['2028-02-29 Talk'])
    const last = await series({ begin: '2026-01-31T09:00', end: '2026-01-31T10:00', rule: 'FREQ=MONTHLY' })
    expect(days(await last.times('2026-01-01', '2026-06-01'))).toEqual(['01-31T09:00', '03-31T09:00', '05-31T09:00'])
    const end = await series({ begin: '2026-01-31T09:00', end: '2026-01-31T10:00', rule: 'FREQ=MONTHLY;BYMONTHDAY=-1' })
    expect(days(await end.times('2026-02-01', '2026-05-01'))).toEqual(['02-28T09:00', '03-31T09:00', '04-30T09:00'])
  })

  test('ends at a moment, which is one in UTC', async () => {
    const own = await series({ rule: 'freq=daily;until=20260330T070000Z' })
    expect(own.rule).toBe('FREQ=DAILY;UNTIL=20260330T070000Z')
    expect(days(await own.times('2026-03-01', '2026-05-01'))).toEqual(
      ['03-27', '03-28', '03-29', '03-30'].map((day) => `${day}T09:00`),
    )
    const counted = await series({
      begin: '1990-01-01T09:00',
      end: '1990-01-01T10:00',
      rule: 'FREQ=WEEKLY;COUNT=1000',
      dates: ['2026-03-28T09:00'],
    })
    expect(days(await counted.times('2009-02-20', '2010-01-01'))).toEqual(['02-23T09:00'])
    expect(days(await counted.times('2026-03-27', '2026-04-01'))).toEqual(['03-28T09:00'])
    const early = await series({ rule: 'FREQ=DAILY;UNTIL=20260330T065959Z' })
    expect(await early.times('2026-03-01', '2026-05-01')).toHaveLength(3)
    // Many programs write the end as the clock there shows it, or as a day.
    const local = await series({ rule: 'FREQ=DAILY;UNTIL=20260330T090000' })
    expect(local.rule).toBe('FREQ=DAILY;UNTIL=20260330T070000Z')
    expect((await series({ rule: 'FREQ=DAILY;UNTIL=20260330' })).rule).toBe('FREQ=DAILY;UNTIL=20260330T215959Z')
  })

  test('takes place at further dates, and not at exceptions', async () => {
    const own = await series({
      ...{ rule: 'FREQ=DAILY;COUNT=3', dates: ['2026-05-01T12:00', '2026-03-28T09:00'] },
      exceptions: ['2026-03-28T09:00'],
    })
    expect(days(await own.times('2026-03-01', '2026-06-01'))).toEqual(['03-27T09:00', '03-29T09:00', '05-01T12:00'])
    const dates = await series({ dates: ['2026-04-01T10:00', '2026-02-01T10:00'] })
    expect(days(await dates.times('2026-01-01', '2026-06-01'))).toEqual(['02-01T10:00', '03-27T09:00', '04-01T10:00'])
  })

  test('without an end is found in any window, at the cost of that window', async () => {
    const own = await series({ begin: '1900-01-01T09:00', end: '1900-01-01T10:00', rule: 'FREQ=DAILY;BYHOUR=9,10,11' })
    const begun = performance.now()
    expect(await own.times('2387-01-01', '2387-02-01')).toHaveLength(93)
    expect(performance.now() - begun).toBeLessThan(10_000)
  })

  test('all the time, or never by RFC 5545, is refused', async () => {
    const faultOf = async (rule: string) =>
      (await calendar.refuse({ rule })).faults?.map(({ field }: { field: string }) => field)
    for (const rule of [
      ...[
        'FREQ=SECONDLY',
        'FREQ=MINUTELY',
        'FREQ=HOURLY',
        'FREQ=NEVER',
        'DAILY',
        'FREQ=DAILY;COUNT=100000',
        'FREQ=DAILY;INTERVAL=0',
      ],
      ...[
        'FREQ=DAILY;BYHOUR=1,2,3,4,5;BYMINUTE=1,2,3,4,5',
        'FREQ=DAILY;COUNT=2;UNTIL=20270101T000000Z',
        'FREQ=DAILY;FREQ=DAILY',
      ],
      ...[
        'FREQ=DAILY;UNTIL=20260231T000000Z',
        'FREQ=DAILY;BYSETPOS=1',
        'FREQ=DAILY;X=1',
        'FREQ=DAILY\r\nSUMMARY:x',
        `FREQ=DAILY;BYMONTH=${'1,'.repeat(400)}1`,
      ],
    ]) {
      expect([rule, await faultOf(rule)]).toEqual([rule, ['rule']])
    }
    // By number, but never so often; and that is found out soon.
    const begun = performance.now()
    for (const rule of [
      'FREQ=MONTHLY;BYDAY=MO;BYSETPOS=300;COUNT=5',
      'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=2',
      'FREQ=YEARLY;INTERVAL=100;COUNT=9',
    ]) {
      expect([rule, await faultOf(rule)]).toEqual([rule, ['rule']])
    }
    expect(performance.now() - begun).toBeLessThan(10_000)
    const day = { begin: '2026-03-27', end: '2026-03-28', timeZone: null }
    expect((await calendar.refuse({ ...day, rule: 'FREQ=DAILY;BYHOUR=9' })).faults[0].field).toBe('rule')
    // Correct, and on no day: only its begin, and that at no cost.
    const never = await series({ rule: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30' })
    expect(await never.times('2026-03-01', '2027-03-01')).toHaveLength(1)
  })
})

describe('one instance', () => {
  test('differs, and its series goes on', async () => {
    const own = await series({ rule: 'FREQ=DAILY' })
    const changed = await calendar.change({
      ...{ id: own.id, version: 1, scope: 'INSTANCE', instance: '2026-03-28T09:00' },
      ...{ title: 'Later', begin: '2026-03-28T15:00', end: '2026-03-28T16:00' },
    })
    expect(changed).toMatchObject({ series: own.id, recurrenceId: '2026-03-28T09:00:00', uid: own.uid, rule: null })
    expect(await own.times('2026-03-27', '2026-03-30')).toEqual([
      '2026-03-27T09:00:00 Talk',
      '2026-03-28T15:00:00 Later',
      '2026-03-29T09:00:00 Talk',
    ])
    // Again, by the series or by itself.
    const { version } = await calendar.look(own.id)
    const again = await calendar.change({
      id: own.id,
      version,
      scope: 'INSTANCE',
      instance: '2026-03-28T09:00',
      title: 'Much later',
    })
    expect(again.id).toBe(changed.id)
    await calendar.change({ id: changed.id, version: again.version, place: 'Room 2' })
    expect(await calendar.look(changed.id)).toMatchObject({
      title: 'Much later',
      place: 'Room 2',
      begin: '2026-03-28T15:00:00',
    })
    const own2 = { id: own.id, version: version + 1, scope: 'INSTANCE' }
    const fault = async (input: object) =>
      (await calendar.fail(calendar.operations.update, { input: { ...own2, ...input } })).faults[0].field
    expect(await fault({ instance: '2026-03-28T10:00', title: 'x' })).toBe('instance')
    expect(await fault({ title: 'x' })).toBe('instance')
    expect(await fault({ instance: '2026-03-29T09:00', rule: 'FREQ=DAILY' })).toBe('rule')
  })

  test('is called off, or removed', async () => {
    const own = await series({ rule: 'FREQ=DAILY' })
    await calendar.cancel({ id: own.id, version: 1, scope: 'INSTANCE', instance: '2026-03-28T09:00' })
    await calendar.remove({ id: own.id, version: 2, scope: 'INSTANCE', instance: '2026-03-29T09:00' })
    expect(await own.times('2026-03-27', '2026-03-31')).toEqual([
      '2026-03-27T09:00:00 Talk',
      '2026-03-28T09:00:00 Talk (cancelled)',
      '2026-03-30T09:00:00 Talk',
    ])
    const cancelled = (
      await calendar.ask(
        `{ appointments(filter: { contact: "${own.contactId}", status: [CANCELLED] }) { edges { node { id version } } } }`,
      )
    ).appointments.edges[0].node
    await calendar.remove({ id: cancelled.id, version: cancelled.version })
    expect(await own.times('2026-03-27', '2026-03-31')).toHaveLength(2)
    await calendar.remove({ id: own.id, version: (await calendar.look(own.id)).version })
    expect(await calendar.look(own.id)).toBeNull()
  })

  test('that differs goes where its series no longer takes place', async () => {
    const own = await series({ rule: 'FREQ=DAILY' })
    const changed = await calendar.change({
      id: own.id,
      version: 1,
      scope: 'INSTANCE',
      instance: '2026-03-28T09:00',
      title: 'Other',
    })
    await calendar.change({ id: own.id, version: 2, title: 'Same times' })
    expect(await calendar.look(changed.id)).not.toBeNull()
    await calendar.change({ id: own.id, version: 3, begin: '2026-03-27T10:00', end: '2026-03-27T11:00' })
    expect(await calendar.look(changed.id)).toBeNull()
  })
})

describe('an instance and all that follows', () => {
  test('become a series of their own', async () => {
    const own = await series({ rule: 'FREQ=DAILY;COUNT=5', exceptions: ['2026-03-30T09:00'] })
    await calendar.change({ id: own.id, version: 1, scope: 'INSTANCE', instance: '2026-03-31T09:00', title: 'Last' })
    const rest = await calendar.change({
      id: own.id,
      version: 2,
      scope: 'FOLLOWING',
      instance: '2026-03-29T09:00',
      place: 'Room 2',
    })
    expect(rest).toMatchObject({ rule: 'FREQ=DAILY;COUNT=3', place: 'Room 2', begin: '2026-03-29T09:00:00' })
    expect(rest.uid).not.toBe(own.uid)
    expect(await calendar.look(own.id)).toMatchObject({ rule: 'FREQ=DAILY;UNTIL=20260329T065959Z', place: null })
    expect(await own.times('2026-03-27', '2026-04-10')).toEqual([
      '2026-03-27T09:00:00 Talk',
      '2026-03-28T09:00:00 Talk',
      '2026-03-29T09:00:00 Talk',
      '2026-03-31T09:00:00 Last',
    ])
  })

  test('end a series when they are removed; from the first, all of it', async () => {
    const own = await series({ begin: '2026-03-27', end: '2026-03-28', timeZone: null, rule: 'FREQ=DAILY' })
    await calendar.remove({ id: own.id, version: 1, scope: 'FOLLOWING', instance: '2026-03-29' })
    expect(await own.times('2026-03-27', '2026-04-10')).toEqual(['2026-03-27 Talk', '2026-03-28 Talk'])
    expect((await calendar.look(own.id)).rule).toBe('FREQ=DAILY;UNTIL=20260328')
    await calendar.remove({ id: own.id, version: 2, scope: 'FOLLOWING', instance: '2026-03-27' })
    expect(await calendar.look(own.id)).toBeNull()
  })
})

type Page = {
  edges: { node: { begin: string; appointment: { title: string } } }[]
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
}

describe('lists', () => {
  test('are paged in the order of time, whatever recurs in between', async () => {
    const contactId = await calendar.person()
    for (const rule of ['FREQ=DAILY', 'FREQ=DAILY;INTERVAL=2', ''])
      await calendar.enter({ title: rule || 'Once', rule, contacts: [{ contactId }] })
    await calendar.enter({
      title: 'Noon',
      begin: '2026-03-28T12:00',
      end: '2026-03-28T12:30',
      contacts: [{ contactId }],
    })
    const query = `query ($after: String, $contact: ID) {
      appointmentOccurrences(from: "2026-03-27T00:00:00Z", to: "2026-04-01T00:00:00Z", filter: { contact: $contact }, first: 2, after: $after) {
        edges { node { begin appointment { title } } } pageInfo { hasNextPage endCursor } } }`
    const paged: string[] = []
    for (let after: string | null = null, more = true; more; ) {
      const page: Page = (await calendar.ask(query, { after, contact: contactId })).appointmentOccurrences
      const { edges, pageInfo } = page
      paged.push(...edges.map(({ node }) => `${node.begin} ${node.appointment.title}`))
      ;[after, more] = [pageInfo.endCursor, pageInfo.hasNextPage]
    }
    expect(paged).toEqual(await calendar.times('2026-03-27T00:00:00Z', '2026-04-01T00:00:00Z', { contact: contactId }))
    expect(paged).toHaveLength(5 + 3 + 1 + 1)
    expect(paged.filter((one) => one.startsWith('2026-03-28'))).toEqual([
      '2026-03-28T09:00:00 FREQ=DAILY',
      '2026-03-28T12:00:00 Noon',
    ])
  })

  test('find by title, person, and whether it recurs, in a window of some size', async () => {
    const contactId = await calendar.person()
    await calendar.enter({ title: 'Jour fixe Ärger', rule: 'FREQ=WEEKLY', contacts: [{ contactId }] })
    await calendar.enter({ title: 'jour internal' })
    const titles = async (filter: object, more = '') =>
      (
        await calendar.ask(
          `query ($filter: AppointmentFilter) { appointments(filter: $filter, orderBy: CREATED_AT ${more}) { edges { node { title } } } }`,
          { filter },
        )
      ).appointments.edges.map(({ node }: { node: { title: string } }) => node.title)
    expect(await titles({ title: 'JOUR' })).toEqual(['Jour fixe Ärger', 'jour internal'])
    expect(await titles({ title: 'arger' })).toEqual(['Jour fixe Ärger'])
    expect(await titles({ title: 'jour', recurring: false })).toEqual(['jour internal'])
    expect(await titles({ title: 'jour' }, 'descending: true')).toEqual(['jour internal', 'Jour fixe Ärger'])
    expect(await titles({ contact: contactId })).toEqual(['Jour fixe Ärger'])
    expect(await titles({ title: 'jour' }, 'from: "2027-01-01T00:00:00Z"')).toEqual(['Jour fixe Ärger'])
    expect(await titles({ contact: 'nonsense' })).toEqual([])
    const { contact } = await calendar.ask(
      `{ contact(id: "${contactId}") { appointments { edges { node { title } } } } }`,
    )
    expect(contact.appointments.edges).toEqual([{ node: { title: 'Jour fixe Ärger' } }])
    const wide =
      '{ appointmentOccurrences(from: "2026-01-01T00:00:00Z", to: "2028-01-01T00:00:00Z") { edges { cursor } } }'
    expect((await calendar.fail(wide)).faults[0].field).toBe('to')
    const bad =
      '{ appointmentOccurrences(from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z", after: "eA") { edges { cursor } } }'
    expect((await calendar.fail(bad)).code).toBe('BAD_CURSOR')
  })

  test('are found by place, UID, series, how somebody comes, and when they last changed', async () => {
    const [ida, eva] = [await calendar.person(), await calendar.person()]
    const contacts = [{ contactId: ida, participation: 'ACCEPTED' }, { contactId: eva }]
    const series = await calendar.enter({ title: 'Filtered', place: 'Café Zürich', rule: 'FREQ=DAILY', contacts })
    const change = { id: series.id, version: 1, scope: 'INSTANCE', instance: '2026-03-28T09:00', place: 'Elsewhere' }
    const instance = await calendar.change(change)
    const none = await calendar.enter({ title: 'Filtered', place: 'Nowhere, zurich' })
    const found = async (filter: object) => {
      const query =
        'query ($filter: AppointmentFilter) { appointments(filter: $filter, orderBy: CREATED_AT) { edges { node { id } } } }'
      const { appointments } = await calendar.ask(query, { filter: { title: 'filtered', ...filter } })
      return appointments.edges.map(({ node }: { node: { id: string } }) => node.id)
    }
    expect(await found({ place: 'ZURICH' })).toEqual([series.id, none.id])
    expect(await found({ uid: series.uid })).toEqual([series.id, instance.id])
    expect(await found({ series: series.id })).toEqual([instance.id])
    expect(await found({ series: 'nonsense' })).toEqual([])
    expect(await found({ contact: ida, participation: ['ACCEPTED'] })).toEqual([series.id, instance.id])
    expect(await found({ contact: eva, participation: ['ACCEPTED', 'DECLINED'] })).toEqual([])
    expect(await found({ participation: ['NEEDS_ACTION'] })).toEqual([series.id, instance.id])
    const { updatedAt } = (await calendar.ask(`{ appointment(id: "${none.id}") { updatedAt } }`)).appointment
    expect(await found({ updatedFrom: updatedAt })).toEqual([none.id])
  })

  test('of a contact come page by page, forward and back', async () => {
    const [ida, eva] = [await calendar.person(), await calendar.person()]
    const contacts = [{ contactId: ida }]
    for (const title of ['1', '2', '3', '4', '5']) await calendar.enter({ title, contacts })
    await calendar.enter({ title: 'of both', contacts: [...contacts, { contactId: eva }] })
    const page = async (args: string, id = ida) => {
      const query = `{ contact(id: "${id}") { appointments(${args}) {
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { node { title } } } } }`
      const { edges, pageInfo } = (await calendar.ask(query)).contact.appointments
      return { titles: edges.map(({ node }: { node: { title: string } }) => node.title).join(), ...pageInfo }
    }
    const first = await page('first: 4')
    expect(first).toMatchObject({ titles: 'of both,5,4,3', hasNextPage: true, hasPreviousPage: false })
    const second = await page(`first: 4, after: "${first.endCursor}"`)
    expect(second).toMatchObject({ titles: '2,1', hasNextPage: false })
    expect(await page(`last: 2, before: "${second.startCursor}"`)).toMatchObject({
      titles: '4,3',
      hasPreviousPage: true,
    })
    expect(await page('first: 4', eva)).toMatchObject({ titles: 'of both', hasNextPage: false })
  })

  test('cost the same number of statements, however much they hold', async () => {
    const contacts = [await calendar.person(), await calendar.person(), await calendar.person()]
    for (const contactId of contacts) {
      const { id } = await calendar.enter({
        title: 'Cost',
        rule: 'FREQ=DAILY',
        contacts: [{ contactId }],
        guests: [{ name: 'Otto' }],
      })
      await calendar.change({ id, version: 1, scope: 'INSTANCE', instance: '2026-03-28T09:00', place: 'Elsewhere' })
    }
    const people = 'id participants { contact { displayName } user { email } name }'
    const cost = async (query: string) => {
      const { data, errors } = await calendar.graphql(query, {}, calendar.token)
      expect([errors, JSON.stringify(data).includes('Otto')]).toEqual([undefined, true])
      const statements = await statementsOf(() => calendar.graphql(query, {}, calendar.token))
      return statements.filter(({ text }) => /appointment/.test(text)).length
    }
    const window = 'from: "2026-03-27T00:00:00Z", to: "2026-03-30T00:00:00Z", filter: { title: "cost" }'
    expect(await cost(`{ appointments(filter: { title: "cost" }) { edges { node { ${people} } } } }`)).toBe(1)
    expect(
      await cost(`{ appointmentOccurrences(${window}) { edges { node { begin appointment { ${people} } } } } }`),
    ).toBe(3)
    expect(
      await cost(
        `{ contacts(first: 100) { edges { node { appointments(first: 2) { edges { node { ${people} } } } } } } }`,
      ),
    ).toBe(2)
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { participations, roles, statuses } from '../../src/modules/calendar/draft.ts'
import { readComponents } from '../../src/modules/calendar/ical/components.ts'
import type { CalendarEvent } from '../../src/modules/calendar/ical/event.ts'
import { readEvent } from '../../src/modules/calendar/ical/read.ts'
import { calendarEnd, calendarHead, writeEvents } from '../../src/modules/calendar/ical/write.ts'
import { newZones } from '../../src/modules/calendar/ical/zones.ts'

const stamp = new Date('2026-01-01T00:00:00Z')
const writeCalendar = (events: readonly CalendarEvent[]) =>
  calendarHead() +
  writeEvents(
    events.map((event) => ({ event, stamp })),
    new Set(),
  ) +
  calendarEnd

/** In pieces of this size, as files come. */
async function readCalendar(text: string, piece = 1000, timeZone = 'UTC') {
  async function* pieces() {
    for (let at = 0; at < text.length; at += piece) yield text.slice(at, at + piece)
  }
  const zones = newZones()
  const found = []
  for await (const component of readComponents(pieces())) {
    if (component.name === 'VTIMEZONE') zones.learn(component)
    else found.push({ line: component.line, name: component.name, ...readEvent(component, zones, timeZone) })
  }
  return found
}

// What the rest of the product stores: no control characters, nothing around it, composed.
const line = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 150 })
  .map((text) =>
    text
      .toWellFormed()
      .replace(/[\p{Cc}\s]+/gu, ' ')
      .trim(),
  )
  .filter(Boolean)
const lines = fc.array(line, { maxLength: 3 }).map((some) => some.join('\n'))
const zone = fc.constantFrom(
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Pacific/Chatham',
  'UTC',
  'Europe/Kiev',
)
const day = fc
  .date({ min: new Date('1950-01-01'), max: new Date('2450-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10))
const clock = fc
  .tuple(fc.nat(23), fc.nat(59), fc.nat(59))
  .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'))
const address = fc.tuple(fc.stringMatching(/^[a-z0-9.+%&?=_-]{1,20}$/), fc.domain()).map((parts) => parts.join('@'))
const attendee = fc.record({
  name: fc.option(line, { nil: '' }),
  email: address,
  urn: fc.constant(''),
  role: fc.constantFrom(...roles),
  participation: fc.constantFrom(...participations),
})

const event = fc.boolean().chain((isDay): fc.Arbitrary<CalendarEvent> => {
  const time = isDay ? day : fc.tuple(day, clock).map((parts) => parts.join('T'))
  const timeZone = isDay ? fc.constant('') : zone
  return fc
    .record({
      uid: fc.uuid(),
      recurrence: fc.option(fc.record({ recurrenceId: time, recurrenceZone: timeZone }), {
        nil: { recurrenceId: '', recurrenceZone: '' },
      }),
      begin: time,
      end: time,
      timeZone,
      rule: fc.constantFrom('', 'FREQ=WEEKLY;BYDAY=MO,TU', 'FREQ=MONTHLY;BYDAY=-1FR;COUNT=3'),
      dates: fc.uniqueArray(time, { maxLength: 30 }),
      exceptions: fc.uniqueArray(time, { maxLength: 30 }),
      sequence: fc.nat(100),
      status: fc.constantFrom(...statuses),
      title: line,
      place: fc.option(line, { nil: '' }),
      description: lines,
      attendees: fc.uniqueArray(attendee, { maxLength: 4, selector: ({ email }) => email.toLowerCase() }),
    })
    .map(({ recurrence, ...rest }) => ({ ...rest, ...recurrence }))
})

describe('a calendar', () => {
  test('that was written reads as it was, however it comes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 4 }), fc.integer({ min: 1, max: 300 }), async (events, piece) => {
        const text = writeCalendar(events)
        for (const part of text.split('\r\n')) {
          expect(Buffer.byteLength(part)).toBeLessThanOrEqual(75)
          expect(part).not.toMatch(/[\r\n]/)
        }
        const read = await readCalendar(text, piece)
        expect(read.flatMap(({ faults }) => faults)).toEqual([])
        expect(read.map((one) => one.event)).toEqual(events)
      }),
      { numRuns: 200 },
    )
  }, 60_000)

  test('explains each time zone once', () => {
    const base = {
      recurrenceId: '',
      recurrenceZone: '',
      begin: '2026-03-27T09:00:00',
      end: '2026-03-27T10:00:00',
      rule: '',
    }
    const rest = {
      dates: [],
      exceptions: [],
      sequence: 0,
      status: 'confirmed',
      title: 'a',
      place: '',
      description: '',
      attendees: [],
    } as const
    const text = writeCalendar(
      ['Europe/Berlin', 'Europe/Berlin', 'Europe/Kiev', 'UTC'].map((timeZone, index) => ({
        ...base,
        ...rest,
        timeZone,
        uid: `${index}`,
      })),
    )
    expect(text.match(/^TZID:.*$/gm)).toEqual(['TZID:Europe/Berlin', 'TZID:Europe/Kiev'])
    expect(text).toContain('DTSTART:20260327T090000Z\r\n')
  })
})

const wrap = (...body: string[]) => ['BEGIN:VCALENDAR', 'VERSION:2.0', ...body, 'END:VCALENDAR', ''].join('\r\n')
const vevent = (...body: string[]) => ['BEGIN:VEVENT', 'UID:a', 'SUMMARY:b', ...body, 'END:VEVENT']
const begin = 'DTSTART:20260327T090000Z'

describe('what other programs write', () => {
  test('is understood: their time zones, durations, ends, folding', async () => {
    const text = wrap(
      'X-WR-TIMEZONE:Europe/Vienna',
      ...[
        'BEGIN:VTIMEZONE',
        'TZID:Ours',
        'X-LIC-LOCATION:Europe/Paris',
        'BEGIN:STANDARD',
        'DTSTART:16010101T000000',
        'END:STANDARD',
        'END:VTIMEZONE',
      ],
      ...vevent('DTSTART;TZID="W. Europe Standard Time":20260327T090000', 'DURATION:PT1H30M'),
      ...vevent('DTSTART;TZID=/mozilla.org/20050126_1/America/New_York:20260327T090000', 'DTEND:20260327T140000Z'),
      ...vevent('DTSTART;TZID=Ours:20260327T090000', 'DURATION:P1W'),
      ...vevent('DTSTART:20260327T090000'),
      ...vevent('DTSTART;VALUE=DATE:20260327', 'BEGIN:VALARM', 'TRIGGER:-PT5M', 'SUMMARY:not this', 'END:VALARM'),
      ...vevent(
        'DTSTART;TZID=Europe/Berlin:20260327T090000',
        'EXDATE:20260328T080000Z',
        'RDATE;VALUE=PERIOD:20260401T070000Z/PT1H',
        'LOCATION:a\\, b\\; c\\n',
        ' d\r\n\te',
      ),
    )
    const events = (await readCalendar(text)).map((one) => {
      expect(one.faults).toEqual([])
      return one.event
    })
    expect(events.map((one) => [one.begin, one.end, one.timeZone])).toEqual([
      ['2026-03-27T09:00:00', '2026-03-27T10:30:00', 'Europe/Berlin'],
      ['2026-03-27T09:00:00', '2026-03-27T10:00:00', 'America/New_York'],
      ['2026-03-27T09:00:00', '2026-04-03T09:00:00', 'Europe/Paris'],
      ['2026-03-27T09:00:00', '2026-03-27T09:00:00', 'Europe/Vienna'],
      ['2026-03-27', '2026-03-28', ''],
      ['2026-03-27T09:00:00', '2026-03-27T09:00:00', 'Europe/Berlin'],
    ])
    expect(events[5]).toMatchObject({
      exceptions: ['2026-03-28T09:00:00'],
      dates: ['2026-04-01T09:00:00'],
      place: 'a, b; c, de',
    })
    expect(events.map(({ title }) => title)).toEqual(Array(6).fill('b'))
  })

  test('with faults is told, each component with its line, and the others go on', async () => {
    const text = wrap(
      ...vevent('DTSTART:20260231T090000Z'),
      ...vevent(),
      ...vevent(begin, 'DTEND;TZID=Mars/Base:20260327T100000'),
      ...vevent(begin, 'DURATION:forever'),
      ...vevent(begin, 'no property'),
      ...vevent(begin, begin),
      ...vevent(begin, 'RECURRENCE-ID;RANGE=THISANDPRIOR:20260327T090000Z'),
      ...['BEGIN:VEVENT', begin, 'END:VEVENT'],
      ...vevent(begin),
    )
    const read = await readCalendar(text)
    expect(read.map(({ line: at, faults }) => [at, faults[0]?.field])).toEqual([
      ...[
        [3, 'DTSTART'],
        [8, 'DTSTART'],
        [12, 'DTEND'],
        [18, 'DURATION'],
        [24, 'component'],
        [30, 'DTSTART'],
      ],
      ...[
        [36, 'RECURRENCE-ID'],
        [42, 'UID'],
        [45, undefined],
      ],
    ])
  })

  test('without end, or made to do harm, is cut, and costs no more than it holds', async () => {
    const huge = `SUMMARY:${'x'.repeat(2_000_000)}`
    const many = Array.from({ length: 20_000 }, () => 'COMMENT:0123456789012345678901234567890123456789')
    const deep = [...Array(50).fill('BEGIN:VALARM'), ...Array(50).fill('END:VALARM')]
    const folded = Array.from({ length: 10_000 }, () => ` ${'y'.repeat(70)}`)
    const text = wrap(
      ...['BEGIN:VEVENT', 'UID:1', begin, huge, 'END:VEVENT'],
      ...vevent(begin, ...many),
      ...vevent(begin, ...deep),
      ...vevent(begin, 'DESCRIPTION:', ...folded),
      ...vevent(begin, `ATTENDEE${';A="'.repeat(5000)}:x`),
      ...vevent(begin),
    )
    const started = performance.now()
    const read = await readCalendar(text, 65_536)
    expect(performance.now() - started).toBeLessThan(5000)
    expect(read.map(({ faults }) => faults[0]?.message)).toEqual([
      'A line is longer than 64 KiB.',
      'It is larger than 256 KiB.',
      'Components are nested more than 8 deep.',
      'It is larger than 256 KiB.',
      undefined,
      undefined,
    ])
    await expect(readCalendar('PK\u0003\u0004')).rejects.toThrow('does not begin with BEGIN:VCALENDAR')
    await expect(readCalendar('\r\n')).rejects.toThrow('There is no BEGIN:VCALENDAR')
    const cutOff = await readCalendar('BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260327\r\n')
    expect(cutOff[0]?.faults[0]?.message).toBe('END:VEVENT is missing.')
  })

  test('puts no line into what is written of it', async () => {
    const injected = 'a\r\nEND:VEVENT\nBEGIN:VEVENT\rATTENDEE:mailto:x@example.org'
    const event: CalendarEvent = {
      ...{ uid: injected, recurrenceId: '', recurrenceZone: '', begin: '2026-03-27', end: '2026-03-28', timeZone: '' },
      ...{ rule: '', dates: [], exceptions: [], sequence: 0, title: injected, place: injected, description: injected },
      status: 'confirmed',
      attendees: [{ name: injected, email: injected, urn: '', role: 'required', participation: 'accepted' }],
    }
    const text = writeCalendar([event])
    expect(text.match(/^(BEGIN|END):VEVENT\r$/gm)).toHaveLength(2)
    expect(text.match(/^ATTENDEE/gm)).toHaveLength(1)
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
  })
})

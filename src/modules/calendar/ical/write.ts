import { tzlib_get_ical_block as blockOf } from 'timezones-ical-library'
import type { Participation, Role } from '../draft.ts'
import { isDay } from '../times.ts'
import type { Attendee, CalendarEvent } from './event.ts'

// RFC 5545, with the parameters' escapes of RFC 6868.

const lineEnd = '\r\n'

/** The begin of a calendar. */
export const calendarHead = (): string =>
  [...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Lethe//Calendar//EN', 'CALSCALE:GREGORIAN'], ''].join(lineEnd)

/** Its end. */
export const calendarEnd = `END:VCALENDAR${lineEnd}`

/**
 * Events, after the time zones that they refer to and that weren't written before.
 *
 * @param written The zones that were; those of these events are added.
 */
export function writeEvents(events: Iterable<{ event: CalendarEvent; stamp: Date }>, written: Set<string>): string {
  let text = ''
  for (const { event, stamp } of events) {
    for (const zone of [event.timeZone, event.recurrenceZone]) {
      if (!zone || zone === 'UTC' || written.has(zone)) continue
      written.add(zone)
      text += zoneBlock(zone)
    }
    text += eventLines(event, stamp).map(fold).join('')
  }
  return text
}

/** What other programs need to know of a time zone; nothing of one that the library doesn't know. */
function zoneBlock(zone: string): string {
  const [block] = blockOf(zone)
  // For older names it tells the newer one, which the events don't refer to.
  return block?.startsWith('BEGIN:VTIMEZONE')
    ? `${block.replace(/^TZID:.*$/m, `TZID:${zone}`).trimEnd()}${lineEnd}`
    : ''
}

const eventLines = (event: CalendarEvent, stamp: Date): string[] => [
  'BEGIN:VEVENT',
  `UID:${escaped(event.uid)}`,
  `DTSTAMP:${moment(stamp)}`,
  ...(event.recurrenceId ? [timeLine('RECURRENCE-ID', [event.recurrenceId], event.recurrenceZone)] : []),
  timeLine('DTSTART', [event.begin], event.timeZone),
  timeLine('DTEND', [event.end], event.timeZone),
  ...(event.rule ? [`RRULE:${event.rule}`] : []),
  ...(event.dates.length > 0 ? [timeLine('RDATE', event.dates, event.timeZone)] : []),
  ...(event.exceptions.length > 0 ? [timeLine('EXDATE', event.exceptions, event.timeZone)] : []),
  `SEQUENCE:${event.sequence}`,
  `STATUS:${event.status.toUpperCase()}`,
  `SUMMARY:${escaped(event.title)}`,
  ...(event.place ? [`LOCATION:${escaped(event.place)}`] : []),
  ...(event.description ? [`DESCRIPTION:${escaped(event.description)}`] : []),
  ...event.attendees.map(attendeeLine),
  'END:VEVENT',
]

const compact = (time: string) => time.replaceAll(/[-:]/g, '')
const moment = (date: Date) => `${compact(date.toISOString().slice(0, 19))}Z`

function timeLine(name: string, times: readonly string[], zone: string): string {
  const values = times.map(compact)
  if (times.every(isDay)) return `${name};VALUE=DATE:${values.join(',')}`
  if (zone === 'UTC') return `${name}:${values.map((value) => `${value}Z`).join(',')}`
  return `${name};TZID=${zone}:${values.join(',')}`
}

const roleNames: Readonly<Record<Role, string>> = {
  chair: 'CHAIR',
  required: 'REQ-PARTICIPANT',
  optional: 'OPT-PARTICIPANT',
  informed: 'NON-PARTICIPANT',
}

const participationName = (participation: Participation) => participation.toUpperCase().replace('_', '-')

function attendeeLine({ name, email, urn, role, participation }: Attendee): string {
  const common = name ? `;CN="${inParameter(name)}"` : ''
  const address = email ? `mailto:${encodeURIComponent(email).replaceAll('%40', '@').replaceAll('%2B', '+')}` : urn
  return `ATTENDEE${common};ROLE=${roleNames[role]};PARTSTAT=${participationName(participation)}:${address}`
}

/** In quotes, with the escapes of RFC 6868. */
const inParameter = (text: string) =>
  text
    .replaceAll('^', '^^')
    .replaceAll('"', "^'")
    .replaceAll(/\r\n?|\n/g, '^n')
    .replaceAll(/\p{Cc}/gu, '')

/** No value can end its line, whatever stands in it. */
const escaped = (text: string) =>
  text
    .replaceAll(/[\\;,]/g, (character) => `\\${character}`)
    .replaceAll(/\r\n?|\n/g, '\\n')
    .replaceAll(/\p{Cc}/gu, '')

/** Lines of at most 75 octets, not broken within a character (section 3.1). */
function fold(line: string): string {
  let [folded, length] = ['', 0]
  for (const character of line) {
    const size = Buffer.byteLength(character)
    if (length + size > 75) {
      folded += `${lineEnd} `
      length = 1
    }
    folded += character
    length += size
  }
  return folded + lineEnd
}

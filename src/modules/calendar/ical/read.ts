import { Temporal } from 'temporal-polyfill'
import type { Fault } from '../../../graphql/errors.ts'
import { unescapeText } from '../../contacts/import/vcard-property.ts'
import type { Participation, Role, Status } from '../draft.ts'
import { endOf, isDay, onClock, readTime, zoned } from '../times.ts'
import type { Component, Property } from './components.ts'
import type { Attendee, CalendarEvent } from './event.ts'
import type { Zones } from './zones.ts'

/** An event as it was read; what has a fault is left empty. */
export type ReadEvent = {
  event: CalendarEvent
  /** It says of this instance and all that follow it (`RANGE=THISANDFUTURE`). */
  isFollowing: boolean
  faults: Fault[]
  method: string
}

/** A time as it stands in a calendar, with where the clock is. */
type ReadTime = { time: string; zone: string }

/**
 * Reads an event. Times without a time zone are those of the calendar (`X-WR-TIMEZONE`), or else of `timeZone`.
 *
 * @param timeZone IANA.
 */
export function readEvent(component: Component, zones: Zones, timeZone: string): ReadEvent {
  const faults: Fault[] = component.faults.map((message) => ({ field: 'component', message }))
  const { calendar, properties } = component
  const home = zones.find(calendar.get('X-WR-TIMEZONE') ?? '') ?? timeZone
  const reader = { zones, home, faults }
  const all = (name: string) => properties.filter((property) => property.name === name)
  const one = (name: string) => {
    const found = all(name)
    if (found.length > 1) faults.push({ field: name, message: 'Stands there more than once.' })
    return found[0]
  }
  const text = (name: string) => unescapeText(one(name)?.value ?? '')
  const times = (name: string, zone: string) =>
    all(name).flatMap((property) => timesIn(property, reader).map((time) => inZone(time, zone)))

  const uid = text('UID')
  if (!uid || uid.length > 500) faults.push({ field: 'UID', message: 'Must be there, with at most 500 characters.' })
  const begin = timeIn(one('DTSTART'), reader) ?? missing(faults)
  const recurrence = timeIn(one('RECURRENCE-ID'), reader)
  const range = all('RECURRENCE-ID')[0]?.params.get('RANGE')?.[0]?.toUpperCase()
  if (range !== undefined && range !== 'THISANDFUTURE') {
    faults.push({ field: 'RECURRENCE-ID', message: 'RANGE is THISANDFUTURE, or is not there (RFC 5545).' })
  }
  const days = isDay(begin.time)
  return {
    faults,
    isFollowing: range !== undefined,
    method: (calendar.get('METHOD') ?? '').toUpperCase(),
    event: {
      uid,
      recurrenceId: recurrence?.time ?? '',
      recurrenceZone: recurrence?.zone ?? '',
      begin: begin.time,
      end: endIn(one('DTEND'), one('DURATION'), begin, reader),
      timeZone: begin.zone,
      rule: one('RRULE')?.value.trim() ?? '',
      dates: times('RDATE', begin.zone),
      exceptions: times('EXDATE', begin.zone).map((time) =>
        isDay(time) && !days ? `${time}${begin.time.slice(10)}` : time,
      ),
      sequence: numberIn(one('SEQUENCE')),
      status: statusNames[text('STATUS').toUpperCase()] ?? 'confirmed',
      title: text('SUMMARY').replaceAll(/\s*\n\s*/g, ' ') || '–',
      place: text('LOCATION').replaceAll(/\s*\n\s*/g, ', '),
      description: text('DESCRIPTION'),
      attendees: attendeesIn([...all('ORGANIZER'), ...all('ATTENDEE')]),
    },
  }
}

const missing = (faults: Fault[]): ReadTime => {
  if (!faults.some(({ field }) => field === 'DTSTART')) faults.push({ field: 'DTSTART', message: 'Must be there.' })
  return { time: '2000-01-01', zone: '' }
}

const statusNames: Readonly<Record<string, Status>> = {
  TENTATIVE: 'tentative',
  CONFIRMED: 'confirmed',
  CANCELLED: 'cancelled',
}

const numberIn = (property: Property | undefined) => {
  const number = Number(property?.value.trim() ?? '0')
  return Number.isInteger(number) && number >= 0 && number < 2_000_000_000 ? number : 0
}

type Reader = { zones: Zones; home: string; faults: Fault[] }

function timeIn(property: Property | undefined, reader: Reader): ReadTime | undefined {
  return property && timesIn(property, reader)[0]
}

function timesIn({ name, params, value }: Property, { zones, home, faults }: Reader): ReadTime[] {
  const zoneName = params.get('TZID')?.[0]
  const zone = zoneName === undefined ? home : zones.find(zoneName)
  if (zone === undefined) {
    faults.push({ field: name, message: `The time zone ${(zoneName ?? '').slice(0, 100)} is not known.` })
    return []
  }
  return value.split(',').flatMap((written) => {
    // Of a period (RDATE;VALUE=PERIOD) the begin: all times of a series take equally long.
    const [start = ''] = written.trim().split('/')
    const [, year, month, day, clock, utc] = /^(\d{4})(\d\d)(\d\d)(?:T(\d{6})(Z)?)?$/.exec(start) ?? []
    const hour = clock?.replace(/(\d\d)(\d\d)(\d\d)/, 'T$1:$2:$3') ?? ''
    const time = readTime(`${year}-${month}-${day}${hour}`)
    if (time) return [{ time, zone: clock === undefined ? '' : utc ? 'UTC' : zone }]
    faults.push({ field: name, message: `There is no time ${start.slice(0, 40)}, or not from 1900 to 2499.` })
    return []
  })
}

/** The same moment on another clock. */
export const inZone = ({ time, zone }: ReadTime, other: string): string =>
  isDay(time) || zone === other || !other ? time : onClock(zoned(time, zone).withTimeZone(other), false)

function endIn(end: Property | undefined, duration: Property | undefined, begin: ReadTime, reader: Reader): string {
  if (end) {
    const found = timeIn(end, reader)
    return found ? inZone(found, begin.zone) : begin.time
  }
  const days = isDay(begin.time)
  // Without an end, a day; or no time at all (section 3.6.1).
  const written = duration?.value.trim().replace(/^\+/, '') ?? (days ? 'P1D' : 'PT0S')
  try {
    if (!/^P[\dDTHMSW]{1,30}$/.test(written)) throw new RangeError('no duration')
    const length = Temporal.Duration.from(written)
    const over = zoned(begin.time, begin.zone).add(length)
    return over.year > 2499 ? begin.time : onClock(over, days)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    reader.faults.push({ field: 'DURATION', message: `There is no duration ${written.slice(0, 40)}.` })
    return endOf(begin.time, 0, begin.zone)
  }
}

const roleNames: Readonly<Record<string, Role>> = {
  CHAIR: 'chair',
  'REQ-PARTICIPANT': 'required',
  'OPT-PARTICIPANT': 'optional',
  'NON-PARTICIPANT': 'informed',
}

const participationNames: Readonly<Record<string, Participation>> = {
  ACCEPTED: 'accepted',
  DECLINED: 'declined',
  TENTATIVE: 'tentative',
}

/** Each once: who organises it is told as one who takes part, too. */
function attendeesIn(properties: readonly Property[]): Attendee[] {
  const found = new Map<string, Attendee>()
  for (const { name, params, value } of properties) {
    const address = value.trim()
    const [, mail] = /^mailto:(.*)$/i.exec(address) ?? []
    const email = mail === undefined ? '' : decode(mail)
    const attendee = {
      name: (params.get('CN')?.[0] ?? '').replaceAll(/\s+/g, ' ').trim(),
      email,
      urn: mail === undefined ? address : '',
      role: roleNames[params.get('ROLE')?.[0]?.toUpperCase() ?? ''] ?? (name === 'ORGANIZER' ? 'chair' : 'required'),
      participation: participationNames[params.get('PARTSTAT')?.[0]?.toUpperCase() ?? ''] ?? 'needs_action',
    } as const
    // Those without an address of their own differ by name.
    const key = email.toLowerCase() || `${address} ${attendee.name}`
    found.set(key, { ...found.get(key), ...attendee, name: attendee.name || (found.get(key)?.name ?? '') })
  }
  return [...found.values()]
}

function decode(address: string): string {
  try {
    return decodeURIComponent(address.split('?')[0] ?? '')
  } catch (error) {
    if (error instanceof URIError) return address
    throw error
  }
}

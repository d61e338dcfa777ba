import type { Fault } from '../../graphql/errors.ts'
import { checkText } from '../check-text.ts'
import { checkTimeZone } from '../contacts/check-values.ts'
import type { Draft, Guest } from './draft.ts'
import { checkRule, recurs } from './recurrence.ts'
import { isDay, lengthOf, onClock, readTime, zoned } from './times.ts'

/** How many may take part, all kinds together. */
export const mostParticipants = 200
/** How many further dates, and how many exceptions, an appointment may have. */
const mostDates = 500
/** An appointment that never ends would be in every window. */
export const longestAppointment = 366 * 24 * 3_600_000

/** Checks and normalises an appointment. What has a fault is left as it is; store it only if there are no faults. */
export function checkAppointment(draft: Draft, faults: Fault[]): Draft {
  const before = faults.length
  const timed = checkTimes(draft, faults)
  const rule = faults.length > before ? '' : checkRule(draft.rule, timed, 'rule', faults)
  const exceptions = recurs({ ...timed, rule }) ? timed.exceptions : []
  const title = checkText(draft.title, 'title', { max: 500 }, faults)
  if (!title && !faults.some(({ field }) => field === 'title')) {
    faults.push({ field: 'title', message: 'Say what it is called.' })
  }
  const guests = draft.guests.map((guest, index) => checkGuest(guest, `guests.${index}`, faults))
  const participants = [...draft.contacts, ...draft.staff, ...guests].length
  if (participants > mostParticipants) {
    faults.push({ field: 'contacts', message: `At most ${mostParticipants} may take part, are ${participants}.` })
  }
  const { contacts, staff } = draft
  twice(contacts, ({ contactId }) => contactId, 'contacts', faults)
  twice(staff, ({ userId }) => userId, 'staff', faults)
  twice(guests, ({ email }) => email, 'guests', faults)
  return {
    ...{ ...draft, ...timed, rule, exceptions, title, guests },
    place: checkText(draft.place, 'place', { max: 500 }, faults),
    description: checkText(draft.description, 'description', { max: 20_000, multiline: true }, faults),
  }
}

function checkTimes(draft: Draft, faults: Fault[]) {
  const read = (text: string, field: string) => {
    const time = readTime(text)
    if (time === undefined) {
      faults.push({
        field,
        message: 'Write a time as the clock there shows it, 2026-03-27T09:00, or a day, 2026-03-27, from 1900 to 2499.',
      })
    }
    return time ?? '2000-01-01'
  }
  const before = faults.length
  const begin = read(draft.begin, 'begin')
  const end = read(draft.end, 'end')
  const timeZone = isDay(begin) && faults.length === before ? '' : checkTimeZone(draft.timeZone, 'timeZone', faults)
  if (faults.length > before) return draft
  if (isDay(begin) !== isDay(end))
    faults.push({ field: 'end', message: 'Must be a day if the begin is, or else a time.' })
  else if (!isDay(begin) && !timeZone) {
    faults.push({ field: 'timeZone', message: 'Say where the clock is that shows these times: Europe/Berlin.' })
  } else {
    const length = lengthOf({ begin, end, timeZone })
    if (length < 0 || (length === 0 && isDay(begin))) {
      faults.push({ field: 'end', message: 'Must lie after the begin; of whole days, it is the day after.' })
    } else if (length > longestAppointment) faults.push({ field: 'end', message: 'Must be within a year.' })
  }
  const list = (given: readonly string[], field: string) => {
    if (given.length > mostDates) {
      faults.push({ field, message: `Must be at most ${mostDates}, are ${given.length}.` })
      return []
    }
    const times = given.map((text, index) => read(text, `${field}.${index}`))
    const other = times.findIndex((time) => isDay(time) !== isDay(begin))
    if (other >= 0)
      faults.push({ field: `${field}.${other}`, message: 'Must be a day if the begin is, or else a time.' })
    // As the clock there shows them: one that it leaves out in spring is an hour later.
    const shown = other < 0 && timeZone ? times.map((time) => onClock(zoned(time, timeZone), false)) : times
    return [...new Set(shown)].sort()
  }
  return {
    ...{ ...draft, begin, end, timeZone },
    dates: list(draft.dates, 'dates').filter((date) => date !== begin),
    exceptions: list(draft.exceptions, 'exceptions'),
  }
}

function checkGuest(guest: Guest, field: string, faults: Fault[]): Guest {
  const before = faults.length
  const name = checkText(guest.name, `${field}.name`, { max: 200 }, faults)
  const email = checkText(guest.email, `${field}.email`, { max: 254 }, faults)
  if (email && !/^[^\s@"<>]+@[^\s@"<>]+$/.test(email)) {
    faults.push({ field: `${field}.email`, message: 'Must be an e-mail address.' })
  }
  if (!name && !email && faults.length === before) faults.push({ field, message: 'Give a name or an e-mail address.' })
  return { ...guest, name, email }
}

function twice<T>(list: readonly T[], key: (item: T) => string, field: string, faults: Fault[]) {
  const seen = new Set<string>()
  for (const [index, item] of list.entries()) {
    const own = key(item).toLowerCase()
    if (own && seen.has(own)) faults.push({ field: `${field}.${index}`, message: 'Takes part already.' })
    seen.add(own)
  }
}

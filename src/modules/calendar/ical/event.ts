import type { Part, Status } from '../draft.ts'
import type { Schedule } from '../times.ts'

/** Somebody who takes part, as iCalendar tells it: with a mail address, or else by a URN. */
export type Attendee = Part & { name: string; email: string; urn: string }

/** A `VEVENT` of RFC 5545, in our words. */
export type CalendarEvent = Schedule & {
  uid: string
  /** When the instance would begin by its series, in `recurrenceZone`; empty if it is none. */
  recurrenceId: string
  recurrenceZone: string
  sequence: number
  status: Status
  title: string
  place: string
  description: string
  attendees: readonly Attendee[]
}

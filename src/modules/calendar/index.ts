import { defineModule } from '../module.ts'
import { describeAppointment, describeParticipant, describeStaff } from './audited.ts'
import { calendarEvents } from './automation.ts'
import { addCalendarFiles } from './graphql/files.ts'
import { addCalendarMutations } from './graphql/mutations.ts'
import { addCalendarQueries } from './graphql/queries.ts'
import { addCalendarTypes } from './graphql/types.ts'
import { calendarRoutes } from './ical/route.ts'
import { calendarMerging } from './merging.ts'
import { appointmentOverview } from './overview.ts'
import { calendarData } from './personal-data.ts'
import { calendarRights } from './rights.ts'
import { calendarTelling } from './told.ts'

/**
 * Appointments with contacts, users and guests, once or again and again (RFC 5545). In parts:
 *
 * - `times.ts`, `recurrence.ts`, `series.ts`: when something takes place
 * - `check.ts`, `change.ts`, `remove.ts`: what is entered, changed and removed; `stored.ts`, `store.ts`, `texts.ts`: how it is kept
 * - `tell.ts`: what the log of each contact tells of times; `told.ts`: what partners who read them are told of changes
 * - `read.ts`, `list.ts`, `occurrences.ts`: what is seen of it
 * - `ical/`: calendars as files
 *
 * What an appointment is about stands with each of its contacts, under their keys, and nowhere else: so it is erased with them. An
 * appointment about several stays for the others; with the last of them it goes.
 */
export const calendar = defineModule({
  name: 'calendar',
  needs: ['identity', 'contacts', 'audit', 'fields'],
  rights: calendarRights,
  personalData: calendarData,
  overview: appointmentOverview,
  audited: {
    Appointment: describeAppointment,
    AppointmentParticipant: describeParticipant,
    AppointmentStaff: describeStaff,
  },
  merging: calendarMerging,
  events: calendarEvents,
  tellings: [calendarTelling],
  routes: calendarRoutes,
  schema(builder) {
    const types = addCalendarTypes(builder)
    addCalendarQueries(builder, types)
    addCalendarMutations(builder, types)
    addCalendarFiles(builder)
  },
})

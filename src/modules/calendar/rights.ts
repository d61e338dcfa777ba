/** The rights of the calendar. */
export const calendarRights = {
  'calendar.appointments': 'That there is an appointment: when, how often, its status; entering and changing them.',
  'calendar.title': 'What an appointment is called, and where it is.',
  'calendar.description': 'What is noted of an appointment.',
  'calendar.participants': 'Who takes part in an appointment, and how.',
  'calendar.import': 'Importing calendars.',
  'calendar.export': 'Exporting calendars: when appointments are, with what one may read of them besides.',
} as const

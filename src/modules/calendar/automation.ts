import type { EventDeclaration } from '../automation/contract.ts'

/** What happens to appointments, of each contact who takes part. */
export const calendarEvents = {
  'calendar.created': {
    description: 'The contact takes part in an appointment: it was entered or imported, or they came to it later.',
    right: 'calendar.participants',
    entries: [{ entity: 'AppointmentParticipant', action: 'created' }],
    // What comes along when contacts are merged was there before.
    where: ({ operation }) => operation !== 'mergeContacts',
    data: { title: 'string', role: 'string', participation: 'string' },
  },
} as const satisfies Record<string, EventDeclaration>

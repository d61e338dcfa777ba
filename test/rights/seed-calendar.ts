import type { Database } from '../../src/database/client.ts'
import type { Act } from './seed.ts'

/** What is seeded of appointments, by right. */
export const calendarSecrets = {
  'calendar.title': ['zqappointment', 'zqvenue'],
  'calendar.description': ['zqagenda'],
  'calendar.participants': ['zqguest'],
}

/** A calendar of which nothing comes in. */
export const importable = 'BEGIN:VCALENDAR\nBEGIN:VTODO\nEND:VTODO\nEND:VCALENDAR\n'

/** A series that a contact, a user and a guest take part in, with an instance that differs, which is returned. */
export async function seedCalendar(database: Database, act: Act, contactId: string): Promise<string> {
  const user = await database.user.findFirstOrThrow({ where: { email: 'ada@example.org' } })
  const create = 'mutation ($input: CreateAppointmentInput!) { createAppointment(input: $input) { id } }'
  const { createAppointment } = await act(create, {
    input: {
      ...{ title: 'Zqappointment', place: 'Zqvenue', description: 'Zqagenda', rule: 'FREQ=DAILY;COUNT=5' },
      ...{ begin: '2026-03-03T09:00', end: '2026-03-03T10:00', timeZone: 'Europe/Berlin' },
      ...{ dates: ['2026-03-20T09:00'], exceptions: ['2026-03-05T09:00'] },
      contacts: [{ contactId }],
      staff: [{ userId: Buffer.from(`User:${user.id}`).toString('base64') }],
      guests: [{ name: 'Zqguest', email: 'zqguest@example.org' }],
    },
  })
  const update = 'mutation ($input: UpdateAppointmentInput!) { updateAppointment(input: $input) { id } }'
  const { updateAppointment } = await act(update, {
    input: {
      ...{ id: createAppointment?.['id'], version: 1, scope: 'INSTANCE', instance: '2026-03-04T09:00' },
      title: 'Zqappointment, later',
    },
  })
  return updateAppointment?.['id'] ?? ''
}

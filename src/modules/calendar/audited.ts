import { createHash } from 'node:crypto'
import type { Appointment, AppointmentParticipant, AppointmentStaff } from '#prisma/client.ts'
import type { AuditedRow } from '../../database/audited.ts'
import { present } from '../lawfulness/audited.ts'

// How the rows of this module read in the audit log. What an appointment is about is told in the entries about its contacts,
// which are sealed under their keys; of what is sealed, which bytes they were.

const hashOf = (sealed: Uint8Array | null | undefined) =>
  sealed ? createHash('sha256').update(sealed).digest('hex') : undefined

/** Its texts, too, if it is about no contact. */
export const describeAppointment = (row: Partial<Appointment> & { id: string }): AuditedRow => ({
  entity: 'Appointment',
  entityId: row.id,
  values: present({
    uid: row.uid,
    series: row.seriesId,
    recurrenceId: row.recurrenceId,
    begin: row.begin,
    end: row.end,
    timeZone: row.timeZone,
    rule: row.rule,
    dates: row.dates,
    exceptions: row.exceptions,
    status: row.status,
    sequence: row.sequence,
    title: row.title,
    place: row.place,
    descriptionHash: hashOf(row.description),
    guestsHash: hashOf(row.guests),
  }),
})

export const describeParticipant = (
  row: Partial<AppointmentParticipant> & { contactId: string; id: string },
): AuditedRow => ({
  contactId: row.contactId,
  entity: 'AppointmentParticipant',
  entityId: row.id,
  values: present({
    appointment: row.appointmentId,
    role: row.role,
    participation: row.participation,
    title: row.title,
    place: row.place,
    descriptionHash: hashOf(row.description),
    guestsHash: hashOf(row.guests),
  }),
})

export const describeStaff = (row: Partial<AppointmentStaff> & { id: string }): AuditedRow => ({
  entity: 'AppointmentParticipant',
  entityId: row.id,
  values: present({
    appointment: row.appointmentId,
    user: row.userId,
    role: row.role,
    participation: row.participation,
  }),
})

import type { KindTexts, Text } from '../disclosed.ts'

/** By which rule others are not named. */
export const hidden = 'Art. 15(4) GDPR: other persons who take part are counted, not named.'

/** How what is kept of appointments is called where the contact reads it. */
export const calendarTexts: Readonly<Record<string, KindTexts>> = {
  appointment: {
    ...{ de: 'Termine', en: 'Appointments' },
    formats: { rule: 'recurrence' },
    entities: ['Appointment', 'AppointmentParticipant'],
    values: {
      rule: {
        [hidden]: {
          de: 'Art. 15 Abs. 4 DSGVO: andere Teilnehmende sind gezählt, nicht genannt.',
          en: hidden,
        },
      },
      role: {
        chair: { de: 'Leitung', en: 'chair' },
        required: { de: 'erforderlich', en: 'required' },
        optional: { de: 'freigestellt', en: 'optional' },
        informed: { de: 'zur Kenntnis', en: 'informed' },
      },
      participation: {
        needs_action: { de: 'keine Antwort', en: 'no answer yet' },
        accepted: { de: 'zugesagt', en: 'accepted' },
        declined: { de: 'abgesagt', en: 'declined' },
        tentative: { de: 'mit Vorbehalt', en: 'tentative' },
      },
      status: {
        tentative: { de: 'vorläufig', en: 'tentative' },
        confirmed: { de: 'bestätigt', en: 'confirmed' },
        cancelled: { de: 'fällt aus', en: 'cancelled' },
      },
    },
    fields: {
      id: { de: 'Nummer', en: 'Number' },
      title: { de: 'Titel', en: 'Title' },
      place: { de: 'Ort', en: 'Place' },
      description: { de: 'Beschreibung', en: 'Description' },
      role: { de: 'Rolle', en: 'Role' },
      participation: { de: 'Teilnahme', en: 'Participation' },
      status: { de: 'Stand', en: 'Status' },
      begin: { de: 'Beginn', en: 'Begin' },
      end: { de: 'Ende', en: 'End' },
      timeZone: { de: 'Zeitzone', en: 'Time zone' },
      rule: { de: 'Wiederholung', en: 'Recurrence' },
      dates: { de: 'Weitere Zeiten', en: 'Further times' },
      exceptions: { de: 'Ausnahmen', en: 'Exceptions' },
      recurrenceId: { de: 'Statt des Termins am', en: 'Instead of the one on' },
      uid: { de: 'Kennung in Kalendern', en: 'Identifier in calendars' },
      createdAt: { de: 'Eingetragen am', en: 'Entered on' },
      updatedAt: { de: 'Zuletzt geändert am', en: 'Last changed on' },
      appointment: { de: 'Nummer des Termins', en: 'Number of the appointment' },
      descriptionHash: { de: 'Prüfsumme der Beschreibung', en: 'Hash of the description' },
      guestsHash: { de: 'Prüfsumme der Gästeliste', en: 'Hash of the list of guests' },
      otherParticipants: { de: 'Weitere Teilnehmende', en: 'Others who take part' },
      contacts: { de: 'Andere Personen', en: 'Other persons' },
      staff: { de: 'Mitarbeitende', en: 'Staff' },
      guests: { de: 'Gäste', en: 'Guests' },
    },
  },
  calendarFile: {
    ...{ de: 'Termine als Kalenderdatei', en: 'Appointments as a calendar file' },
    fields: {
      name: { de: 'Datei', en: 'File' },
      appointments: { de: 'Termine darin', en: 'Appointments in it' },
    },
  },
}

/** How its operations are called where the contact reads of them. */
export const calendarOperations: Readonly<Record<string, Text>> = {
  createAppointment: { de: 'Termin eingetragen', en: 'appointment entered' },
  updateAppointment: { de: 'Termin geändert', en: 'appointment changed' },
  cancelAppointment: { de: 'Termin abgesagt', en: 'appointment called off' },
  deleteAppointment: { de: 'Termin entfernt', en: 'appointment removed' },
  importAppointments: { de: 'Termine importiert', en: 'appointments imported' },
  exportAppointments: { de: 'Termine exportiert', en: 'appointments exported' },
  iCalendar: { de: 'Termine als Datei ausgegeben', en: 'appointments given as a file' },
  appointment: { de: 'Termin gelesen', en: 'appointment read' },
  appointments: { de: 'Liste von Terminen gelesen', en: 'list of appointments read' },
}

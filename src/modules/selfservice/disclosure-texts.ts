import type { KindTexts } from '../disclosed.ts'

const id = { de: 'Nummer', en: 'Number' }
const createdAt = { de: 'Erstellt am', en: 'Made on' }

/** How what is kept of a contact's own doings is called where the contact reads it. */
export const selfServiceTexts: Readonly<Record<string, KindTexts>> = {
  selfServiceLink: {
    ...{ de: 'Links zur Seite über Sie', en: 'Links to the page about you' },
    fields: {
      handedOver: { de: 'Von Beschäftigten übergeben', en: 'Handed over by staff' },
      createdAt,
      expiresAt: { de: 'Gültig bis', en: 'Valid until' },
      usedAt: { de: 'Benutzt am', en: 'Used on' },
    },
  },
  selfServiceVisit: {
    ...{ de: 'Besuche der Seite über Sie', en: 'Visits to the page about you' },
    fields: {
      method: { de: 'Zugang', en: 'Way in' },
      startedAt: { de: 'Beginn', en: 'Begin' },
      endedAt: { de: 'Ende', en: 'End' },
    },
  },
  correctionProposal: {
    ...{ de: 'Vorgeschlagene Berichtigungen', en: 'Proposed corrections' },
    fields: {
      id,
      field: { de: 'Feld', en: 'Field' },
      state: { de: 'Stand', en: 'State' },
      proposedAt: { de: 'Vorgeschlagen am', en: 'Proposed on' },
      decidedAt: { de: 'Entschieden am', en: 'Decided on' },
      change: { de: 'Änderung', en: 'Change' },
      reason: { de: 'Begründung', en: 'Reason' },
    },
  },
}

import type { KindTexts } from '../disclosed.ts'

const at = { de: 'Zeitpunkt', en: 'Time' }

/** How what this module keeps is called where the contact reads it. */
export const automationTexts: Readonly<Record<string, KindTexts>> = {
  automationRun: {
    ...{ de: 'Was nach Regeln von selbst geschah', en: 'What happened by itself, by rules' },
    fields: {
      rule: { de: 'Regel', en: 'Rule' },
      event: { de: 'Anlass', en: 'Event' },
      at,
      outcome: { de: 'Ergebnis', en: 'Outcome' },
      fault: { de: 'Fehler', en: 'Fault' },
    },
  },
  automationNotice: {
    ...{ de: 'Hinweise an Beschäftigte, dass eine Regel tätig war', en: 'Notices to staff that a rule acted' },
    fields: { id: { de: 'Nummer', en: 'Number' }, at },
  },
}

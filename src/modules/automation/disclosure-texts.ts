import type { KindTexts, Text } from '../disclosed.ts'

const eventWords: Readonly<Record<string, Text>> = {
  'contacts.created': { de: 'Kontakt angelegt', en: 'contact created' },
  'contacts.imported': { de: 'Kontakt importiert', en: 'contact imported' },
  'contacts.changed': { de: 'Angaben geändert', en: 'data changed' },
  'fields.set': { de: 'weitere Angabe eingetragen', en: 'further data filled in' },
  'documents.added': { de: 'Dokument hinzugefügt', en: 'document added' },
  'documents.versionAdded': { de: 'neue Fassung eines Dokuments', en: 'new version of a document' },
  'calendar.created': { de: 'Termin eingetragen', en: 'appointment entered' },
  'orders.placed': { de: 'Bestellung aufgegeben', en: 'order placed' },
  'orders.statusChanged': { de: 'Stand einer Bestellung geändert', en: 'state of an order changed' },
  'orders.invoiced': { de: 'Bestellung berechnet', en: 'order invoiced' },
  'requests.received': { de: 'Antrag eingegangen', en: 'request received' },
  'requests.dueSoon': { de: 'Antrag bald fällig', en: 'request due soon' },
  'requests.overdue': { de: 'Antrag überfällig', en: 'request overdue' },
  'requests.decided': { de: 'Antrag entschieden', en: 'request decided' },
}

const at = { de: 'Zeitpunkt', en: 'Time' }

/** How what this module keeps is called where the contact reads it. */
export const automationTexts: Readonly<Record<string, KindTexts>> = {
  automationRun: {
    ...{ de: 'Was nach Regeln von selbst geschah', en: 'What happened by itself, by rules' },
    values: {
      event: eventWords,
      outcome: {
        waiting: { de: 'steht noch aus', en: 'waits' },
        done: { de: 'ausgeführt', en: 'done' },
        not_matched: { de: 'Bedingung nicht erfüllt', en: 'the condition did not hold' },
        loop_stopped: { de: 'angehalten, um keine Schleife zu bilden', en: 'stopped, so as to make no loop' },
        failed: { de: 'nicht gelungen', en: 'failed' },
        cancelled: { de: 'abgebrochen', en: 'cancelled' },
      },
    },
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

/** How its operations are called where the contact reads of them. */
export const automationOperations: Readonly<Record<string, Text>> = {
  runRule: { de: 'eine Regel ausgeführt', en: 'a rule run' },
  testRule: { de: 'eine Regel ausprobiert', en: 'a rule tried' },
  retryRuleRun: { de: 'eine Regel noch einmal ausgeführt', en: 'a rule run once more' },
}

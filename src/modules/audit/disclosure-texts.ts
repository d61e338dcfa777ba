import type { KindTexts } from '../disclosed.ts'

/** How what this module keeps is called where the contact reads it. */
export const auditTexts: Readonly<Record<string, KindTexts>> = {
  auditEntry: {
    ...{ de: 'Protokoll der Verarbeitung', en: 'Log of the processing' },
    values: {
      actorKind: {
        user: { de: 'Beschäftigte', en: 'staff' },
        client: { de: 'Programm eines Partners', en: 'a partner’s program' },
        rule: { de: 'Regel', en: 'a rule' },
        contact: { de: 'Sie selbst', en: 'yourself' },
        operator: { de: 'Betrieb des Servers', en: 'the server’s operator' },
        system: { de: 'von selbst', en: 'by itself' },
        anonymous: { de: 'ohne Anmeldung', en: 'somebody not signed in' },
      },
      action: {
        created: { de: 'angelegt', en: 'created' },
        updated: { de: 'geändert', en: 'changed' },
        removed: { de: 'entfernt', en: 'removed' },
        read: { de: 'gelesen', en: 'read' },
        refused: { de: 'verweigert', en: 'refused' },
      },
    },
    fields: {
      id: { de: 'Nummer', en: 'Number' },
      recordedAt: { de: 'Zeitpunkt', en: 'Time' },
      actorKind: { de: 'Durch', en: 'By' },
      action: { de: 'Was geschah', en: 'What happened' },
      operation: { de: 'Vorgang', en: 'Operation' },
      entity: { de: 'Art des Eintrags', en: 'Kind of record' },
      entityId: { de: 'Nummer des Eintrags', en: 'Number of the record' },
      changes: { de: 'Änderungen', en: 'Changes' },
      field: { de: 'Feld', en: 'Field' },
      old: { de: 'vorher', en: 'before' },
      new: { de: 'nachher', en: 'after' },
    },
  },
}

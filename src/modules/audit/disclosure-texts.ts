import type { KindTexts, Text } from '../disclosed.ts'
import { actorWords } from '../shared-words.ts'

/** By which rule it is not told who of the staff it was. */
export const aboutStaff = 'Who of the staff it was is data about them (Art. 15(4) GDPR; CJEU C-579/21).'

/** How what this module keeps is called where the contact reads it. */
export const auditTexts: Readonly<Record<string, KindTexts>> = {
  auditEntry: {
    ...{ de: 'Protokoll der Verarbeitung', en: 'Log of the processing' },
    formats: { operation: 'operation', entity: 'entity' },
    values: {
      rule: {
        [aboutStaff]: {
          de: 'Wer von den Beschäftigten es war, betrifft diese selbst (Art. 15 Abs. 4 DSGVO; EuGH C-579/21).',
          en: aboutStaff,
        },
      },
      actorKind: actorWords,
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

/** How its operations are called where the contact reads of them. */
export const auditOperations: Readonly<Record<string, Text>> = {
  auditLog: { de: 'Protokoll gelesen', en: 'log read' },
  auditProof: { de: 'Nachweis zum Protokoll gelesen', en: 'proof of the log read' },
  receipt: { de: 'Beleg ausgegeben', en: 'receipt given' },
  auditReceipt: { de: 'Beleg erneut ausgegeben', en: 'receipt given again' },
}

import type { KindTexts, Text } from '../disclosed.ts'
import { erasureGrounds } from '../module.ts'
import { groundTexts } from './grounds.ts'
import { categoryNames } from './names.ts'

/** How what this module keeps is called where the contact reads it. */
export const erasureTexts: Readonly<Record<string, KindTexts>> = {
  erasure: {
    ...{ de: 'Löschungen', en: 'Erasures' },
    formats: { article: 'citation' },
    values: {
      state: {
        requested: { de: 'beantragt', en: 'asked for' },
        approved: { de: 'genehmigt', en: 'approved' },
        queued: { de: 'wartet', en: 'waits' },
        executing: { de: 'wird ausgeführt', en: 'being executed' },
        held: { de: 'durch eine rechtliche Sperre aufgehalten', en: 'stopped by a legal hold' },
        executed: { de: 'ausgeführt', en: 'executed' },
        refused: { de: 'abgelehnt', en: 'refused' },
        cancelled: { de: 'abgesagt', en: 'called off' },
        failed: { de: 'nicht gelungen', en: 'failed' },
      },
      categories: categoryNames,
      ground: Object.fromEntries(erasureGrounds.map((ground) => [ground, groundTexts[ground]])),
    },
    fields: {
      id: { de: 'Nummer', en: 'Number' },
      state: { de: 'Stand', en: 'State' },
      ground: { de: 'Grund', en: 'Ground' },
      categories: { de: 'Nur diese Kategorien', en: 'These categories only' },
      requestedAt: { de: 'Beantragt am', en: 'Asked for on' },
      approvedAt: { de: 'Genehmigt am', en: 'Approved on' },
      executedAt: { de: 'Ausgeführt am', en: 'Executed on' },
      article: { de: 'Artikel der Ablehnung', en: 'Article of the refusal' },
    },
  },
}

/** How its operations are called where the contact reads of them. */
export const erasureOperations: Readonly<Record<string, Text>> = {
  previewErasure: { de: 'Vorschau einer Löschung angesehen', en: 'preview of an erasure read' },
  executeErasure: { de: 'Löschung ausgeführt', en: 'erasure executed' },
}

import type { KindTexts, Text } from '../disclosed.ts'
import { groundLabels } from '../lawfulness/register/export/labels.ts'
import { groundEventWords, sendingWords } from '../shared-words.ts'

const at = { de: 'Zeitpunkt', en: 'Time' }
const id = { de: 'Nummer', en: 'Number' }

/** How what this module keeps is called where the contact reads it. */
export const deliveryTexts: Readonly<Record<string, KindTexts>> = {
  consentChange: {
    ...{ de: 'Mitteilungen über Rechtsgrundlagen', en: 'What is told of legal grounds' },
    formats: { purpose: 'purpose' },
    values: { kind: groundEventWords, ground: groundLabels },
    entities: ['ConsentChange'],
    fields: {
      id,
      kind: { de: 'Was geschah', en: 'What happened' },
      purpose: { de: 'Zweck', en: 'Purpose' },
      ground: { de: 'Rechtsgrundlage', en: 'Legal ground' },
      valid: { de: 'Besteht danach', en: 'Holds afterwards' },
      since: { de: 'Seit', en: 'Since' },
      until: { de: 'Bis', en: 'Until' },
      at,
    },
  },
  webhookDelivery: {
    ...{ de: 'Wem es mitgeteilt wurde', en: 'Who was told' },
    values: { outcome: sendingWords },
    entities: ['WebhookDelivery'],
    fields: {
      id,
      recipient: { de: 'Empfänger', en: 'Recipient' },
      webhookId: { de: 'Nummer der Zustelladresse', en: 'Number of the address' },
      change: { de: 'Nummer der Mitteilung', en: 'Number of what was told' },
      withHashOfAddresses: { de: 'Mit Prüfsumme der E-Mail-Adressen', en: 'With a hash of the e-mail addresses' },
      outcome: { de: 'Ergebnis', en: 'Outcome' },
      at,
    },
  },
  webhookAttempt: {
    ...{ de: 'Versuche der Mitteilung', en: 'Tries to tell' },
    fields: {
      delivery: { de: 'Nummer der Zustellung', en: 'Number of the delivery' },
      at,
      status: { de: 'Antwort (HTTP)', en: 'Answer (HTTP)' },
    },
  },
}

/** How its operations are called where the contact reads of them. */
export const deliveryOperations: Readonly<Record<string, Text>> = {
  redeliver: { de: 'noch einmal mitgeteilt', en: 'told once more' },
}

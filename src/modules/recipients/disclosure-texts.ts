import type { KindTexts } from '../disclosed.ts'

const recipient = { de: 'Empfänger', en: 'Recipient' }

/** How recipients are called where the contact reads of them. */
export const recipientTexts: Readonly<Record<string, KindTexts>> = {
  recipient: {
    ...{ de: 'Wer Ihre Daten erhalten hat', en: 'Who received your data' },
    fields: {
      recipient,
      field: { de: 'Angabe', en: 'Field' },
      firstAt: { de: 'Zum ersten Mal', en: 'For the first time' },
      lastAt: { de: 'Zuletzt', en: 'Last' },
    },
  },
  recipientNotice: {
    ...{ de: 'Wem Berichtigungen mitgeteilt werden', en: 'Who is told of rectifications' },
    values: {
      kind: { rectified: { de: 'Berichtigung', en: 'rectification' } },
      state: {
        open: { de: 'wird noch mitgeteilt', en: 'yet to be told' },
        told: { de: 'mitgeteilt', en: 'told' },
        not_possible: { de: 'nicht möglich', en: 'not possible' },
      },
    },
    fields: {
      kind: { de: 'Anlass', en: 'Occasion' },
      recipient,
      fields: { de: 'Angaben', en: 'Fields' },
      changedAt: { de: 'Berichtigt am', en: 'Rectified on' },
      state: { de: 'Stand', en: 'State' },
      how: { de: 'Auf welchem Weg, oder warum nicht', en: 'How, or why not' },
      toldAt: { de: 'Mitgeteilt am', en: 'Told on' },
    },
  },
}

import type { KindTexts, Text } from '../disclosed.ts'

const recipient = { de: 'Empfänger', en: 'Recipient' }

/** How recipients are called where the contact reads of them. */
export const recipientTexts: Readonly<Record<string, KindTexts>> = {
  recipient: {
    ...{ de: 'Wer Ihre Daten erhalten hat', en: 'Who received your data' },
    formats: { field: 'contactField' },
    fields: {
      recipient,
      field: { de: 'Angabe', en: 'Field' },
      firstAt: { de: 'Zum ersten Mal', en: 'For the first time' },
      lastAt: { de: 'Zuletzt', en: 'Last' },
    },
  },
  recipientNotice: {
    ...{
      de: 'Wem Berichtigungen und Einschränkungen mitgeteilt werden',
      en: 'Who is told of rectifications and restrictions',
    },
    formats: { fields: 'contactField' },
    entities: ['RecipientNotice'],
    values: {
      kind: {
        rectified: { de: 'Berichtigung', en: 'rectification' },
        restricted: { de: 'Einschränkung der Verarbeitung', en: 'restriction of processing' },
        unrestricted: { de: 'Ende der Einschränkung', en: 'end of the restriction' },
      },
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
      of: { de: 'Kennung des Datensatzes', en: 'Id of the record' },
      record: { de: 'Kennung des Datensatzes', en: 'Id of the record' },
      changedAt: { de: 'Wirksam seit', en: 'Since' },
      state: { de: 'Stand', en: 'State' },
      how: { de: 'Auf welchem Weg, oder warum nicht', en: 'How, or why not' },
      client: { de: 'Nummer des Empfängers', en: 'Number of the recipient' },
      fault: { de: 'Fehler', en: 'Fault' },
      toldAt: { de: 'Mitgeteilt am', en: 'Told on' },
    },
  },
}

/** How its operations are called where the contact reads of them. */
export const recipientOperations: Readonly<Record<string, Text>> = {
  noteRecipients: { de: 'Empfänger vermerkt', en: 'recipients noted' },
  tellRecipient: { de: 'Empfänger unterrichtet', en: 'recipient told' },
  recordRecipientTold: { de: 'Empfänger unterrichtet', en: 'recipient told' },
  recordRecipientNotTold: { de: 'Empfänger nicht unterrichtet', en: 'recipient not told' },
}

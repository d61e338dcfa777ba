import type { KindTexts, Text } from '../disclosed.ts'

const field = { de: 'Feld', en: 'Field' }

/** How what this module keeps is called where the contact reads it. */
export const fieldTexts: Readonly<Record<string, KindTexts>> = {
  customField: {
    ...{ de: 'Weitere Angaben', en: 'Further data' },
    formats: { field: 'customField', labels: 'texts', purpose: 'purpose', retentionClass: 'retentionClass' },
    fields: {
      field,
      labels: { de: 'Bezeichnung', en: 'Label' },
      value: { de: 'Wert', en: 'Value' },
      category: { de: 'Kategorie', en: 'Category' },
      purpose: { de: 'Zweck', en: 'Purpose' },
      retentionClass: { de: 'Aufbewahrung', en: 'Retention' },
      id: { de: 'Nummer', en: 'Number' },
      name: { de: 'Name der Datei', en: 'Name of the file' },
      mediaType: { de: 'Art der Datei', en: 'Kind of file' },
      size: { de: 'Größe (Bytes)', en: 'Size (bytes)' },
      sha256: { de: 'SHA-256', en: 'SHA-256' },
      amount: { de: 'Betrag', en: 'Amount' },
      currency: { de: 'Währung', en: 'Currency' },
    },
  },
  customFile: {
    ...{ de: 'Weitere Dateien', en: 'Further files' },
    formats: { field: 'customField' },
    entities: ['FieldFile'],
    fields: { id: { de: 'Nummer', en: 'Number' }, field, sha256: { de: 'SHA-256', en: 'SHA-256' } },
  },
  uniqueValue: {
    ...{ de: 'Prüfsummen, damit Angaben nur einmal vorkommen', en: 'Hashes that keep data from occurring twice' },
    formats: { field: 'customField' },
    fields: { field, sha256: { de: 'SHA-256', en: 'SHA-256' } },
  },
}

/** How its operations are called where the contact reads of them. */
export const fieldOperations: Readonly<Record<string, Text>> = {
  changeFieldValues: {
    de: 'Angaben umgewandelt, da ihr Feld sich änderte',
    en: 'data converted, since its field changed',
  },
}

import type { KindTexts } from '../disclosed.ts'

const field = { de: 'Feld', en: 'Field' }

/** How what this module keeps is called where the contact reads it. */
export const fieldTexts: Readonly<Record<string, KindTexts>> = {
  customField: {
    ...{ de: 'Weitere Angaben', en: 'Further data' },
    fields: {
      field,
      labels: { de: 'Bezeichnung', en: 'Label' },
      value: { de: 'Wert', en: 'Value' },
      category: { de: 'Kategorie', en: 'Category' },
      purpose: { de: 'Zweck', en: 'Purpose' },
      retentionClass: { de: 'Aufbewahrung', en: 'Retention' },
    },
  },
  customFile: {
    ...{ de: 'Weitere Dateien', en: 'Further files' },
    fields: { id: { de: 'Nummer', en: 'Number' }, field, sha256: { de: 'SHA-256', en: 'SHA-256' } },
  },
  uniqueValue: {
    ...{ de: 'Prüfsummen, damit Angaben nur einmal vorkommen', en: 'Hashes that keep data from occurring twice' },
    fields: { field, sha256: { de: 'SHA-256', en: 'SHA-256' } },
  },
}

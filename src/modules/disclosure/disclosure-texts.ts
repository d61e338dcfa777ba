import type { KindTexts } from '../disclosed.ts'

/** How what this module keeps is called where the contact reads it. */
export const disclosureTexts: Readonly<Record<string, KindTexts>> = {
  accessPackage: {
    ...{ de: 'Erstellte Auskünfte', en: 'Reports that were made' },
    fields: {
      id: { de: 'Nummer', en: 'Number' },
      requestId: { de: 'Nummer des Antrags', en: 'Number of the request' },
      kind: { de: 'Art', en: 'Kind' },
      language: { de: 'Sprache', en: 'Language' },
      state: { de: 'Stand', en: 'State' },
      createdAt: { de: 'Beauftragt am', en: 'Ordered on' },
      producedAt: { de: 'Erstellt am', en: 'Made on' },
      deliveredAt: { de: 'Übergeben am', en: 'Delivered on' },
      deliveredHow: { de: 'Übergeben durch', en: 'Delivered by' },
      linkUsedAt: { de: 'Link benutzt am', en: 'Link used on' },
      sha256: { de: 'SHA-256', en: 'SHA-256' },
    },
  },
}

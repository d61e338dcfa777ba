import type { KindTexts } from '../disclosed.ts'

/** How what this module keeps is called where the contact reads it. */
export const disclosureTexts: Readonly<Record<string, KindTexts>> = {
  accessPackage: {
    ...{ de: 'Erstellte Auskünfte', en: 'Reports that were made' },
    values: {
      kind: {
        access: { de: 'Auskunft', en: 'access' },
        portability: { de: 'zum Mitnehmen', en: 'to take along' },
      },
      language: { de: { de: 'Deutsch', en: 'German' }, en: { de: 'Englisch', en: 'English' } },
      state: {
        queued: { de: 'in Arbeit', en: 'being made' },
        ready: { de: 'bereit', en: 'ready' },
        delivered: { de: 'übergeben', en: 'delivered' },
        expired: { de: 'gelöscht', en: 'erased' },
        failed: { de: 'nicht gelungen', en: 'failed' },
      },
      deliveredHow: {
        download: { de: 'Herunterladen', en: 'download' },
        mail: { de: 'E-Mail', en: 'e-mail' },
        letter: { de: 'Brief', en: 'letter' },
        in_person: { de: 'persönlich', en: 'in person' },
      },
    },
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

import type { KindTexts, Text } from '../disclosed.ts'
import { wayWords } from '../shared-words.ts'

/** How what this module keeps is called where the contact reads it. */
export const disclosureTexts: Readonly<Record<string, KindTexts>> = {
  accessPackage: {
    ...{ de: 'Erstellte Auskünfte', en: 'Reports that were made' },
    entities: ['AccessPackage'],
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
      deliveredHow: wayWords,
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
      request: { de: 'Nummer des Antrags', en: 'Number of the request' },
      snapshotAt: { de: 'Stand der Daten', en: 'Data as of' },
      expiresAt: { de: 'Verfügbar bis', en: 'Available until' },
      linkUntil: { de: 'Link gültig bis', en: 'Link valid until' },
      download: { de: 'Herunterladen', en: 'Download' },
      linkUsedAt: { de: 'Link benutzt am', en: 'Link used on' },
      sha256: { de: 'SHA-256', en: 'SHA-256' },
    },
  },
}

/** How its operations are called where the contact reads of them. */
export const disclosureOperations: Readonly<Record<string, Text>> = {
  discloseContact: { de: 'Auskunft in Auftrag gegeben', en: 'report ordered' },
  produceAccessPackage: { de: 'Auskunft erstellt', en: 'report made' },
  failAccessPackage: { de: 'Auskunft nicht gelungen', en: 'report failed' },
  createAccessPackageLink: { de: 'Link zur Auskunft erstellt', en: 'link to the report made' },
  openAccessPackageLink: { de: 'Link zur Auskunft geöffnet', en: 'link to the report opened' },
  downloadAccessPackage: { de: 'Auskunft heruntergeladen', en: 'report downloaded' },
  deliverAccessPackage: { de: 'Auskunft übergeben', en: 'report delivered' },
  markAccessPackageDelivered: { de: 'Auskunft übergeben', en: 'report delivered' },
  eraseAccessPackage: { de: 'Auskunft gelöscht', en: 'report erased' },
  eraseExpiredAccessPackages: { de: 'abgelaufene Auskunft gelöscht', en: 'expired report erased' },
  importPackage: { de: 'mitgebrachte Daten übernommen', en: 'data taken in that came along' },
}

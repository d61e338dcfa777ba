import type { KindTexts, Text } from '../disclosed.ts'

/** By which rule the content of a document is not given. */
export const aboutOthers = 'The document is about other persons, too (Art. 15(4) GDPR).'

/** How what this module keeps is called where the contact reads it. */
export const documentTexts: Readonly<Record<string, KindTexts>> = {
  document: {
    ...{ de: 'Dokumente', en: 'Documents' },
    formats: { type: 'documentType' },
    entities: ['Document', 'DocumentVersion'],
    values: {
      rule: {
        [aboutOthers]: { de: 'Das Dokument betrifft auch andere Personen (Art. 15 Abs. 4 DSGVO).', en: aboutOthers },
      },
      personal: {
        none: { de: 'keiner', en: 'none' },
        linked: { de: 'über Sie', en: 'about you' },
        others: { de: 'auch über andere', en: 'about others, too' },
      },
    },
    fields: {
      id: { de: 'Nummer', en: 'Number' },
      title: { de: 'Titel', en: 'Title' },
      type: { de: 'Art', en: 'Type' },
      personal: { de: 'Personenbezug', en: 'Personal data' },
      linkedAt: { de: 'Zugeordnet am', en: 'Linked on' },
      createdAt: { de: 'Abgelegt am', en: 'Stored on' },
      updatedAt: { de: 'Zuletzt geändert am', en: 'Last changed on' },
      versions: { de: 'Fassungen', en: 'Versions' },
      number: { de: 'Nummer der Fassung', en: 'Number of the version' },
      latestVersion: { de: 'Neueste Fassung', en: 'Latest version' },
      mediaType: { de: 'Art der Datei', en: 'Kind of file' },
      size: { de: 'Größe (Bytes)', en: 'Size (bytes)' },
      sha256: { de: 'SHA-256', en: 'SHA-256' },
      storedAt: { de: 'Abgelegt am', en: 'Stored on' },
      content: { de: 'Inhalt', en: 'Content' },
    },
  },
}

/** How its operations are called where the contact reads of them. */
export const documentOperations: Readonly<Record<string, Text>> = {
  uploadDocument: { de: 'Dokument abgelegt', en: 'document stored' },
  storeDocument: { de: 'Dokument abgelegt', en: 'document stored' },
  importDocuments: { de: 'Dokumente importiert', en: 'documents imported' },
  updateDocument: { de: 'Dokument geändert', en: 'document changed' },
  deleteDocument: { de: 'Dokument gelöscht', en: 'document deleted' },
  linkDocument: { de: 'Dokument zugeordnet', en: 'document linked' },
  unlinkDocument: { de: 'Zuordnung eines Dokuments aufgehoben', en: 'link to a document removed' },
  downloadDocument: { de: 'Dokument heruntergeladen', en: 'document downloaded' },
  document: { de: 'Dokument gelesen', en: 'document read' },
  documents: { de: 'Liste von Dokumenten gelesen', en: 'list of documents read' },
}

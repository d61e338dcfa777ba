import type { KindTexts } from '../disclosed.ts'

const id = { de: 'Nummer', en: 'Number' }
const source = { de: 'Herkunft', en: 'Source' }

/** How what is kept of a contact is called where the contact reads it. */
export const contactTexts: Readonly<Record<string, KindTexts>> = {
  contact: {
    ...{ de: 'Angaben zur Person', en: 'About the person' },
    fields: {
      id,
      title: { de: 'Titel', en: 'Title' },
      givenName: { de: 'Vorname', en: 'Given name' },
      familyName: { de: 'Nachname', en: 'Family name' },
      displayName: { de: 'Anzeigename', en: 'Display name' },
      organisation: { de: 'Organisation', en: 'Organisation' },
      jobTitle: { de: 'Tätigkeit', en: 'Job title' },
      birthDate: { de: 'Geburtsdatum', en: 'Date of birth' },
      language: { de: 'Sprache', en: 'Language' },
      timeZone: { de: 'Zeitzone', en: 'Time zone' },
      tags: { de: 'Schlagwörter', en: 'Tags' },
      source,
      sourceAt: { de: 'Erhalten am', en: 'Obtained on' },
      importId: { de: 'Nummer des Imports', en: 'Number of the import' },
      version: { de: 'Fassung', en: 'Version' },
      createdAt: { de: 'Angelegt am', en: 'Created on' },
      updatedAt: { de: 'Geändert am', en: 'Changed on' },
    },
  },
  contactPoint: {
    ...{ de: 'Kontaktdaten', en: 'Contact details' },
    values: {
      kind: {
        email: { de: 'E-Mail-Adresse', en: 'E-mail address' },
        phone: { de: 'Telefonnummer', en: 'Phone number' },
        address: { de: 'Anschrift', en: 'Postal address' },
        website: { de: 'Website', en: 'Website' },
        messenger: { de: 'Messenger', en: 'Messenger' },
      },
    },
    fields: {
      id,
      kind: { de: 'Art', en: 'Kind' },
      label: { de: 'Bezeichnung', en: 'Label' },
      primary: { de: 'Bevorzugt', en: 'Preferred' },
      verifiedAt: { de: 'Bestätigt am', en: 'Verified on' },
      value: { de: 'Wert', en: 'Value' },
      service: { de: 'Dienst', en: 'Service' },
      street: { de: 'Straße', en: 'Street' },
      postalCode: { de: 'Postleitzahl', en: 'Postal code' },
      city: { de: 'Ort', en: 'City' },
      region: { de: 'Region', en: 'Region' },
      country: { de: 'Land', en: 'Country' },
    },
  },
  merge: {
    ...{ de: 'Zusammengeführte Einträge', en: 'Merged records' },
    fields: {
      id,
      sourceId: { de: 'Nummer des anderen Eintrags', en: 'Number of the other record' },
      filled: { de: 'Ergänzte Felder', en: 'Fields filled in' },
      pointIds: { de: 'Übernommene Kontaktdaten', en: 'Contact details taken over' },
      mergedAt: { de: 'Zusammengeführt am', en: 'Merged on' },
      undoneAt: { de: 'Rückgängig gemacht am', en: 'Undone on' },
    },
  },
  importKey: {
    ...{ de: 'Prüfsummen importierter Kennungen', en: 'Hashes of imported identities' },
    fields: { key: { de: 'SHA-256', en: 'SHA-256' } },
  },
  import: {
    ...{ de: 'Import, durch den die Daten kamen', en: 'The import that the data came by' },
    fields: {
      id,
      fileName: { de: 'Datei', en: 'File' },
      format: { de: 'Format', en: 'Format' },
      source,
      sourceAt: { de: 'Erhalten am', en: 'Obtained on' },
      ground: { de: 'Rechtsgrundlage', en: 'Legal ground' },
      groundNote: { de: 'Anmerkung zur Rechtsgrundlage', en: 'Note on the legal ground' },
      purposeKey: { de: 'Zweck', en: 'Purpose' },
      startedAt: { de: 'Begonnen am', en: 'Begun on' },
    },
  },
}

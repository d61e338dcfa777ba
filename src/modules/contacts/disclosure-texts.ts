import type { KindTexts, Text } from '../disclosed.ts'
import { addressWords } from '../shared-words.ts'

const id = { de: 'Nummer', en: 'Number' }
const source = { de: 'Herkunft', en: 'Source' }

/** How what is kept of a contact is called where the contact reads it. */
export const contactTexts: Readonly<Record<string, KindTexts>> = {
  contact: {
    ...{ de: 'Angaben zur Person', en: 'About the person' },
    formats: { language: 'language' },
    entities: ['Contact'],
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
      mergedInto: { de: 'Aufgegangen in Nummer', en: 'Merged into number' },
      emails: { de: 'E-Mail-Adressen', en: 'E-mail addresses' },
      phones: { de: 'Telefonnummern', en: 'Phone numbers' },
      addresses: { de: 'Anschriften', en: 'Postal addresses' },
      websites: { de: 'Websites', en: 'Websites' },
      messengers: { de: 'Messenger', en: 'Messengers' },
      customFields: { de: 'Weitere Angaben', en: 'Further data' },
      contactAsFile: { de: 'alle Angaben als Datei', en: 'all data as a file' },
      history: { de: 'Verlauf', en: 'History' },
      contact: { de: 'Kontakt', en: 'Contact' },
      createdAt: { de: 'Angelegt am', en: 'Created on' },
      updatedAt: { de: 'Geändert am', en: 'Changed on' },
    },
  },
  contactPoint: {
    ...{ de: 'Kontaktdaten', en: 'Contact details' },
    formats: { country: 'country' },
    entities: ['EmailAddress', 'PhoneNumber', 'PostalAddress', 'Website', 'Messenger'],
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
      undeliverableAt: { de: 'Unzustellbar seit', en: 'Undeliverable since' },
      value: { de: 'Wert', en: 'Value' },
      service: { de: 'Dienst', en: 'Service' },
      handle: { de: 'Name dort', en: 'Name there' },
      address: { de: 'Adresse', en: 'Address' },
      number: { de: 'Nummer', en: 'Number' },
      url: { de: 'Adresse der Website', en: 'Address of the website' },
      ...addressWords,
    },
  },
  merge: {
    ...{ de: 'Zusammengeführte Einträge', en: 'Merged records' },
    formats: { filled: 'contactField' },
    entities: ['ContactMerge'],
    fields: {
      id,
      source: { de: 'Nummer des anderen Eintrags', en: 'Number of the other record' },
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
    formats: { purposeKey: 'purpose', ground: 'ground' },
    values: {
      format: {
        csv: { de: 'CSV', en: 'CSV' },
        vcard: { de: 'vCard', en: 'vCard' },
        jsonl: { de: 'JSON Lines', en: 'JSON Lines' },
      },
    },
    entities: ['Import'],
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

/** How its operations are called where the contact reads of them. */
export const contactOperations: Readonly<Record<string, Text>> = {
  findDuplicates: { de: 'Doppelte gesucht', en: 'duplicates looked for' },
  createContact: { de: 'Kontakt angelegt', en: 'contact created' },
  updateContact: { de: 'Angaben geändert', en: 'data changed' },
  mergeContacts: { de: 'Einträge zusammengeführt', en: 'records merged' },
  undoMerge: { de: 'Zusammenführung rückgängig gemacht', en: 'merge undone' },
  importContacts: { de: 'Kontakte importiert', en: 'contacts imported' },
  seekContacts: { de: 'nach der Person gesucht', en: 'person looked for' },
  contact: { de: 'Kontakt gelesen', en: 'contact read' },
  contacts: { de: 'Liste von Kontakten gelesen', en: 'list of contacts read' },
  node: { de: 'Eintrag gelesen', en: 'record read' },
  nodes: { de: 'Einträge gelesen', en: 'records read' },
}

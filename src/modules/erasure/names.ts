import type { Text } from '../disclosed.ts'
import type { Module } from '../module.ts'

// How what is erased is called where a person reads of it: in previews, and in certificates.

/** Records that nobody is told of one by one, so that their modules have no name for them. */
const records: Readonly<Record<string, Text>> = {
  AccessPackageWork: { de: 'Wartende Auskünfte', en: 'Access packages that wait' },
  Appointment: { de: 'Termine', en: 'Appointments' },
  AppointmentParticipant: { de: 'Teilnahmen an Terminen', en: 'Participations in appointments' },
  AuditKey: { de: 'Schlüssel alter Werte im Protokoll', en: 'Keys of old values in the log' },
  AuditLeaf: { de: 'Prüfwerte des Protokolls', en: 'Hashes of the log' },
  ConsentRequest: { de: 'Offene Anfragen nach Einwilligung', en: 'Requests for consent that wait' },
  ContactLink: { de: 'Links in Mails', en: 'Links in mails' },
  ContactMerge: { de: 'Zusammenführungen', en: 'Merges' },
  DocumentContact: { de: 'Verknüpfungen mit Dokumenten', en: 'Links to documents' },
  DocumentVersion: { de: 'Fassungen von Dokumenten', en: 'Versions of documents' },
  ErasedContact: { de: 'Zufällige Nummern gelöschter Kontakte', en: 'Random ids of erased contacts' },
  ErasureFingerprint: { de: 'Prüfsummen von Adressen', en: 'Fingerprints of addresses' },
  ErasureSubject: { de: 'Vormerkungen zur Löschung', en: 'Notes of whom to erase' },
  FieldClaim: { de: 'Eindeutige Werte eigener Felder', en: 'Unique values of custom fields' },
  FieldFile: { de: 'Dateien eigener Felder', en: 'Files of custom fields' },
  LawfulBasisEvent: { de: 'Ereignisse zu Rechtsgrundlagen', en: 'Events of legal grounds' },
  LawfulBasisPeriod: { de: 'Zeiträume von Rechtsgrundlagen', en: 'Periods of legal grounds' },
  OrderKey: { de: 'Schlüssel von Bestellungen', en: 'Keys of orders' },
  OrderLine: { de: 'Posten von Bestellungen', en: 'Lines of orders' },
  OutgoingMail: { de: 'Mails', en: 'Mails' },
  RecipientRead: { de: 'Abrufe durch Empfänger', en: 'Reads by recipients' },
  RecipientSending: { de: 'Mitteilungen an Empfänger', en: 'Notices sent to recipients' },
  ReportAsk: { de: 'Vormerkungen zu Anfragen nach Einwilligung', en: 'Notes of who was asked for consent' },
  ReportFileContact: { de: 'Dateien von Berichten', en: 'Files of reports' },
  ReportPresence: { de: 'Vormerkungen in Berichten', en: 'Notes of who was in a report' },
  ReportReactionSubject: { de: 'Vormerkungen für Schritte aus Berichten', en: 'Notes for steps from reports' },
  RetentionLook: { de: 'Vormerkungen für Löschregeln', en: 'Notes for rules of retention' },
  SelfServiceSession: { de: 'Besuche der eigenen Seite', en: 'Visits of their own page' },
}

/** The categories of data, as decisions name them. */
const categories: Readonly<Record<string, string>> = {
  'access packages': 'Auskünfte',
  appointments: 'Termine',
  classification: 'Einordnung',
  'contact details': 'Kontaktdaten',
  corrections: 'Berichtigungen',
  'custom fields': 'eigene Felder',
  documents: 'Dokumente',
  erasures: 'Löschungen',
  evidence: 'Nachweise',
  'files of reports': 'Dateien von Berichten',
  history: 'Verlauf',
  identity: 'Identität',
  'legal grounds': 'Rechtsgrundlagen',
  'legal holds': 'rechtliche Sperren',
  mails: 'Mails',
  occupation: 'Beruf',
  orders: 'Bestellungen',
  preferences: 'Vorlieben',
  recipients: 'Empfänger',
  requests: 'Anträge',
  retention: 'Aufbewahrung',
  'self service': 'eigene Seite',
  source: 'Herkunft',
}

/** What a kind of record is called, by its Prisma model, in the plural: as its module calls it, or else as it is named. */
export function recordName(modules: readonly Module[], model: string): Text {
  const kind = model.charAt(0).toLowerCase() + model.slice(1)
  const texts = modules.flatMap(({ personalData }) =>
    personalData === 'none' ? [] : (personalData.texts?.[kind] ?? []),
  )
  const { de, en } = records[model] ?? texts[0] ?? { de: model, en: model }
  return { de, en }
}

/** What categories of data are called, by how decisions name them. */
export const categoryNames: Readonly<Record<string, Text>> = Object.fromEntries(
  Object.entries(categories).map(([en, de]) => [en, { de, en }]),
)

/** What a category of data is called. */
export const categoryName = (category: string): Text => categoryNames[category] ?? { de: category, en: category }

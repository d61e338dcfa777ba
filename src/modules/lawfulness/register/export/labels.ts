import type { LegalGround, RetentionAction, RetentionStart } from '#prisma/client.ts'
import type { Text } from '../../../security/measure.ts'

// What the exported register says besides what people wrote into it.

/** The words of the register. */
export const labels = {
  title: { de: 'Verzeichnis von Verarbeitungstätigkeiten', en: 'Record of processing activities' },
  law: { de: 'Art. 30 Abs. 1 DSGVO', en: 'Art. 30(1) GDPR' },
  about: { de: 'Zu diesem Verzeichnis', en: 'About this record' },
  asOf: { de: 'Stand', en: 'As of' },
  controller: { de: 'Verantwortlicher', en: 'Controller' },
  dataProtectionOfficer: { de: 'Datenschutzbeauftragter', en: 'Data-protection officer' },
  processings: { de: 'Verarbeitungstätigkeiten', en: 'Processing activities' },
  none: { de: 'Noch keine.', en: 'None yet.' },
  key: { de: 'Schlüssel', en: 'Key' },
  partOf: { de: 'Teil von', en: 'Part of' },
  description: { de: 'Beschreibung', en: 'Description' },
  grounds: { de: 'Rechtsgrundlagen', en: 'Legal grounds' },
  special: { de: 'Besondere Kategorien', en: 'Special categories' },
  specialYes: {
    de: 'Ja, mit eigener Grundlage nach Art. 9 Abs. 2 DSGVO',
    en: 'Yes, each with a ground of Art. 9(2) GDPR',
  },
  marketing: { de: 'Direktwerbung', en: 'Direct marketing' },
  marketingYes: {
    de: 'Ja; ein Widerspruch geht immer vor (Art. 21 Abs. 3 DSGVO)',
    en: 'Yes; an objection always prevails (Art. 21(3) GDPR)',
  },
  dataSubjects: { de: 'Betroffene Personen', en: 'Data subjects' },
  dataCategories: { de: 'Kategorien von Daten', en: 'Categories of data' },
  recipients: { de: 'Empfänger', en: 'Recipients' },
  transfers: { de: 'Übermittlung in Drittländer', en: 'Transfers to third countries' },
  validity: { de: 'Gültigkeit einer Grundlage', en: 'Validity of a ground' },
  retention: { de: 'Löschfrist', en: 'Time limit for erasure' },
  notice: { de: 'Informationstext', en: 'Notice' },
  version: { de: 'Fassung', en: 'Version' },
  ended: { de: 'Beendet am', en: 'Ended on' },
  measures: { de: 'Technische und organisatorische Maßnahmen', en: 'Technical and organisational measures' },
  measuresLaw: { de: 'Art. 30 Abs. 1 Buchst. g, Art. 32 Abs. 1 DSGVO', en: 'Art. 30(1)(g), Art. 32(1) GDPR' },
  page: { de: 'Seite', en: 'Page' },
} as const satisfies Record<string, Text>

/** Each ground with its article. */
export const groundLabels: Readonly<Record<LegalGround, Text>> = {
  consent: { de: 'Einwilligung (Art. 6 Abs. 1 Buchst. a DSGVO)', en: 'Consent (Art. 6(1)(a) GDPR)' },
  contract: { de: 'Vertrag (Art. 6 Abs. 1 Buchst. b DSGVO)', en: 'Contract (Art. 6(1)(b) GDPR)' },
  legal_obligation: {
    de: 'Rechtliche Verpflichtung (Art. 6 Abs. 1 Buchst. c DSGVO)',
    en: 'Legal obligation (Art. 6(1)(c) GDPR)',
  },
  vital_interests: {
    de: 'Lebenswichtige Interessen (Art. 6 Abs. 1 Buchst. d DSGVO)',
    en: 'Vital interests (Art. 6(1)(d) GDPR)',
  },
  public_task: { de: 'Öffentliche Aufgabe (Art. 6 Abs. 1 Buchst. e DSGVO)', en: 'Public task (Art. 6(1)(e) GDPR)' },
  legitimate_interests: {
    de: 'Berechtigte Interessen (Art. 6 Abs. 1 Buchst. f DSGVO)',
    en: 'Legitimate interests (Art. 6(1)(f) GDPR)',
  },
}

/** From when a period of retention counts. */
export const startLabels: Readonly<Record<RetentionStart, Text>> = {
  collected: { de: 'ab der Erhebung', en: 'from collection' },
  last_contact: { de: 'ab dem letzten Kontakt', en: 'from the last contact' },
  last_use: { de: 'ab der Erteilung und jeder Verwendung', en: 'from when it was given, and from each use' },
  end_of_contract: { de: 'ab dem Ende des Vertrags', en: 'from the end of the contract' },
  end_of_purpose: { de: 'ab dem Wegfall des Zwecks', en: 'from the end of the purpose' },
  end_of_calendar_year: { de: 'ab dem Ende des Kalenderjahrs', en: 'from the end of the calendar year' },
}

/** What happens then. */
export const actionLabels: Readonly<Record<RetentionAction, Text>> = {
  erase: { de: 'dann gelöscht', en: 'then erased' },
  anonymise: { de: 'dann anonymisiert', en: 'then anonymised' },
  restrict: { de: 'bis dahin eingeschränkt, dann gelöscht', en: 'restricted until then, then erased' },
}

const units = {
  Y: { one: { de: 'Jahr', en: 'year' }, many: { de: 'Jahre', en: 'years' } },
  M: { one: { de: 'Monat', en: 'month' }, many: { de: 'Monate', en: 'months' } },
  W: { one: { de: 'Woche', en: 'week' }, many: { de: 'Wochen', en: 'weeks' } },
  D: { one: { de: 'Tag', en: 'day' }, many: { de: 'Tage', en: 'days' } },
} as const

/** A duration for people: `P1Y6M` is `1 year, 6 months`. */
export function durationText(duration: string, language: 'de' | 'en'): string {
  const parts = [...duration.matchAll(/(\d+)([YMWD])/g)].flatMap(([, count = '', letter = '']) => {
    const unit = Object.entries(units).find(([name]) => name === letter)?.[1]
    return unit ? [`${count} ${(count === '1' ? unit.one : unit.many)[language]}`] : []
  })
  return parts.join(', ')
}

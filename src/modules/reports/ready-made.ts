import { notFound } from '../../graphql/errors.ts'
import type { Text } from '../disclosed.ts'
import type { Definition } from './definition/definition.ts'
import { usualDays } from './sources/grounds.ts'

/** A report that every installation has. */
export type ReadyMade = { key: string; name: Text; description: Text; definition: Definition }

const blank = { columns: [], filter: null, groupBy: [], orderBy: [], parameters: {} }

/** The ready-made reports, in order. */
export const readyMade: readonly ReadyMade[] = [
  {
    key: 'lapsing',
    name: { de: 'Rechtsgrundlagen, die bald ablaufen', en: 'Legal grounds about to lapse' },
    description: {
      de: 'Wessen Grundlage in so vielen Tagen endet, ohne dass eine andere an ihre Stelle tritt: 30, wovon 7 und 1 eigens gezählt werden.',
      en: 'Whose ground ends within so many days, without another one to take its place: 30, of which 7 and 1 are counted apart.',
    },
    definition: {
      ...blank,
      source: 'grounds',
      groupBy: ['step', 'purpose', 'ground'],
      parameters: { state: 'lapsing', days: usualDays },
    },
  },
  {
    key: 'lapsed',
    name: { de: 'Abgelaufene Rechtsgrundlagen', en: 'Lapsed legal grounds' },
    description: {
      de: 'Wessen Grundlage für einen Zweck von selbst geendet hat, ohne dass etwas danach kam.',
      en: 'Whose ground for a purpose ended by itself, with nothing after it.',
    },
    definition: {
      ...blank,
      columns: ['displayName', 'email', 'purpose', 'ground', 'validUntil', 'withoutBasis'],
      source: 'grounds',
      groupBy: ['validUntil:month', 'purpose'],
      parameters: { state: 'lapsed' },
    },
  },
  {
    key: 'without-basis',
    name: { de: 'Kontakte ohne Rechtsgrundlage', en: 'Contacts without any legal ground' },
    description: {
      de: 'Wer gespeichert ist, ohne dass jetzt irgendeine Grundlage dafür gilt.',
      en: 'Who is held without any ground that is valid now.',
    },
    definition: {
      ...blank,
      columns: ['displayName', 'email', 'source', 'createdAt', 'restricted'],
      source: 'contacts',
      groupBy: ['createdAt:month'],
      parameters: { withoutBasis: true },
    },
  },
  {
    key: 'consents',
    name: { de: 'Einwilligungen im Zeitverlauf', en: 'Consents over time' },
    description: {
      de: 'Wie viele Einwilligungen in jedem Monat gegeben wurden, je Zweck und Weg (reportGroups), und die einzelnen.',
      en: 'How many consents were given in each month, by purpose and channel (reportGroups), and each of them.',
    },
    definition: {
      ...blank,
      source: 'consents',
      groupBy: ['occurredAt:month', 'purpose', 'channel'],
      parameters: { what: 'given' },
    },
  },
  {
    key: 'requests-due',
    name: { de: 'Anträge: fällig und überfällig', en: 'Subject requests due and overdue' },
    description: {
      de: 'Was Personen verlangt haben und noch nicht entschieden ist, das Dringendste zuerst (Art. 12 Abs. 3 DSGVO: ein Monat).',
      en: 'What persons asked for and is not decided yet, the most urgent first (Art. 12(3) GDPR: one month).',
    },
    definition: { ...blank, source: 'requests', groupBy: ['overdue', 'kind'], parameters: { state: 'open' } },
  },
  {
    key: 'erasures-ahead',
    name: { de: 'Anstehende Löschungen', en: 'Erasures and retention ahead' },
    description: {
      de: 'Wer gelöscht werden soll, dazu vorgeschlagen ist, oder wessen Frist bald endet; und was ein Gesetz noch so lange aufbewahren lässt.',
      en: 'Who is to be erased, is proposed for it, or whose period ends soon; and what a law keeps until then.',
    },
    definition: { ...blank, source: 'erasures-ahead', groupBy: ['what', 'state'] },
  },
  {
    key: 'disclosures',
    name: { de: 'Wer hat worauf zugegriffen', en: 'Who accessed what' },
    description: {
      de: 'Auskünfte, Exporte, Berichte und Blicke auf Sensibles, das Neueste zuerst.',
      en: 'Disclosures, exports, reports and looks at what is sensitive, the newest first.',
    },
    definition: { ...blank, source: 'disclosures', groupBy: ['recordedAt:month', 'kind'] },
  },
  {
    key: 'security-review',
    name: { de: 'Prüfung der Sicherheit', en: 'Security review' },
    description: {
      de: 'Wie es um die Maßnahmen der Sicherheit steht, und welche wieder geprüft werden müssen (Art. 32 Abs. 1 Buchst. d DSGVO).',
      en: 'How the measures of security are doing, and which have to be checked again (Art. 32(1)(d) GDPR).',
    },
    definition: { ...blank, source: 'security-review', groupBy: ['status'] },
  },
  {
    key: 'processing-register',
    name: { de: 'Verzeichnis von Verarbeitungstätigkeiten', en: 'Register of processing' },
    description: {
      de: 'Jeder Zweck mit dem, was Art. 30 Abs. 1 DSGVO verlangt. Das Verzeichnis selbst, zum Vorlegen, ist processingRegister.',
      en: 'Each purpose with what Art. 30(1) GDPR asks for. The register itself, to be handed over, is processingRegister.',
    },
    definition: { ...blank, source: 'processing-register' },
  },
  {
    key: 'statistics',
    name: { de: 'Statistik', en: 'Statistics' },
    description: {
      de: 'Wie viele Einwilligungen erteilt, erneuert und widerrufen wurden, je Quartal: Zahlen, die über niemanden etwas sagen.',
      en: 'How many consents were given, renewed and withdrawn, by quarter: numbers that tell of nobody.',
    },
    definition: { ...blank, source: 'statistics' },
  },
]

/** The ready-made report with this key. Throws NOT_FOUND. */
export function readyMadeReport(key: string): ReadyMade {
  const found = readyMade.find((report) => report.key === key)
  if (!found) throw notFound('Report')
  return found
}

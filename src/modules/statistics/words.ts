import type { Text } from '../disclosed.ts'
import { erasureTexts } from '../erasure/disclosure-texts.ts'
import { groundLabels } from '../lawfulness/register/export/labels.ts'
import { requestTexts } from '../requests/disclosure-texts.ts'
import { type channels, type Event, type Language, officialLanguages, type Subject } from './cells.ts'

/** What the subjects are, for whoever reads the schema. */
export const subjectTexts: Readonly<Record<Subject, string>> = {
  contacts: 'Contacts: how many were added, and how many there were, by language.',
  consents: 'What persons said of consent, by purpose and channel: each person once a month.',
  grounds: 'Contacts with a legal ground, by purpose and ground, and those who objected, by purpose.',
  requests: 'Persons who made use of their rights (Art. 15 to 22 GDPR), by right.',
  erasures: 'Contacts that were erased for good, by ground.',
}

/** What the numbers count. */
export const eventTexts: Readonly<Record<Event, { text: Text; description: string }>> = {
  added: { text: { de: 'Neu', en: 'Added' }, description: 'Contacts that were made in the period.' },
  standing: {
    text: { de: 'Bestand', en: 'Standing' },
    description: 'What there was at the end of the period: contacts, or contacts with the ground.',
  },
  requested: { text: { de: 'Angefragt', en: 'Asked for' }, description: 'Who was asked to confirm consent.' },
  given: { text: { de: 'Erteilt', en: 'Given' }, description: 'Who gave consent, or confirmed it (double opt-in).' },
  renewed: { text: { de: 'Erneuert', en: 'Renewed' }, description: 'Whose consent was renewed.' },
  refused: { text: { de: 'Abgelehnt', en: 'Refused' }, description: 'Who refused consent.' },
  withdrawn: {
    text: { de: 'Widerrufen', en: 'Withdrawn' },
    description: 'Who withdrew consent (Art. 7(3) GDPR).',
  },
  lapsed: { text: { de: 'Abgelaufen', en: 'Lapsed' }, description: 'Whose consent lapsed.' },
  objected: { text: { de: 'Widersprochen', en: 'Objected' }, description: 'Who objected (Art. 21 GDPR).' },
  received: {
    text: { de: 'Eingegangen', en: 'Received' },
    description: 'Requests, in the month in which they were written down here.',
  },
  fulfilled: { text: { de: 'Erfüllt', en: 'Fulfilled' }, description: 'Requests that were fulfilled.' },
  denied: { text: { de: 'Zurückgewiesen', en: 'Denied' }, description: 'Requests that were denied.' },
  revoked: { text: { de: 'Zurückgenommen', en: 'Taken back' }, description: 'Requests that the person took back.' },
  expired: {
    text: { de: 'Geschlossen', en: 'Closed' },
    description: 'Requests that were closed since nobody showed who they are.',
  },
  late: {
    text: { de: 'Verspätet', en: 'Late' },
    description: 'Of those that were decided or closed: after their last day (Art. 12(3) GDPR).',
  },
  executed: { text: { de: 'Gelöscht', en: 'Erased' }, description: 'Contacts that were erased (Art. 17 GDPR).' },
}

/** The ways on which consent is told of. */
export const channelTexts: Readonly<Record<(typeof channels)[number], { text: Text; description: string }>> = {
  staff: { text: { de: 'Mitarbeitende', en: 'Staff' }, description: 'Staff wrote it down.' },
  partner: { text: { de: 'Partner', en: 'Partner' }, description: 'A program of a partner handed it on.' },
  person: {
    text: { de: 'Person selbst', en: 'Person' },
    description: 'The person said it here, by a link or their page.',
  },
  import: { text: { de: 'Import', en: 'Import' }, description: 'An import brought it.' },
  automatic: {
    text: { de: 'Automatisch', en: 'Automatic' },
    description: 'The product did it by itself: a rule, or time.',
  },
}

const [inGerman, inEnglish] = ['de', 'en'].map((one) => new Intl.DisplayNames([one], { type: 'language' }))

/** The languages that contacts are told apart by. */
export const languageTexts: Readonly<Record<string, Text>> = {
  ...Object.fromEntries(
    officialLanguages.map((one) => [one, { de: inGerman?.of(one) ?? one, en: inEnglish?.of(one) ?? one }]),
  ),
  ...({
    other: { de: 'Andere Sprache', en: 'Another language' },
    none: { de: 'Sprache nicht bekannt', en: 'Language not known' },
  } satisfies Partial<Record<Language, Text>>),
}

const textsOf = (all: Readonly<Record<string, { text: Text }>>): Readonly<Record<string, Text>> =>
  Object.fromEntries(Object.entries(all).map(([key, { text }]) => [key, text]))

/** How what is stored is called where a person reads it. */
export const wordsOf = {
  event: textsOf(eventTexts),
  channel: textsOf(channelTexts),
  ground: groundLabels,
  language: languageTexts,
  kind: { ...erasureTexts['erasure']?.values?.['ground'], ...requestTexts['subjectRequest']?.values?.['kind'] },
} as const satisfies Record<string, Readonly<Record<string, Text>>>

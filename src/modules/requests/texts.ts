import type { MailLanguage } from '../../mail/layout.ts'
import { citationIn } from '../citation.ts'
import { articles, type RequestKind } from './kinds.ts'

// How requests are called where a person reads.

const names: Readonly<Record<RequestKind, Readonly<Record<MailLanguage, string>>>> = {
  access: { de: 'Auskunft', en: 'access' },
  rectification: { de: 'Berichtigung', en: 'rectification' },
  erasure: { de: 'Löschung', en: 'erasure' },
  restriction: { de: 'Einschränkung der Verarbeitung', en: 'restriction of processing' },
  portability: { de: 'Datenübertragbarkeit', en: 'data portability' },
  objection: { de: 'Widerspruch', en: 'objection' },
  automated_decision: {
    de: 'Überprüfung einer automatisierten Entscheidung',
    en: 'review of an automated decision',
  },
}

/** A right by its name and article: `Auskunft (Art. 15 DSGVO)`. */
export const rightText = (kind: RequestKind, language: MailLanguage): string =>
  `${names[kind][language]} (Art. ${articles[kind]} ${language === 'de' ? 'DSGVO' : 'GDPR'})`

/** Several of them, one a line. */
export const rightsText = (kinds: readonly RequestKind[], language: MailLanguage): string =>
  kinds.map((kind) => `• ${rightText(kind, language)}`).join('\n')

/** An article as its reader cites the law. */
export const articleText = (article: string, language: MailLanguage): string => citationIn(language, article)

/** A day in words. */
export const dayText = (at: Date, language: MailLanguage, timeZone: string): string =>
  new Intl.DateTimeFormat(language === 'de' ? 'de-DE' : 'en-GB', { dateStyle: 'long', timeZone }).format(at)

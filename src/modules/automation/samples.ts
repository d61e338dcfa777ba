import type { MailSample } from '../../mail/samples.ts'
import { noticeText } from './texts.ts'

/** The mails of rules, to users. */
export const ruleSamples: readonly MailSample[] = [
  {
    kind: 'rule-notice',
    description: 'To users whom a rule tells how often it acted (automation.notify).',
    write: ({ language, publicUrl }) => {
      const rule = language === 'de' ? 'Neue Kontakte prüfen' : 'Check new contacts'
      return noticeText(language, { name: 'Kim Example', rule, count: 3, url: `${publicUrl}/graphql` })
    },
  },
]

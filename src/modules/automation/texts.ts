import type { MailContent, MailLanguage } from '../../mail/layout.ts'

/** What a notice tells: no contact is named, nor anything about one. */
type Notice = { name: string; rule: string; count: number; url: string }

/** The mail that tells somebody how often a rule acted. */
export function noticeText(language: MailLanguage, { name, rule, count, url }: Notice): MailContent {
  if (language === 'de') {
    return {
      language,
      subject: `Regel „${rule}“: ${count === 1 ? 'einmal' : `${count}-mal`} ausgeführt`,
      before: [
        name ? `Guten Tag ${name},` : 'Guten Tag,',
        `die Regel „${rule}“ wurde ${count === 1 ? 'einmal' : `${count}-mal`} ausgeführt.`,
      ],
      action: { label: 'Ansehen, was sie getan hat', url },
      after: [
        'Diese Nachricht enthält keine personenbezogenen Daten. Die Ausführungen stehen in der Abfrage „ruleRuns“.',
      ],
    }
  }
  const times = count === 1 ? 'once' : `${count} times`
  return {
    language,
    subject: `Rule “${rule}”: acted ${times}`,
    before: [name ? `Hello ${name},` : 'Hello,', `the rule “${rule}” acted ${times}.`],
    action: { label: 'See what it did', url },
    after: ['This mail holds no personal data. The runs are in the query “ruleRuns”.'],
  }
}

/** What a test of a rule can't tell, for people. */
export const reservations = (language: string): string[] =>
  language === 'de'
    ? [
        'Ereignisse, ihre Werte davor und danach und ihre Reihenfolge stammen aus dem Protokoll. Was Bedingungen sonst vom Kontakt ' +
          'erfragen, wird mit dem heutigen Stand beantwortet.',
        'Ob eine Aktion selbst abgelehnt worden wäre, etwa wegen eines ungültigen Werts, zeigt der Test nicht.',
        'Was andere Regeln auf die Aktionen hin getan hätten, und der Schutz vor Schleifen, sind nicht nachgestellt.',
        'Über gelöschte Kontakte sagt der Test nichts; ebenso wenig über Werte, die Sie oder die Regel nicht lesen dürfen.',
      ]
    : [
        'Events, their values before and after and their order come from the audit log. Whatever else conditions ask of the contact ' +
          'is answered as it is today.',
        'Whether an action itself would have been refused, for an invalid value say, the test does not show.',
        'What other rules would have done upon the actions, and the guard against loops, are not replayed.',
        'Of contacts that were erased the test tells nothing; nor of values that you or the rule may not read.',
      ]

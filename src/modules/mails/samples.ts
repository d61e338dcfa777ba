import type { MailSample, SampleFacts } from '../../mail/samples.ts'
import { pointInTime } from '../identity/links/texts.ts'
import { contactTexts } from './texts.ts'

const purposesIn = { de: ['Rundbrief', 'Umfragen'], en: ['Newsletter', 'Surveys'] }

const askedIn = ({ language }: SampleFacts) => ({
  site: 'Example shop',
  page: 'https://shop.example/',
  purposes: purposesIn[language],
})

const linkOf = ({ language, publicUrl, soon }: SampleFacts, path: string) => ({
  url: `${publicUrl}${path}`,
  until: pointInTime(language, soon),
})

/** The mails to contacts about their consent. */
export const contactSamples: readonly MailSample[] = [
  {
    kind: 'consent-confirmation',
    description: 'To whoever reads mails at an address that somebody typed: asks whether they consent (double opt-in).',
    write: (facts) =>
      contactTexts[facts.language].confirmation(askedIn(facts), linkOf(facts, '/consent?t=example'), facts.controller),
  },
  {
    kind: 'consent-confirmed',
    description: 'To a contact: what they have consented to, and how to withdraw it.',
    write: (facts) => {
      const unsubscribe = `${facts.publicUrl}/unsubscribe?t=example&lang=${facts.language}`
      return contactTexts[facts.language].confirmed(askedIn(facts), unsubscribe, facts.controller)
    },
  },
  {
    kind: 'withdrawal-link',
    description: 'To a contact in whose name somebody asked to withdraw consent: does so only if they confirm it.',
    write: (facts) => {
      const link = linkOf(facts, '/consent?t=example')
      return contactTexts[facts.language].withdrawal(purposesIn[facts.language], link, facts.controller)
    },
  },
  {
    kind: 'withdrawn',
    description: 'To a contact whose withdrawal was recorded.',
    write: ({ language, now, controller }) =>
      contactTexts[language].withdrawn(purposesIn[language], pointInTime(language, now), controller),
  },
]

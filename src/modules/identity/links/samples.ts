import type { MailSample, SampleFacts } from '../../../mail/samples.ts'
import { linkTexts, pointInTime } from './texts.ts'

const readerOf = ({ language, host }: SampleFacts) => ({ name: 'Kim Example', language, host })

const linkOf = ({ language, publicUrl, soon }: SampleFacts) => ({
  url: `${publicUrl}/link#example`,
  until: pointInTime(language, soon),
})

const nowIn = ({ language, now }: SampleFacts) => pointInTime(language, now)

/** The mails about accounts, to users. */
export const linkSamples: readonly MailSample[] = [
  {
    kind: 'invitation',
    description: 'To a user for whom an account was made: chooses a password.',
    write: (facts) => linkTexts[facts.language].invitation(readerOf(facts), 'Robin Example', linkOf(facts)),
  },
  {
    kind: 'password-reset',
    description: 'To a user who asked for a new password.',
    write: (facts) => linkTexts[facts.language].reset(readerOf(facts), linkOf(facts)),
  },
  {
    ...{ kind: 'password-reset', variant: 'elsewhere' },
    description: 'The same, where an identity provider lets them in.',
    write: (facts) => linkTexts[facts.language].elsewhere(readerOf(facts)),
  },
  {
    kind: 'password-changed',
    description: 'To a user whose password was changed.',
    write: (facts) => linkTexts[facts.language].changed(readerOf(facts), nowIn(facts)),
  },
  {
    kind: 'provider-linked',
    description: 'To a user who signs in at the identity provider from now on.',
    write: (facts) => linkTexts[facts.language].linked(readerOf(facts), nowIn(facts)),
  },
]

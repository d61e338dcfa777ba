import type { MailSample, SampleFacts } from '../../mail/samples.ts'
import { pointInTime } from '../identity/links/texts.ts'
import { contactTexts } from '../mails/texts.ts'
import { mailTexts } from './mail-texts.ts'

const linkOf = ({ language, publicUrl, soon }: SampleFacts) => ({
  url: `${publicUrl}/my?t=example`,
  until: pointInTime(language, soon),
})

/** The mails to contacts about the page with their data. */
export const selfServiceSamples: readonly MailSample[] = [
  {
    kind: 'self-service-link',
    description: 'To a contact: the link to the page about them.',
    write: (facts) => contactTexts[facts.language].selfService(linkOf(facts), facts.controller),
  },
  {
    kind: 'self-service-code',
    description: 'To a contact who asked for it: the code by which they come to that page.',
    write: ({ language, soon, controller }) =>
      contactTexts[language].code('0000 0000', pointInTime(language, soon), controller),
  },
  {
    ...{ kind: 'self-service-code', variant: 'shared' },
    description: 'In its place, where several contacts have the address.',
    write: ({ language, controller }) => mailTexts[language].sharedAddress(controller),
  },
  {
    kind: 'self-service-address',
    description: 'To an address that a contact gave as theirs: asks whether it is.',
    write: (facts) => mailTexts[facts.language].addressQuestion(linkOf(facts), facts.controller),
  },
  {
    ...{ kind: 'self-service-address', variant: 'changed' },
    description: 'To the address in whose place another one has come.',
    write: ({ language, controller }) => mailTexts[language].addressChanged(controller),
  },
  {
    ...{ kind: 'self-service-decision', variant: 'accepted' },
    description: 'To a contact whose correction was accepted.',
    write: ({ language, publicUrl, controller }) => mailTexts[language].accepted(`${publicUrl}/my`, controller),
  },
  {
    ...{ kind: 'self-service-decision', variant: 'rejected' },
    description: 'To a contact whose correction was not.',
    write: ({ language, publicUrl, controller }) => mailTexts[language].rejected(`${publicUrl}/my`, controller),
  },
]

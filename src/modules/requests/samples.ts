import type { MailContent } from '../../mail/layout.ts'
import type { MailSample, SampleFacts } from '../../mail/samples.ts'
import { here } from './deadline.ts'
import { mailTexts } from './mail-texts/index.ts'
import type { Close, StaffTexts } from './mail-texts/types.ts'
import { articleText, dayText, rightsText } from './texts.ts'

type Words = {
  texts: (typeof mailTexts)[SampleFacts['language']]
  rights: string
  soon: string
  now: string
  close: Close
}

const wordsOf = ({ language, soon, now, publicUrl, controller }: SampleFacts): Words => ({
  texts: mailTexts[language],
  rights: rightsText(['access'], language),
  soon: dayText(soon, language, here.timeZone),
  now: dayText(now, language, here.timeZone),
  close: { page: `${publicUrl}/my`, controller },
})

const reasonIn = { de: '(Hier steht die Begründung.)', en: '(Here stands the reason.)' }

const sample = (
  kind: string,
  variant: string | undefined,
  description: string,
  write: (words: Words, facts: SampleFacts) => MailContent,
): MailSample => ({
  ...{ kind: `subject-request-${kind}`, description, ...(variant && { variant }) },
  write: (facts) => write(wordsOf(facts), facts),
})

const toStaff = (variant: keyof StaffTexts, description: string): MailSample => ({
  ...{ kind: 'subject-request', variant, description },
  write: (facts) => {
    const { texts, rights, soon } = wordsOf(facts)
    return texts[variant]({ rights, due: soon }, facts.publicUrl)
  },
})

/** The mails about requests of persons: to them, and to those who answer. */
export const requestSamples: readonly MailSample[] = [
  sample('receipt', undefined, 'To a contact: their request is there.', ({ texts, rights, now, soon, close }) =>
    texts.receipt({ rights, at: now, due: soon }, close),
  ),
  sample('verification', undefined, 'To a contact: asks for proof who they are.', ({ texts, rights, soon, close }) =>
    texts.verification({ rights, until: soon }, close),
  ),
  sample('decision', 'expired', 'To a contact who gave no such proof in time.', ({ texts, rights, close }) =>
    texts.expired({ rights }, close),
  ),
  sample('extension', undefined, 'To a contact: it takes longer.', ({ texts, rights, soon, close }, { language }) =>
    texts.extension({ rights, due: soon, reason: reasonIn[language] }, close),
  ),
  sample('decision', 'fulfilled', 'To a contact: their request is done.', ({ texts, rights, close }) =>
    texts.fulfilled({ rights, reason: '' }, close),
  ),
  sample('decision', 'partly', 'To a contact: it is done in part.', ({ texts, rights, close }, { language }) => {
    const article = articleText('Art. 17(3)(b) GDPR', language)
    return texts.partly({ rights, article, reason: reasonIn[language] }, close)
  }),
  sample('decision', 'denied', 'To a contact: it is refused.', ({ texts, rights, close }, { language }) => {
    const article = articleText('Art. 12(5)(b) GDPR', language)
    return texts.denied({ rights, article, reason: reasonIn[language] }, close)
  }),
  sample('decision', 'no-match', 'To somebody of whom nothing is kept.', ({ texts, rights, now, close }) =>
    texts.noMatch({ rights, at: now }, { ...close, page: undefined }),
  ),
  sample('restriction', undefined, 'To a contact: a restriction ends.', ({ texts, soon, close }, { language }) =>
    texts.lifted({ from: soon, reason: reasonIn[language] }, close),
  ),
  sample('message', undefined, 'To a contact: what staff writes.', ({ texts, close }, { language }) =>
    texts.message({ text: reasonIn[language] }, close),
  ),
  toStaff('received', 'To the data-protection officer: a request has come.'),
  toStaff('assigned', 'To a user: a request is theirs to answer.'),
  toStaff('dueSoon', 'To whoever has to answer: it is due soon.'),
  toStaff('overdue', 'To whoever has to answer: it is overdue.'),
  toStaff('incoming', 'To the data-protection officer: a request of somebody whom nobody has found.'),
]

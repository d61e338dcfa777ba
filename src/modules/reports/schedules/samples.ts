import type { MailSample, SampleFacts } from '../../../mail/samples.ts'
import { readyMadeReport } from '../ready-made.ts'
import { reportUrl } from './mail/link.ts'
import { momentIn, reportText, type Told } from './mail/texts.ts'

const toldOf = ({ language, publicUrl, now }: SampleFacts, changes: Partial<Told> = {}): Told => ({
  ...{ report: readyMadeReport('lapsing').name[language], count: 12, entered: false, withheld: 0 },
  at: momentIn(now, language, 'Europe/Berlin'),
  groups:
    language === 'de' ? [{ label: 'Rundbrief, Vertrag', count: 12 }] : [{ label: 'Newsletter, contract', count: 12 }],
  url: reportUrl(publicUrl, { reference: { key: 'lapsing' }, parameters: { days: 30 }, language }),
  ...{ attachment: 'none', checkpoint: false },
  schedule: language === 'de' ? 'Montags' : 'On Mondays',
  owner: 'Robin Example',
  ...changes,
})

/** The mails that schedules send. */
export const reportSamples: readonly MailSample[] = [
  {
    kind: 'report',
    description: 'To a recipient of a schedule: how many rows a report has, and where to read them.',
    write: (facts) => reportText(facts.language, 'Kim Example', toldOf(facts)),
  },
  {
    ...{ kind: 'report', variant: 'entered' },
    description: 'The same, when contacts entered it.',
    write: (facts) => reportText(facts.language, 'Kim Example', toldOf(facts, { entered: true, count: 2, groups: [] })),
  },
  {
    ...{ kind: 'report', variant: 'attached' },
    description:
      'The same to the data-protection officer, with what is attached: encrypted, and the newest checkpoint of the log.',
    write: (facts) =>
      reportText(facts.language, 'Kim Example', toldOf(facts, { attachment: 'encrypted_mail', checkpoint: true })),
  },
  {
    ...{ kind: 'report', variant: 'too-large' },
    description: 'The same, where the rows are too many to be attached.',
    write: (facts) =>
      reportText(facts.language, 'Kim Example', toldOf(facts, { attachment: 'too_large', count: 120_000, groups: [] })),
  },
]

import type { Block, Section } from '../../../typst/document.ts'
import { citationIn } from '../../citation.ts'
import { durationText } from '../../lawfulness/register/export/labels.ts'
import type { Kind } from '../build/collect.ts'
import type { Information } from '../build/information.ts'
import type { Language } from '../packages.ts'
import { reportTexts } from './texts.ts'
import type { Wording } from './wording.ts'

/** What Art. 15(1) and (2) GDPR want besides the data, as the first chapters. */
export function introduction(information: Information, kinds: readonly Kind[], wording: Wording): Section[] {
  const { language, date } = wording
  const texts = reportTexts[language].information
  const listOr = (items: readonly string[], none: string): Block[] =>
    items.length > 0 ? [{ type: 'list', items }] : [{ type: 'text', text: none }]
  const dataCategories = [...new Set(information.purposes.flatMap((purpose) => purpose.dataCategories))]
  const isLater = (moment: string) => new Date(moment) > new Date()
  const { purposes, recipients, retention, sources, transfers, rules } = information
  return [
    {
      title: texts.controller,
      blocks: [
        { type: 'text', text: information.controller ?? texts.notSaid },
        { type: 'heading', text: texts.officer },
        { type: 'text', text: information.dataProtectionOfficer ?? texts.notSaid },
      ],
    },
    {
      title: texts.purposes,
      blocks: [
        ...purposes.flatMap((purpose): Block[] => [
          { type: 'heading', text: purpose.name },
          ...(purpose.description ? [{ type: 'text', text: purpose.description } as const] : []),
          ...listOr(
            purpose.grounds.map(({ ground, validFrom, validUntil, holdsNow }) =>
              [
                `${reportTexts[language].ground(ground)}: ${texts.from} ${date(validFrom)}`,
                ...(validUntil ? [`${texts.until} ${date(validUntil)}`] : []),
                `(${holdsNow ? texts.holds : isLater(validFrom) ? texts.holdsLater : texts.holdsNoMore})`,
              ].join(' '),
            ),
            texts.noGround,
          ),
          ...(purpose.retention
            ? [{ type: 'text', text: `${texts.kept}: ${retentionText(purpose.retention, language)}` } as const]
            : []),
        ]),
        ...(purposes.length === 0 ? [{ type: 'text', text: texts.noPurposes } as const] : []),
      ],
    },
    {
      title: texts.categories,
      blocks: [
        ...(dataCategories.length > 0
          ? [{ type: 'text', text: texts.categoriesIntro } as const, { type: 'list', items: dataCategories } as const]
          : []),
        { type: 'text', text: texts.kindsIntro },
        { type: 'list', items: kinds.map((kind) => kind.texts[language]) },
      ],
    },
    {
      title: texts.recipients,
      blocks: listOr(
        recipients.map(({ name, purpose }) => (purpose ? `${name} (${purpose})` : name)),
        texts.noRecipients,
      ),
    },
    {
      title: texts.retention,
      blocks: [
        { type: 'text', text: texts.retentionIntro },
        ...(retention.length > 0
          ? listOr(
              retention.map((one) => retentionText(one, language)),
              '',
            )
          : []),
      ],
    },
    { title: texts.sources, blocks: listOr(sources, texts.noSources) },
    { title: texts.transfers, blocks: listOr(transfers, texts.noTransfers) },
    {
      title: texts.automated,
      blocks: [
        { type: 'text', text: information.automatedDecisions ?? texts.noDecisions },
        ...(rules.length > 0
          ? listOr(
              rules.map(({ name, description }) => (description ? `${name}: ${description}` : name)),
              '',
            )
          : []),
      ],
    },
    {
      title: texts.rights,
      blocks: [
        { type: 'list', items: texts.yourRights },
        { type: 'heading', text: texts.authority },
        { type: 'text', text: information.supervisoryAuthority ?? texts.anyAuthority },
      ],
    },
  ]
}

type Retention = { name: string; period: string; start: string; citation: string }

const retentionText = ({ name, period, start, citation }: Retention, language: Language) =>
  [name, durationText(period, language), reportTexts[language].start(start), citationIn(language, citation)]
    .filter(Boolean)
    .join(', ')

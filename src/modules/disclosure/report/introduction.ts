import type { Information } from '../build/information.ts'
import type { Language } from '../packages.ts'
import type { Block, Section } from './sections.ts'
import { reportTexts } from './texts.ts'

/** What Art. 15(1) and (2) GDPR want besides the data, as the first chapters. */
export function introduction(information: Information, language: Language): Section[] {
  const texts = reportTexts[language].information
  const listOr = (items: readonly string[], none: string): Block[] =>
    items.length > 0 ? [{ type: 'list', items }] : [{ type: 'text', text: none }]
  const day = (moment: string) => reportTexts[language].day(moment)
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
                `${reportTexts[language].ground(ground)}: ${texts.from} ${day(validFrom)}`,
                ...(validUntil ? [`${texts.until} ${day(validUntil)}`] : []),
                `(${holdsNow ? texts.holds : texts.holdsNot})`,
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
      blocks: listOr([...new Set(purposes.flatMap(({ dataCategories }) => dataCategories))], texts.seeData),
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
  [name, spanIn(period, language), reportTexts[language].start(start), citation].filter(Boolean).join(', ')

const units = { Y: 'year', M: 'month', W: 'week', D: 'day' } as const

/** An ISO 8601 duration in words: `10 Jahre`. */
function spanIn(period: string, language: Language): string {
  const parts = [...period.matchAll(/(\d+)([YMWD])/g)].map(([, count, letter]) => {
    const unit = units[letter as keyof typeof units]
    return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(Number(count))
  })
  return parts.length > 0 ? parts.join(' ') : period
}

import type { LegalGround } from '#prisma/client.ts'
import type { Context } from '../../../../graphql/context.ts'
import { measures } from '../../../security/measures.ts'
import { type Texts, textIn, textsIn } from '../../texts.ts'

type Language = 'de' | 'en'

/** The register of processing, as Art. 30(1) GDPR wants it, in one language; names in all of theirs besides. */
export type ProcessingRegister = {
  schema: 'lethe-processing-register/1'
  language: Language
  generatedAt: string
  /** Art. 30(1)(a): as the settings say it. */
  controller: string | null
  dataProtectionOfficer: string | null
  /** Purposes, each before its parts. */
  processings: Processing[]
  /** Art. 30(1)(g): what of Art. 32(1) this installation has. */
  measures: { title: string; description: string }[]
}

/** One purpose. */
export type Processing = {
  key: string
  partOf: string | null
  /** How deep in the tree: 0 for one that is part of nothing. */
  depth: number
  name: string
  names: Texts
  description: string
  grounds: LegalGround[]
  specialCategories: boolean
  directMarketing: boolean
  defaultValidity: string | null
  dataSubjects: string[]
  /** Those that it names, and those of the custom fields that are kept for it. */
  dataCategories: string[]
  recipients: string[]
  transfers: string[]
  retentionClass: { key: string; name: string; period: string; start: string; citation: string; action: string } | null
  /** What custom fields that are kept for it keep, each with its own time limit (Art. 30(1)(f)). */
  customData: { category: string; retentionClass: { key: string; name: string; period: string } }[]
  notice: { version: number; publishedAt: string; texts: { language: string; sha256: string }[] } | null
  retiredAt: string | null
}

/** Reads the register. */
export async function collectRegister(
  { database, organisation }: Pick<Context, 'database' | 'organisation'>,
  language: Language,
): Promise<ProcessingRegister> {
  const purposes = await database.purpose.findMany({
    include: {
      retention: true,
      notices: { select: { version: true, language: true, sha256: true, publishedAt: true } },
    },
    orderBy: { key: 'asc' },
  })
  const customData = await customDataOf(database, language)
  type Row = (typeof purposes)[number]
  const processingOf = (row: Row, depth: number): Processing => {
    const newest = row.notices.filter(({ version }) => version === row.noticeVersion)
    const names = textsIn(row.names)
    const custom = customData.get(row.key) ?? []
    return {
      key: row.key,
      partOf: row.parentKey,
      depth,
      name: textIn(names, language),
      names,
      description: textIn(textsIn(row.descriptions), language),
      grounds: row.grounds,
      specialCategories: row.specialCategories,
      directMarketing: row.directMarketing,
      defaultValidity: row.defaultValidity,
      dataSubjects: row.dataSubjects,
      dataCategories: [...new Set([...row.dataCategories, ...custom.map(({ category }) => category)])],
      recipients: row.recipients,
      transfers: row.transfers,
      retentionClass: row.retention && {
        key: row.retention.key,
        name: textIn(textsIn(row.retention.names), language),
        period: row.retention.period,
        start: row.retention.start,
        citation: row.retention.citation,
        action: row.retention.action,
      },
      customData: custom.map(({ purpose: _, ...one }) => one),
      notice: newest[0]
        ? {
            version: row.noticeVersion,
            publishedAt: newest[0].publishedAt.toISOString(),
            texts: newest.map(({ language: its, sha256 }) => ({ language: its, sha256 })),
          }
        : null,
      retiredAt: row.retiredAt?.toISOString() ?? null,
    }
  }
  const below = (parent: string | null, depth: number): Processing[] =>
    purposes
      .filter(({ parentKey }) => parentKey === parent)
      .flatMap((row) => [processingOf(row, depth), ...below(row.key, depth + 1)])
  return {
    schema: 'lethe-processing-register/1',
    language,
    generatedAt: new Date().toISOString(),
    controller: organisation?.controller ?? null,
    dataProtectionOfficer: organisation?.dataProtectionOfficer ?? null,
    processings: below(null, 0),
    measures: measures.map(({ title, description }) => ({
      title: title[language],
      description: description[language],
    })),
  }
}

/** What custom fields keep, by purpose: those that are retired keep it, too, as long as nobody empties them. */
async function customDataOf(database: Context['database'], language: Language) {
  const classes = new Map((await database.retentionClass.findMany()).map((row) => [row.key, row]))
  const kept = await database.fieldDefinition.findMany({
    select: { purpose: true, category: true, retentionClass: true },
    distinct: ['purpose', 'category', 'retentionClass'],
    orderBy: [{ category: 'asc' }, { retentionClass: 'asc' }],
  })
  const found = kept.map(({ purpose, category, retentionClass: key }) => {
    const { names, period } = classes.get(key) ?? { names: {}, period: '' }
    return { purpose, category, retentionClass: { key, name: textIn(textsIn(names), language), period } }
  })
  return Map.groupBy(found, ({ purpose }) => purpose)
}

import type { Builder } from '../../../graphql/builder.ts'
import type { Text } from '../../disclosed.ts'
import { addTextTypes } from '../../lawfulness/texts.ts'
import type { ErasureOutcome, Module } from '../../module.ts'
import { recordName } from '../names.ts'
import type { RetainedCount } from '../register.ts'

const auth = { read: 'erasure.erasures' }

/** What became of the rows of one model. */
export type ModelCount = {
  module: string
  model: string
  erased: number
  anonymised: number
  kept: number
  name: Text
  reason: Text | null
}

/** What came of an erasure, model by model, in the order of the modules. */
export function countsOf(outcome: ErasureOutcome, modules: readonly Module[]): ModelCount[] {
  const moduleOf = new Map(
    modules.flatMap(({ name, personalData }) =>
      personalData === 'none' ? [] : personalData.models.map((model) => [model, name] as const),
    ),
  )
  const { erased, anonymised, kept } = outcome
  const known = [...moduleOf.keys()]
  const models = new Set([...known, ...Object.keys(erased), ...Object.keys(anonymised), ...Object.keys(kept)])
  return [...models].flatMap((model) => {
    const counts = {
      erased: erased[model] ?? 0,
      anonymised: anonymised[model] ?? 0,
      kept: kept[model]?.rows ?? 0,
    }
    if (counts.erased + counts.anonymised + counts.kept === 0) return []
    const reason = counts.kept > 0 ? (kept[model]?.reason ?? null) : null
    return [{ module: moduleOf.get(model) ?? 'erasure', model, name: recordName(modules, model), ...counts, reason }]
  })
}

/** Adds how erasures are counted. */
export function addErasureCounts(builder: Builder, modules: readonly Module[]) {
  const texts = addTextTypes(builder)
  const language = { type: texts.language, defaultValue: 'en' as const, description: 'Which: German or English.' }
  const count = builder.objectRef<ModelCount>('ErasureCount').implement({
    description: 'What becomes of one kind of record, in rows.',
    auth,
    fields: (t) => ({
      module: t.exposeString('module', { nullable: false, description: 'The module that keeps it.' }),
      model: t.exposeString('model', { nullable: false, description: 'The kind of record.' }),
      erased: t.exposeInt('erased', { nullable: false, description: 'Gone.' }),
      anonymised: t.exposeInt('anonymised', {
        nullable: false,
        description: 'They stay without what was in them about the contact.',
      }),
      kept: t.exposeInt('kept', { nullable: false, description: 'They stay.' }),
      name: t.string({
        nullable: false,
        description: 'What it is called, in the plural.',
        args: { language: t.arg(language) },
        resolve: ({ name }, args) => name[args.language === 'de' ? 'de' : 'en'],
      }),
      reason: t.string({
        nullable: true,
        description: 'Why they stay.',
        args: { language: t.arg(language) },
        resolve: ({ reason }, args) => reason?.[args.language === 'de' ? 'de' : 'en'] ?? null,
      }),
    }),
  })
  const retained = builder.objectRef<RetainedCount>('ErasureRetained').implement({
    description:
      'What a law obliges to keep though the contact goes: it is copied to where nobody works with it, and erases itself when the time is over.',
    auth,
    fields: (t) => ({
      model: t.exposeString('model', { nullable: false, description: 'The kind of record.' }),
      name: t.string({
        nullable: false,
        description: 'What it is called, in the plural.',
        args: { language: t.arg(language) },
        resolve: ({ model }, args) => recordName(modules, model)[args.language === 'de' ? 'de' : 'en'],
      }),
      citation: t.exposeString('citation', { nullable: false, description: 'The law.' }),
      until: t.field({
        type: 'DateTime',
        nullable: false,
        description: 'Until when it is kept.',
        resolve: ({ until }) => new Date(until),
      }),
      count: t.exposeInt('count', { nullable: false, description: 'How many records.' }),
    }),
  })
  return { count, retained }
}

export type ErasureCounts = ReturnType<typeof addErasureCounts>

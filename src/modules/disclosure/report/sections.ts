import type { Json } from '../../../database/json.ts'
import type { KindTexts } from '../../disclosed.ts'
import type { Collected, Kind } from '../build/collect.ts'
import type { Language } from '../packages.ts'
import { reportTexts } from './texts.ts'

/** A field of a record, as it stands in the report. `level`: how deep it is nested. */
export type Field = { label: string; level: number; value: string }

export type Block =
  | { type: 'text' | 'heading'; text: string }
  | { type: 'list'; items: readonly string[] }
  | { type: 'table'; columns: readonly string[]; rows: readonly (readonly string[])[] }
  | { type: 'record' | 'line'; title: string; fields: readonly Field[] }

/** A chapter of the report, or a part of one. */
export type Section = { title: string; blocks: readonly Block[] }

/** Of more records than these, each is a paragraph instead of a table. */
const mostTables = 60

/** How much a section weighs when it is laid out: about in fields. */
export const weightOf = ({ blocks }: Section): number =>
  blocks.reduce((sum, block) => sum + ('fields' in block ? block.fields.length : 1), 0)

/** How many fields all records have, about. */
export async function countFields(kinds: readonly Kind[]): Promise<number> {
  return kinds.reduce((sum, { count, columns }) => sum + count * columns.length, 0)
}

/** The chapters with the data: one a category, then what is not shown, and the files. Records come one by one. */
export async function* sectionsOf({ kinds, redactions }: Collected, language: Language): AsyncGenerator<Section> {
  const texts = reportTexts[language]
  for (const kind of kinds) {
    const title = kind.texts[language]
    let number = 0
    for await (const { record, files } of kind.entries()) {
      number++
      const fields = [
        ...fieldsOf(record, kind.texts, language, 0),
        ...files.map((path) => ({ label: texts.file, level: 0, value: path })),
      ]
      const type = kind.count > mostTables ? 'line' : 'record'
      yield { title, blocks: [{ type, title: texts.number(number, kind.count), fields }] }
    }
  }
  if (redactions.length > 0) {
    yield {
      title: texts.redactions,
      blocks: [
        { type: 'text', text: texts.redactionsIntro },
        {
          type: 'table',
          columns: texts.redactionColumns,
          rows: redactions.map(({ kind, record, field, rule }) => [kind, record ?? '', field, rule]),
        },
      ],
    }
  }
}

/** The fields of a record, and what is nested in them, flat. What is empty is left out: the JSON has it. */
function fieldsOf(
  value: { readonly [name: string]: Json },
  texts: KindTexts,
  language: Language,
  level: number,
): Field[] {
  return Object.entries(value).flatMap(([name, each]): Field[] => {
    const label = texts.fields?.[name]?.[language] ?? name
    if (each === null || each === '') return []
    if (Array.isArray(each)) return listOf(each, label, texts, language, level)
    if (typeof each === 'object') {
      const inner = fieldsOf(each, texts, language, level + 1)
      return inner.length > 0 ? [{ label, level, value: '' }, ...inner] : []
    }
    return [{ label, level, value: worded(texts, name, each, language) ?? written(each, language) }]
  })
}

function listOf(items: readonly Json[], label: string, texts: KindTexts, language: Language, level: number): Field[] {
  if (items.length === 0) return []
  if (items.every((item) => typeof item !== 'object' || item === null)) {
    return [{ label, level, value: items.map((item) => written(item, language)).join('\n') }]
  }
  return items.flatMap((item, index) => {
    const inner = fieldsOf({ ...Object(item) }, texts, language, level + 1)
    return [{ label: `${label} ${index + 1}`, level, value: '' }, ...inner]
  })
}

/** What a word that the machine knows is called, if the module says so. */
function worded(texts: KindTexts, field: string, value: Json, language: Language): string | undefined {
  const words = texts.values?.[field]
  return words && typeof value === 'string' && Object.hasOwn(words, value) ? words[value]?.[language] : undefined
}

const isDay = /^\d{4}-\d{2}-\d{2}$/
const isMoment = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/

/** As it reads in the language; the JSON has it to the digit. */
function written(value: Json, language: Language): string {
  if (typeof value === 'boolean') return reportTexts[language][value ? 'yes' : 'no']
  if (typeof value !== 'string') return String(value)
  if (isDay.test(value)) return reportTexts[language].day(value)
  return isMoment.test(value) ? reportTexts[language].moment(value) : value
}

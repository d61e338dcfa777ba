import type { Json } from '../../../database/json.ts'
import type { Field, Section } from '../../../typst/document.ts'
import type { KindTexts } from '../../disclosed.ts'
import type { Collected, Kind } from '../build/collect.ts'
import { reportTexts } from './texts.ts'
import type { Wording } from './wording.ts'

/** Of more records than these, each is a paragraph instead of a table. */
const mostTables = 60

/** How much a section weighs when it is laid out: about in fields. */
export const weightOf = ({ blocks }: Section): number =>
  blocks.reduce((sum, block) => sum + ('fields' in block ? block.fields.length : 1), 0)

/** How many fields all records have, about. */
export const countFields = (kinds: readonly Kind[]): number =>
  kinds.reduce((sum, { count, columns }) => sum + count * columns.length, 0)

/** The chapters with the data: one a kind, then what is not shown. Records come one by one. */
export async function* sectionsOf({ kinds, redactions }: Collected, wording: Wording): AsyncGenerator<Section> {
  const { language } = wording
  const texts = reportTexts[language]
  for (const kind of kinds) {
    const title = kind.texts[language]
    let number = 0
    for await (const { record, files, redactions: hidden } of kind.entries()) {
      number++
      const fields = [
        ...fieldsOf(record, kind.texts, wording, 0),
        ...files.map((path) => ({ label: texts.file, level: 0, value: path })),
        ...hidden.map(({ field, rule }) => ({
          ...{ label: texts.notShown, level: 0 },
          value: `${wording.label(kind.texts, field)}: ${wording.value(kind.texts, 'rule', rule)}`,
        })),
      ]
      const type = kind.count > mostTables ? 'line' : 'record'
      yield { title, blocks: [{ type, title: texts.number(number, kind.count), fields }] }
    }
  }
  const hidden = redactions.summary.flatMap(({ kind: name, field, rule, records }) => {
    const kind = kinds.find((one) => one.name === name)
    if (!kind) return []
    const what = `${kind.texts[language]}, ${wording.label(kind.texts, field)}`
    return [`${what}: ${wording.value(kind.texts, 'rule', rule)} ${texts.times(records)}`]
  })
  if (hidden.length > 0) {
    yield {
      title: texts.redactions,
      blocks: [
        { type: 'text', text: texts.redactionsIntro },
        { type: 'list', items: hidden },
      ],
    }
  }
}

type Record = { readonly [name: string]: Json }

/** The fields of a record, and what is nested in them, flat. What is empty is left out: the JSON has it. */
function fieldsOf(record: Record, kind: KindTexts, wording: Wording, level: number): Field[] {
  return Object.entries(record).flatMap(([name, each]): Field[] => {
    const label = wording.label(kind, name)
    if (each === null || each === '' || (Array.isArray(each) && each.length === 0)) return []
    if (name === 'changes' && Array.isArray(each)) return changesOf(each, record, wording)
    if (kind.formats?.[name] === 'texts' || typeof each !== 'object')
      return [{ label, level, value: wording.value(kind, name, each) }]
    if (Array.isArray(each)) {
      if (each.every((item) => typeof item !== 'object' || item === null))
        return [{ label, level, value: wording.value(kind, name, each) }]
      return each.flatMap((item, index) => {
        const inner = fieldsOf({ ...Object(item) }, kind, wording, level + 1)
        return [{ label: `${label} ${index + 1}`, level, value: '' }, ...inner]
      })
    }
    const inner = fieldsOf(each, kind, wording, level + 1)
    return inner.length > 0 ? [{ label, level, value: '' }, ...inner] : []
  })
}

/** What an entry of the log tells of another record: each of that one's fields, as it was, and as it is. */
function changesOf(changes: readonly Json[], { entity }: Record, wording: Wording): Field[] {
  const { before, after } = reportTexts[wording.language]
  const kind = wording.kindOf(String(entity)) ?? { de: '', en: '' }
  return changes.flatMap((change): Field[] => {
    const { field, old, new: now } = { ...Object(change) }
    const said = (value: Json | undefined) =>
      value === undefined || value === null ? '' : wording.value(kind, String(field), value).replaceAll('\n', ', ')
    const [from, to] = [said(old), said(now)]
    const value = from ? `${before} ${from}, ${after} ${to || '–'}` : to
    return [{ label: wording.label(kind, String(field)), level: 1, value: value || '–' }]
  })
}

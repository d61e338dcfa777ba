import type { Json } from '../../../database/json.ts'
import { citationIn } from '../../citation.ts'
import type { Format, KindTexts, Text } from '../../disclosed.ts'
import { keyInAudit } from '../../fields/values.ts'
import { groundLabels } from '../../lawfulness/register/export/labels.ts'
import { textIn, textsIn } from '../../lawfulness/texts.ts'
import type { Module } from '../../module.ts'
import type { Names } from '../build/names.ts'
import type { Language } from '../packages.ts'
import { reportTexts } from './texts.ts'

/** How what is held is put into words, for one person. */
export type Wording = {
  language: Language
  /** A moment (ISO 8601) in the person's time zone, to the second or to the day. */
  moment: (iso: string) => string
  date: (iso: string) => string
  /** What a field of a kind of records is called. */
  label: (kind: KindTexts, field: string) => string
  /** What a field says; the JSON has it to the letter. */
  value: (kind: KindTexts, field: string, value: Json) => string
  /** How records are called that the audit log calls so. */
  kindOf: (entity: string) => KindTexts | undefined
}

type Means = { language: Language; timeZone: string; names: Names; modules: readonly Module[] }

/** Makes what words it. Formatters of dates take much memory that is not on the heap: there is one of each for the whole report. */
export function createWording({ language, timeZone, names, modules }: Means): Wording {
  const texts = reportTexts[language]
  const locale = language === 'de' ? 'de' : 'en-GB'
  const dateStyle = 'medium'
  const days = new Intl.DateTimeFormat(locale, { dateStyle, timeZone: 'UTC' })
  const dates = new Intl.DateTimeFormat(locale, { dateStyle, timeZone })
  const times = new Intl.DateTimeFormat(locale, { dateStyle, timeStyle: 'medium', timeZone: 'UTC' })
  const moments = new Intl.DateTimeFormat(locale, { ...inNumbers, timeZone, timeZoneName: 'short' })
  const displayed = {
    language: new Intl.DisplayNames(locale, { type: 'language', fallback: 'code' }),
    country: new Intl.DisplayNames(locale, { type: 'region', fallback: 'code' }),
  }
  const kinds = new Map<string, KindTexts>()
  const operations = new Map<string, Text>()
  for (const { personalData } of modules) {
    if (personalData === 'none') continue
    for (const kind of Object.values(personalData.texts ?? {}))
      for (const entity of kind.entities ?? []) if (!kinds.has(entity)) kinds.set(entity, kind)
    for (const [name, text] of Object.entries(personalData.operations ?? {})) operations.set(name, text)
  }
  const customField = (key: string) => names.get('customField')?.get(key)
  const label = (kind: KindTexts, field: string): string => {
    const key = keyInAudit(field)
    if (key !== undefined) return customField(key) ?? key
    return own(kind.fields, field)?.[language] ?? field
  }
  const formatted: Partial<Record<Format, (value: string) => string | undefined>> = {
    decimal: (value) => (/^-?\d+\.\d+$/.test(value) ? value.replace('.', texts.decimalPoint) : value),
    language: (value) => nameOf(displayed.language, value),
    country: (value) => nameOf(displayed.country, value),
    recurrence: (value) => recurrenceIn(value, language),
    ground: (value) => own<Text>(groundLabels, value)?.[language],
    operation: (value) => operations.get(value)?.[language],
    citation: (value) => citationIn(language, value),
    entity: (value) => kinds.get(value)?.[language],
    contactField: (value) => {
      const [field = '', ...rest] = value.split(' ')
      return [label(kinds.get('Contact') ?? { de: '', en: '' }, field), ...rest].join(' ')
    },
  }
  const written = (kind: KindTexts, field: string, value: Json): string => {
    const format = kind.formats?.[field]
    if (format === 'texts') return textIn(textsIn(value), language)
    if (typeof value === 'boolean') return value ? texts.yes : texts.no
    if (Array.isArray(value)) return value.map((item) => written(kind, field, item)).join('\n')
    if (typeof value === 'object' && value !== null) {
      const parts = Object.entries(value).filter(([, each]) => each !== null && each !== '')
      return parts.map(([name, each]) => `${label(kind, name)}: ${written(kind, name, each)}`).join(', ')
    }
    if (typeof value !== 'string') return String(value)
    const words = own(kind.values, field)
    // In the log, words of GraphQL are in capitals.
    const word = own(words, value) ?? own(words, value.toLowerCase())
    if (word) return word[language]
    if (format) return formatted[format]?.(value) ?? names.get(format)?.get(value) ?? value
    if (isDay.test(value)) return days.format(new Date(value))
    if (isLocal.test(value)) return times.format(new Date(`${value}Z`))
    return isMoment.test(value) ? moments.format(new Date(value)) : value
  }
  return {
    language,
    moment: (iso) => moments.format(new Date(iso)),
    date: (iso) => dates.format(new Date(iso)),
    label,
    value: written,
    kindOf: (entity) => kinds.get(entity),
  }
}

const inNumbers = {
  ...({ year: 'numeric', month: 'short', day: 'numeric' } as const),
  ...({ hour: '2-digit', minute: '2-digit', second: '2-digit' } as const),
}

const isDay = /^\d{4}-\d{2}-\d{2}$/
/** Without a time zone: that stands beside it. */
const isLocal = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/
const isMoment = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/

const own = <T>(all: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  all && Object.hasOwn(all, name) ? all[name] : undefined

/** What a code of ISO is called; as it is where it is none. */
function nameOf(displayed: Intl.DisplayNames, code: string): string {
  try {
    return displayed.of(code) ?? code
  } catch (error) {
    if (error instanceof RangeError) return code
    throw error
  }
}

const rhythms: Readonly<Record<string, Text & { many: Text }>> = {
  DAILY: { de: 'täglich', en: 'daily', many: { de: 'Tage', en: 'days' } },
  WEEKLY: { de: 'wöchentlich', en: 'weekly', many: { de: 'Wochen', en: 'weeks' } },
  MONTHLY: { de: 'monatlich', en: 'monthly', many: { de: 'Monate', en: 'months' } },
  YEARLY: { de: 'jährlich', en: 'yearly', many: { de: 'Jahre', en: 'years' } },
}

/** In words as far as they are short; the rule itself stands beside them. */
function recurrenceIn(rule: string, language: Language): string {
  const rhythm = own(rhythms, /FREQ=(\w+)/.exec(rule)?.[1] ?? '')
  const interval = /INTERVAL=(\d+)/.exec(rule)?.[1] ?? '1'
  if (!rhythm) return rule
  const every = language === 'de' ? 'alle' : 'every'
  return `${interval === '1' ? rhythm[language] : `${every} ${interval} ${rhythm.many[language]}`} (${rule})`
}

/** The first that is a time zone. */
export const knownZone = (...zones: readonly (string | undefined)[]): string =>
  zones.find((zone) => {
    if (!zone) return false
    try {
      return Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }))
    } catch (error) {
      if (error instanceof RangeError) return false
      throw error
    }
  }) ?? 'UTC'

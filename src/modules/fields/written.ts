import type { Json } from '../../database/json.ts'
import { isoDay } from '../contacts/import/draft-values.ts'
import type { Definition } from './definition.ts'
import type { Given } from './given.ts'

const yes = /^(true|yes|y|ja|j|wahr|1|x)$/i
const no = /^(false|no|n|nein|falsch|0)$/i

/**
 * What a cell of a table, or a value of JSON, says of a field of this kind. Undefined where it can't be such a value; null
 * where it says nothing.
 */
export function readWritten({ kind, options }: Definition, written: Json): Given | null | undefined {
  if (written === null || written === '') return null
  if (kind === 'boolean') return readBoolean(written)
  if (kind === 'choices') return readChoices(options, written)
  if (kind === 'money') return readMoney(written)
  if (kind === 'file') return undefined
  if (typeof written !== 'string' && typeof written !== 'number') return undefined
  const text = String(written).trim()
  if (kind === 'integer') return { decimal: text }
  if (kind === 'decimal') return readDecimal(written)
  if (kind === 'date') return readDate(isoDay(text) ?? '')
  if (kind === 'date_time') return readMoment(text)
  if (kind === 'choice') return { text: optionCalled(options, text) }
  return { text }
}

function readBoolean(written: Json): Given | undefined {
  if (typeof written === 'boolean') return { boolean: written }
  const text = String(written).trim()
  return yes.test(text) ? { boolean: true } : no.test(text) ? { boolean: false } : undefined
}

function readMoney(written: Json): Given | undefined {
  if (typeof written === 'object' && written !== null && !Array.isArray(written)) {
    const { amount, currency } = written
    if (typeof amount !== 'string' && typeof amount !== 'number') return undefined // As JSON has it, with a point.
    return { money: { amount: String(amount), currency: String(currency ?? '') } }
  }
  const text = String(written).trim()
  const [, before, amount = '', after] = /^([A-Z]{3})?\s*(-?[\d.,]+)\s*([A-Z]{3}|€)?$/i.exec(text) ?? []
  const currency = (before ?? after ?? '').replace('€', 'EUR').toUpperCase()
  const clear = withPoint(amount)
  return clear ? { money: { amount: clear, currency } } : undefined
}

function readDecimal(written: string | number): Given | undefined {
  const decimal = typeof written === 'number' ? String(written) : withPoint(written.trim())
  return decimal === undefined ? undefined : { decimal }
}

/**
 * `1.234,50` and `1,234.50` are both that number: the last of the signs is the point, if it comes once. Undefined for what means
 * one number in Germany and another one in England: `1.234`, `1,234`.
 */
function withPoint(text: string): string | undefined {
  if (/^[+-]?[1-9]\d{0,2}[.,]\d{3}$/.test(text)) return undefined
  const last = Math.max(text.lastIndexOf('.'), text.lastIndexOf(','))
  if (last < 0) return text
  const sign = text.charAt(last)
  const [whole = '', fraction = ''] = [text.slice(0, last), text.slice(last + 1)]
  if (whole.includes(sign)) return text.replaceAll(sign, '') // A sign that comes again separates thousands.
  return `${whole.replaceAll(/[.,]/g, '')}.${fraction}`
}

/** A day as `2020-01-31`. */
export function readDate(text: string): { date: Date } | undefined {
  const date = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined
  // 31 February would roll over to March.
  return date && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text) ? { date } : undefined
}

/** A moment as `2020-01-31T12:00:00Z`, or with another offset. */
export function readMoment(text: string): { dateTime: Date } | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined
  const dateTime = new Date(text)
  return Number.isNaN(dateTime.getTime()) ? undefined : { dateTime }
}

function readChoices(options: Definition['options'], written: Json): Given | undefined {
  const texts = Array.isArray(written) ? written.map(String) : String(written).split(/:::|[;,]/)
  return { choices: texts.map((text) => optionCalled(options, text.trim())).filter(Boolean) }
}

/** The value of the option that is called so in some language, or whose value it is; else the text itself. */
function optionCalled(options: Definition['options'], text: string): string {
  const wanted = text.toLowerCase()
  const exact = options.find(({ value }) => value === text)
  const found =
    exact ?? options.find(({ labels }) => Object.values(labels).some((label) => label.toLowerCase() === wanted))
  return found?.value ?? text
}

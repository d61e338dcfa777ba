import { parsePhoneNumberFromString } from 'libphonenumber-js/max'
import type { ContactPoint } from '#prisma/client.ts'
import type { Language } from '../../../http/pages/language.ts'
import { formatAddress } from '../../contacts/check-points.ts'
import { type Definition, textIn } from '../../fields/definition.ts'
import { type FieldValue, isFile, type Money } from '../../fields/values.ts'
import type { Change } from '../corrections/change.ts'
import type { ColumnName } from '../corrections/modes.ts'
import { texts } from './texts.ts'
import { countryText, dayText, languageText, momentText } from './words.ts'

/** A value of a custom field, for people. */
export function valueText({ kind, options }: Definition, value: FieldValue, language: Language): string {
  const locale = language === 'de' ? 'de-DE' : 'en-GB'
  const option = (text: string) => {
    const labels = options.find((one) => one.value === text)?.labels
    return (labels && textIn(labels, language)) ?? text
  }
  if (typeof value === 'boolean') return texts[language][value ? 'yes' : 'no']
  if (typeof value === 'number') return new Intl.NumberFormat(locale).format(value)
  if (Array.isArray(value)) return value.map(option).join(', ')
  if (typeof value === 'object') {
    if (isFile(value)) return `${value.name} (${sizeText(value.size, locale)})`
    return moneyText(value, locale)
  }
  if (kind === 'date') return dayText(new Date(`${value}T00:00:00Z`), language, 'UTC')
  if (kind === 'date_time') return momentText(new Date(value), language)
  if (kind === 'choice') return option(value)
  if (kind === 'country') return countryText(value, language)
  if (kind === 'decimal' && language === 'de') return value.replace('.', ',')
  return value
}

/** In whole kilobytes, or bytes where it is less than one. */
function sizeText(bytes: number, locale: string): string {
  const [unit, count] = bytes < 1000 ? (['byte', bytes] as const) : (['kilobyte', Math.round(bytes / 1000)] as const)
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: unit === 'byte' ? 'long' : 'short' }).format(
    count,
  )
}

/** To the digit, as it is kept. */
function moneyText({ amount, currency }: Money, locale: string): string {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency, maximumFractionDigits: 20 })
  return isNumeric(amount) ? format.format(amount) : `${amount} ${currency}`
}

const isNumeric = (text: string): text is `${number}` => /^-?\d+(\.\d+)?$/.test(text)

/** A built-in value, for people; empty if there is none. */
export function columnText(name: ColumnName, value: string | Date | null, language: Language): string {
  if (value instanceof Date) return dayText(value, language, 'UTC')
  if (!value) return ''
  if (name === 'birthDate') return dayText(new Date(`${value}T00:00:00Z`), language, 'UTC')
  if (name === 'language') return languageText(value, language)
  return value
}

/** A way to be reached, in lines. */
export function pointText({ kind, ...point }: ContactPoint, language: Language): string {
  if (kind === 'messenger') return `${point.service}: ${point.value}`
  if (kind === 'phone') return parsePhoneNumberFromString(point.value)?.formatInternational() ?? point.value
  if (kind !== 'address') return point.value
  const town = [point.postalCode, point.city].filter(Boolean).join(' ')
  return [point.street, town, point.region, point.country && countryText(point.country, language)]
    .filter(Boolean)
    .join('\n')
}

/** What a change wants, for people. */
export function changeText(change: Change, definition: Definition | undefined, language: Language): string {
  const nothing = texts[language].removed
  if (change.of === 'column') {
    const isDay = change.name !== 'birthDate' || /^\d{4}-\d\d-\d\d$/.test(change.value)
    return (isDay ? columnText(change.name, change.value, language) : change.value) || nothing
  }
  if (change.of === 'custom') {
    const options = definition?.options ?? []
    const written = [change.written].flat().map((text) => {
      const labels = options.find(({ value }) => value === text)?.labels
      return (labels && textIn(labels, language)) ?? text
    })
    return written.filter(Boolean).join(', ') || nothing
  }
  const { parts } = change
  if (!parts) return nothing
  if (change.kind !== 'address') return Object.values(parts).filter(Boolean).join(': ')
  const address = { street: '', postalCode: '', city: '', region: '', country: '', ...present(parts) }
  return formatAddress(address)
}

const present = (parts: object): Record<string, string> =>
  Object.fromEntries(Object.entries(parts).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))

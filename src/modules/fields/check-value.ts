import type { Fault } from '../../graphql/errors.ts'
import { checkText } from '../check-text.ts'
import { checkPoint } from '../contacts/check-points.ts'
import { countryCode } from '../contacts/countries.ts'
import { isCurrency } from './currencies.ts'
import type { Definition } from './definition.ts'
import { checkFile, type NewFile } from './files.ts'
import { type Given, memberOf } from './given.ts'
import { type FieldKind, fieldKinds, type Member } from './kinds.ts'
import { canonicalDecimal, compareDecimals, howDecimalsAre } from './numbers.ts'
import { matches } from './patterns.ts'
import type { FieldValue } from './values.ts'
import { readWritten } from './written.ts'

/** A value that passed all checks. Of a file, what is still to be put away. */
export type CheckedValue = Exclude<FieldValue, { sha256: string }> | NewFile

/** What it is checked with. */
export type ValueOptions = {
  /** Where phone numbers without a prefix are dialled. */
  defaultCountry?: string | undefined
  /** Options that were chosen before, and so may be retired. */
  chosen?: readonly string[]
}

/** How long text may be at most, in characters. */
export const longest: Partial<Record<FieldKind, number>> = { text: 500, long_text: 20_000, document: 500 }

/**
 * Checks a value against its field, and brings it into the form in which it is kept. Null for one that is empty; undefined,
 * with a fault named `path`, for one that doesn't fit.
 */
export function checkValue(
  definition: Definition,
  given: Given,
  path: string,
  faults: Fault[],
  options: ValueOptions = {},
): CheckedValue | null | undefined {
  const refuse = (message: string) => void faults.push({ field: path, message })
  const member = memberOf(given)
  const wanted = fieldKinds[definition.kind]
  if (member === 'written') {
    const read = readWritten(definition, given.written ?? null)
    if (read === undefined) return refuse(`Can't be read. ${howItIs(definition)}`)
    return read && checkValue(definition, read, path, faults, options)
  }
  const asNumber = wanted.member === 'integer' && member === 'decimal' // As tables have it.
  if (member !== wanted.member && !asNumber) return refuse(`Give it as "${wanted.member}". ${howItIs(definition)}`)
  const before = faults.length
  const value = checks[wanted.member](definition, given, path, faults, options)
  if (faults.length > before || value === undefined || value === null) return faults.length > before ? undefined : value
  const message = limitFault(definition, value)
  return message ? refuse(message) : value
}

type Check = (
  definition: Definition,
  given: Given,
  path: string,
  faults: Fault[],
  options: ValueOptions,
) => CheckedValue | null | undefined

const checks: Record<Member, Check> = {
  text: (definition, { text }, path, faults, options) => checkWords(definition, text ?? '', path, faults, options),
  integer: (_definition, { integer, decimal }, path, faults) => {
    const number = integer ?? (/^[+-]?\d{1,16}$/.test(decimal ?? '') ? Number(decimal) : Number.NaN)
    if (Number.isSafeInteger(number)) return number === 0 ? 0 : number // There is no -0.
    faults.push({ field: path, message: 'Must be a whole number between -9007199254740991 and 9007199254740991.' })
    return undefined
  },
  decimal: (_definition, { decimal }, path, faults) => {
    const number = canonicalDecimal(decimal ?? '')
    if (number === undefined) faults.push({ field: path, message: howDecimalsAre })
    return number
  },
  money: (_definition, { money }, path, faults) => {
    const amount = canonicalDecimal(money?.amount ?? '')
    const currency = (money?.currency ?? '').trim().toUpperCase()
    if (amount === undefined) faults.push({ field: path, message: `The amount: ${howDecimalsAre}` })
    if (!isCurrency(currency)) faults.push({ field: path, message: 'The currency must be a code of ISO 4217: EUR.' })
    return amount === undefined ? undefined : { amount, currency }
  },
  boolean: (_definition, { boolean }) => boolean,
  date: (_definition, { date }, path, faults) => isoText(date, path, faults)?.slice(0, 10),
  dateTime: (_definition, { dateTime }, path, faults) => isoText(dateTime, path, faults),
  choices: ({ options }, { choices: given }, path, faults, { chosen }) => {
    const choices = given ?? []
    const open = openOptions(options, chosen)
    if (choices.some((choice) => !open.includes(choice))) faults.push({ field: path, message: howOptionsAre(options) })
    const values = open.filter((value) => choices.includes(value)) // In the order of the options.
    return values.length > 0 ? values : null
  },
  file: (_definition, { file }, path, faults) => (file ? checkFile(file, path, faults) : undefined),
}

const isoText = (moment: Date | null | undefined, path: string, faults: Fault[]) => {
  const year = moment?.getUTCFullYear() ?? Number.NaN
  if (moment && year >= 1 && year <= 9999) return moment.toISOString()
  faults.push({ field: path, message: 'Must lie between the years 1 and 9999.' })
  return undefined
}

function checkWords(
  { kind, maxLength, pattern, options: choices }: Definition,
  text: string,
  path: string,
  faults: Fault[],
  { defaultCountry, chosen }: ValueOptions,
): string | null | undefined {
  if (text.trim() === '') return null
  if (kind === 'choice') {
    if (openOptions(choices, chosen).includes(text)) return text
    faults.push({ field: path, message: howOptionsAre(choices) })
    return undefined
  }
  if (kind === 'country') {
    const code = countryCode(text.slice(0, 100))
    if (!code) faults.push({ field: path, message: 'Must be a country: its ISO 3166-1 code, such as DE, or name.' })
    return code
  }
  const rule = { max: maxLength ?? longest[kind] ?? 2000, multiline: kind === 'long_text' }
  const before = faults.length
  const clean = asPoint(kind, text, path, faults, defaultCountry) ?? checkText(text, path, rule, faults)
  if (faults.length > before) return undefined
  if (clean.length > rule.max) faults.push({ field: path, message: `Must have at most ${rule.max} characters.` })
  if (pattern && !matches(pattern, clean)) faults.push({ field: path, message: `Must match the pattern ${pattern}` })
  return faults.length > before ? undefined : clean || null
}

/** E-mail addresses, numbers and web addresses are checked as those of contact points are. */
function asPoint(kind: FieldKind, text: string, path: string, faults: Fault[], defaultCountry: string | undefined) {
  const checked =
    kind === 'email'
      ? checkPoint('email', { address: text }, path)
      : kind === 'phone'
        ? checkPoint('phone', { number: text }, path, { defaultCountry })
        : kind === 'url'
          ? checkPoint('website', { url: text }, path)
          : undefined
  if (!checked) return undefined
  faults.push(...checked.faults.map(({ message }) => ({ field: path, message })))
  return checked.point?.value ?? ''
}

/** The range, of numbers, amounts and moments. What is too little or too much is told with the limit. */
function limitFault({ kind, min, max }: Definition, value: CheckedValue): string | undefined {
  const compare = comparison(kind, value)
  if (!compare) return undefined
  if (min !== null && compare(min) < 0) return `Must be at least ${min}.`
  return max !== null && compare(max) > 0 ? `Must be at most ${max}.` : undefined
}

function comparison(kind: FieldKind, value: CheckedValue): ((limit: string) => number) | undefined {
  if (typeof value === 'number') return (limit) => compareDecimals(String(value), limit)
  if (kind === 'decimal' && typeof value === 'string') return (limit) => compareDecimals(value, limit)
  if (typeof value === 'object' && 'amount' in value) return (limit) => compareDecimals(value.amount, limit)
  const isTime = (kind === 'date' || kind === 'date_time') && typeof value === 'string'
  // As both are written, the order of text is that of time.
  return isTime ? (limit) => (value < limit ? -1 : value > limit ? 1 : 0) : undefined
}

const openOptions = (options: Definition['options'], chosen: readonly string[] = []) =>
  options.filter(({ value, retired }) => !retired || chosen.includes(value)).map(({ value }) => value)

const howOptionsAre = (options: Definition['options']) =>
  `Must be one of ${options
    .filter(({ retired }) => !retired)
    .map(({ value }) => value)
    .join(', ')}.`

const howItIs = ({ kind }: Definition) =>
  `It must be of this kind: ${fieldKinds[kind].description}${
    kind === 'decimal' || kind === 'money' ? ' Of 1.234 nobody knows whether it is 1234: write that, or 1.2340.' : ''
  }`

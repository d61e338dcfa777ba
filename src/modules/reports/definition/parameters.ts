import type { Context } from '../../../graphql/context.ts'
import { type DeniedInput, type Fault, forbiddenInput, invalidInput, LetheError } from '../../../graphql/errors.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { checkTimeZone } from '../../contacts/check-values.ts'
import { unknownPurpose } from '../../contacts/sight.ts'
import type { Text } from '../../disclosed.ts'

/** What can be said of a report when it is run. */
export type Parameter = {
  key: string
  name: Text
  /** `purpose`: the key of one; `choice`: one of these; `timeZone`: an IANA name; `contact`: the id of one. */
  type: 'integer' | 'boolean' | 'date' | 'purpose' | 'choice' | 'timeZone' | 'contact'
  minimum?: number
  maximum?: number
  choices?: readonly string[]
  /** How the choices are called where a person reads them. */
  words?: Readonly<Record<string, Text>>
  /** The right to read without which nobody says it: what comes of it would tell. */
  right?: string
  /** Null: it is left out. */
  default: string | number | boolean | null
}

/** A parameter that is one of these words, each with how people call it. */
export const choice = (
  { key, name, usual }: { key: string; name: Text; usual: string },
  words: Readonly<Record<string, Text>>,
): Parameter => ({ key, name, type: 'choice', choices: Object.keys(words), words, default: usual })

/** Of reports that are told in a language from the source on. */
export const languageParameter: Parameter = choice(
  { key: 'language', name: { de: 'Sprache', en: 'Language' }, usual: 'en' },
  { de: { de: 'Deutsch', en: 'German' }, en: { de: 'Englisch', en: 'English' } },
)

/** By whose clock days, months and years begin: of all reports. Without, by that of the installation. */
export const timeZoneParameter: Parameter = {
  key: 'timeZone',
  name: { de: 'Zeitzone', en: 'Time zone' },
  type: 'timeZone',
  default: null,
}

/** What was said: days are ISO 8601 text. Those that were not said, and have no default, are absent. */
export type ParameterValues = Readonly<Record<string, string | number | boolean>>

/**
 * Values for the parameters of a source; what isn't said is as it was saved, or by default. Throws INVALID_INPUT with every fault, and for a
 * purpose that there is none of.
 */
export async function valuesOf(
  context: Pick<Context, 'database' | 'unknownPurposes' | 'rights'>,
  parameters: readonly Parameter[],
  given: Readonly<Record<string, unknown>>,
): Promise<ParameterValues> {
  const faults: Fault[] = Object.keys(given)
    .filter((key) => !parameters.some((parameter) => parameter.key === key))
    .map((key) => ({ field: `parameters.${key.slice(0, 100)}`, message: 'This report has no such parameter.' }))
  const values = parameters.flatMap((parameter) => {
    const value = Object.hasOwn(given, parameter.key) ? given[parameter.key] : parameter.default
    if (value === null || value === undefined) return []
    const message = faultOf(parameter, value)
    if (message) faults.push({ field: `parameters.${parameter.key}`, message })
    return message === undefined && isValue(value) ? [[parameter.key, value] as const] : []
  })
  const denied = parameters.flatMap(({ key, right }): DeniedInput[] =>
    right !== undefined && values.some(([name]) => name === key) && !context.rights.canRead(right)
      ? [{ path: `parameters.${key}`, access: 'read', right }]
      : [],
  )
  if (denied.length > 0) throw forbiddenInput(denied)
  if (faults.length > 0) throw invalidInput(faults)
  const named = parameters.filter(({ type }) => type === 'purpose').map(({ key }) => key)
  const purposes = values.flatMap(([key, value]) => (named.includes(key) ? [String(value)] : []))
  const unknown = purposes.length > 0 ? ((await context.unknownPurposes?.(context, purposes)) ?? []) : []
  if (unknown.length > 0) throw unknownPurpose('parameters')
  return Object.fromEntries(values)
}

/** The UUID of the contact that is meant, whether there is one or not; undefined: that is no id of one. */
export function contactIn(value: string): string | undefined {
  try {
    return uuidOf('Contact', value)
  } catch (error) {
    if (error instanceof LetheError) return undefined
    throw error
  }
}

const isValue = (value: unknown): value is string | number | boolean =>
  ['string', 'number', 'boolean'].includes(typeof value)

function faultOf(
  { type, minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER, choices = [] }: Parameter,
  value: unknown,
): string | undefined {
  switch (type) {
    case 'integer':
      if (typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum) return undefined
      return `Give a whole number from ${minimum} to ${maximum}.`
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'Give true or false.'
    case 'date':
      return typeof value === 'string' && isDay(value) ? undefined : 'Give a day: `2027-01-31`.'
    case 'purpose':
      return typeof value === 'string' && value.length <= 200 && !value.includes('\0')
        ? undefined
        : 'Give the key of a purpose.'
    case 'timeZone': {
      const faults: Fault[] = []
      const clean = typeof value === 'string' && checkTimeZone(value, '', faults)
      return clean && faults.length === 0 ? undefined : 'Give an IANA time zone: `Europe/Berlin`.'
    }
    case 'contact':
      return typeof value === 'string' && contactIn(value) !== undefined ? undefined : 'Give the id of a contact.'
    case 'choice':
      return typeof value === 'string' && choices.includes(value) ? undefined : `Give one of ${choices.join(', ')}.`
  }
}

function isDay(text: string) {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false
  const day = new Date(text)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text) && day.getUTCFullYear() >= 1
}

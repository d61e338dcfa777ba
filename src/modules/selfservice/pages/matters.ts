import type { ContactPoint } from '#prisma/client.ts'
import type { Language } from '../../../http/pages/language.ts'
import type { PointKind } from '../../contacts/draft.ts'
import { pointKindList } from '../../contacts/points.ts'
import { type Definition, textIn } from '../../fields/definition.ts'
import { auditName } from '../../fields/values.ts'
import { type Change, partOf } from '../corrections/change.ts'
import { type ColumnName, isColumn, type Mode } from '../corrections/modes.ts'
import { customInputs, readCustom } from './custom-inputs.ts'
import type { OwnData } from './read-data.ts'
import { texts } from './texts.ts'
import { countryText, type FieldWord, fieldWords, inputWords, languageText } from './words.ts'

/** One input of a form. */
export type Input = {
  name: string
  label: string
  value: readonly string[]
  kind: 'line' | 'lines' | 'day' | 'select' | 'checks'
  options?: readonly { value: string; label: string }[]
  hint?: string | undefined
  autocomplete?: string | undefined
  inputmode?: string | undefined
  required?: boolean
  /** What to say where what was written is refused. */
  advice: string
}

/** What is corrected by one form. */
export type Matter = {
  /** As the query names it: `name`, `emails`, `customFields.size`. */
  of: string
  point: ContactPoint | undefined
  title: string
  inputs: readonly Input[]
  /** How it takes effect. */
  mode: Exclude<Mode, 'none'> | 'address'
  /** What somebody wants, from the form that they sent. */
  read: (form: URLSearchParams) => Change[]
}

/** Columns that are corrected together. */
const together: Readonly<Record<string, readonly ColumnName[]>> = {
  name: ['title', 'givenName', 'familyName'],
  work: ['organisation', 'jobTitle'],
  birthDate: ['birthDate'],
  language: ['language'],
  timeZone: ['timeZone'],
}

/** The names of those. */
export const columnMatters = Object.keys(together) as readonly (FieldWord & string)[]

const parts: Readonly<Record<PointKind, readonly FieldWord[]>> = {
  email: ['address'],
  phone: ['number'],
  address: ['street', 'postalCode', 'city', 'region', 'country'],
  website: ['url'],
  messenger: ['service', 'handle'],
}

// WCAG 1.3.5: so that browsers can fill them in.
const autocomplete: Partial<Record<FieldWord, string>> = {
  title: 'honorific-prefix',
  givenName: 'given-name',
  familyName: 'family-name',
  organisation: 'organization',
  jobTitle: 'organization-title',
  birthDate: 'bday',
  address: 'email',
  number: 'tel',
  url: 'url',
  street: 'street-address',
  postalCode: 'postal-code',
  city: 'address-level2',
  region: 'address-level1',
  country: 'country-name',
}

const inputmodes: Partial<Record<FieldWord, string>> = { address: 'email', number: 'tel', url: 'url' }

/** What can be corrected under this name; undefined for what can't, or isn't the contact's. */
export function matterOf(own: OwnData, of: string, pointId: string, language: Language): Matter | undefined {
  if (Object.hasOwn(together, of)) return columnsMatter(own, of, language)
  const kind = pointKindList.find(({ field }) => field === of)?.kind
  if (kind) return pointMatter(own, of, kind, pointId, language)
  const custom = own.custom.find(({ field }) => field === of)
  return custom && customMatter(own, custom.definition, language)
}

function columnsMatter({ contact, modes }: OwnData, of: string, language: Language): Matter | undefined {
  const names = (together[of] ?? []).filter((name) => modes.of(name) !== 'none')
  if (names.length === 0) return undefined
  return {
    of,
    point: undefined,
    title: fieldWords[of as FieldWord][language],
    mode: names.some((name) => modes.of(name) === 'propose') ? 'propose' : 'direct',
    inputs: names.map((name): Input => {
      const stored = contact[name]
      const value = stored instanceof Date ? stored.toISOString().slice(0, 10) : (stored ?? '')
      const input = { ...wordInput(name, value, language), value: [value] }
      if (name === 'birthDate') return { ...input, kind: 'day' }
      const options =
        name === 'language' ? languages(value, language) : name === 'timeZone' ? timeZones(value) : undefined
      if (!options) return input
      return { ...input, kind: 'select', options: [{ value: '', label: texts[language].unsaid }, ...options] }
    }),
    read: (form) => names.map((name) => ({ of: 'column', name, value: form.get(name) ?? '' })),
  }
}

function pointMatter(own: OwnData, of: string, kind: PointKind, pointId: string, language: Language) {
  const mode = own.modes.of(of)
  const point = own.points.find((one) => one.kind === kind && one.id === pointId)
  if (mode === 'none' || (pointId && !point)) return undefined
  const matter: Matter = {
    of,
    point,
    title: fieldWords[of as FieldWord][language],
    mode: kind === 'email' ? 'address' : mode,
    inputs: parts[kind].map((part): Input => {
      const value = (point && partOf(point, part)) ?? ''
      const input = wordInput(part, part === 'country' ? countryText(value, language) : value, language)
      if (part === 'street') return { ...input, kind: 'lines' }
      return { ...input, required: kind !== 'address' }
    }),
    read: (form) => [
      {
        of: 'point',
        kind,
        ...(point && { id: point.id }),
        ...(!form.has('remove') && {
          parts: Object.fromEntries(parts[kind].map((part) => [part, unfold(form.get(part) ?? '')])),
        }),
      },
    ],
  }
  return matter
}

// As browsers send line ends.
const unfold = (text: string) => text.replaceAll('\r\n', '\n')

function customMatter(own: OwnData, definition: Definition, language: Language): Matter | undefined {
  const of = auditName(definition.key)
  const mode = own.modes.of(of)
  if (mode === 'none') return undefined
  const value = own.custom.find(({ field }) => field === of)?.value
  return {
    of,
    point: undefined,
    title: textIn(definition.labels, language) ?? definition.key,
    mode,
    inputs: customInputs(definition, value, language),
    read: (form) => [{ of: 'custom', key: definition.key, written: readCustom(definition, form) }],
  }
}

const wordInput = (name: FieldWord & string, value: string, language: Language): Input => ({
  name,
  label: fieldWords[name][language],
  value: [value],
  kind: 'line',
  autocomplete: autocomplete[name],
  inputmode: inputmodes[name],
  advice: inputWords[name]?.[language] ?? texts[language].misfit,
})

/** Common languages, and the one that is there. */
function languages(current: string, language: Language) {
  const tags = [
    'de',
    'en',
    'ar',
    'bg',
    'cs',
    'da',
    'el',
    'es',
    'fr',
    'hr',
    'hu',
    'it',
    'nl',
    'pl',
    'pt',
    'ro',
    'ru',
    'sv',
    'tr',
    'uk',
  ]
  const all = current && !tags.includes(current) ? [current, ...tags] : tags
  return all.map((value) => ({ value, label: languageText(value, language) }))
}

function timeZones(current: string) {
  const zones = Intl.supportedValuesOf('timeZone')
  const all = current && !zones.includes(current) ? [current, ...zones] : zones
  return all.map((value) => ({ value, label: value }))
}

/** The input that a fault of the domain is about. */
export function inputOf({ inputs }: Matter, fault: string): Input | undefined {
  const last = fault.split('.').at(-1)
  return inputs.find(({ name }) => name === last) ?? inputs[0]
}

/** Whether the columns of a matter are worth a row: something is there, or can be added. */
export const columnsOf = (of: string): readonly ColumnName[] => (together[of] ?? []).filter(isColumn)

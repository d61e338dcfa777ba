import type { Fault } from '../../graphql/errors.ts'
import { checkText } from '../check-text.ts'
import { checkTexts } from '../lawfulness/texts.ts'
import { checkValue, longest } from './check-value.ts'
import { type Definition, type FieldOption, isFieldKey, type Openness } from './definition.ts'
import { type Given, givenOf } from './given.ts'
import { type FieldKind, fieldKinds } from './kinds.ts'
import { canonicalDecimal, compareDecimals } from './numbers.ts'
import { patternFault } from './patterns.ts'
import type { FieldValue } from './values.ts'
import { readDate, readMoment } from './written.ts'

type Maybe<T> = T | null | undefined
type TextDraft = { language: string; text: string }

/** An option of a choice, as somebody gives it. */
export type OptionDraft = { value: string; labels?: Maybe<TextDraft[]>; retired?: Maybe<boolean> }

/** What somebody says about a field. Absent: as it is, or as usual. */
export type FieldChanges = {
  kind?: Maybe<FieldKind>
  labels?: Maybe<TextDraft[]>
  help?: Maybe<TextDraft[]>
  group?: Maybe<string>
  position?: Maybe<number>
  required?: Maybe<boolean>
  unique?: Maybe<boolean>
  min?: Maybe<string>
  max?: Maybe<string>
  maxLength?: Maybe<number>
  pattern?: Maybe<string>
  options?: Maybe<OptionDraft[]>
  default?: Maybe<Given>
  category?: Maybe<string>
  sensitive?: Maybe<boolean>
  purpose?: Maybe<string>
  retentionClass?: Maybe<string>
  partners?: Maybe<Openness>
  contact?: Maybe<Openness>
}

type KeptName = 'id' | 'version' | 'createdAt' | 'updatedAt' | 'retiredAt' | 'indexedAt' | 'formerKind' | 'clears'

/** What a definition says, without what is kept about it. */
export type Said = Omit<Definition, KeptName>

/** What a field is as long as nobody says otherwise. Its classification has no such. */
export const unsaid: Omit<Said, 'key' | 'kind'> = {
  labels: {},
  help: {},
  group: '',
  position: 0,
  required: false,
  unique: false,
  min: null,
  max: null,
  maxLength: null,
  pattern: '',
  options: [],
  default: null,
  category: '',
  sensitive: false,
  purpose: '',
  retentionClass: '',
  partners: 'none',
  contact: 'none',
}

/** What a field is to be, with what somebody says of it: checked, with every fault. */
export function checkDefinition(before: Said, changes: FieldChanges, faults: Fault[]): Said {
  const { key } = before
  if (!isFieldKey(key)) faults.push({ field: 'key', message: howKeysAre })
  const kind = changes.kind ?? before.kind
  const labels =
    changes.labels === undefined ? before.labels : checkTexts(changes.labels ?? [], 'labels', label, faults)
  const help = changes.help === undefined ? before.help : checkTexts(changes.help ?? [], 'help', helpText, faults)
  const said: Said = {
    key,
    kind,
    labels,
    help,
    group: words(changes.group, before.group, 'group', 100, faults),
    position: changes.position ?? before.position,
    required: changes.required ?? before.required,
    unique: changes.unique ?? before.unique,
    min: limit(changes.min, before.min, 'min', kind, faults),
    max: limit(changes.max, before.max, 'max', kind, faults),
    maxLength: changes.maxLength === undefined ? before.maxLength : changes.maxLength,
    pattern: (changes.pattern === undefined ? before.pattern : changes.pattern) ?? '',
    options: changes.options === undefined ? before.options : optionsOf(changes.options ?? [], faults),
    default: before.default,
    category: words(changes.category, before.category, 'category', 100, faults),
    sensitive: changes.sensitive ?? before.sensitive,
    purpose: changes.purpose ?? before.purpose,
    retentionClass: changes.retentionClass ?? before.retentionClass,
    partners: changes.partners ?? before.partners,
    contact: changes.contact ?? before.contact,
  }
  faults.push(...classificationFaults(said), ...kindFaults(said))
  return faults.length > 0 ? said : { ...said, default: defaultOf(said, before.kind, changes.default, faults) }
}

const howKeysAre =
  'Use 1 to 40 small letters, digits and underscores, the first a letter, such as `customer_number`; `definitions` is taken.'
const label = { max: 100, wanted: true }
const helpText = { max: 2000, multiline: true }

const words = (given: Maybe<string>, before: string, field: string, max: number, faults: Fault[]) =>
  given === undefined ? before : checkText(given, field, { max }, faults)

/** Of each field it is known what data it is, what for, and how long it is kept (Art. 5(1)(b), (e), 30(1) GDPR). */
function classificationFaults({ category, purpose, retentionClass }: Said): Fault[] {
  return [
    ...(category
      ? []
      : [{ field: 'category', message: 'Say what category of personal data it is, such as `health`.' }]),
    ...(purpose ? [] : [{ field: 'purpose', message: 'Name the purpose that it is kept for.' }]),
    ...(retentionClass ? [] : [{ field: 'retentionClass', message: 'Name the class that says how long it is kept.' }]),
  ]
}

/** What can't be said of this kind, or not of both. */
function kindFaults({ kind, unique, sensitive, min, max, maxLength, pattern, options }: Said): Fault[] {
  const { canBeUnique, member } = fieldKinds[kind]
  const isChoice = kind === 'choice' || kind === 'choices'
  const isText = member === 'text' && !isChoice && kind !== 'country'
  const most = longest[kind] ?? 2000
  const rules: [boolean, string, string][] = [
    [unique && !canBeUnique, 'unique', 'Values of this kind can not be unique.'],
    [unique && sensitive, 'unique', 'What is sealed can not be compared, so it can not be unique.'],
    [maxLength !== null && !isText, 'maxLength', 'Only text has a length.'],
    [maxLength !== null && (maxLength < 1 || maxLength > most), 'maxLength', `Must be between 1 and ${most}.`],
    [pattern !== '' && !isText, 'pattern', 'Only text can have a pattern.'],
    [isChoice && options.length === 0, 'options', 'Give the options that there are to choose from.'],
    [!isChoice && options.length > 0, 'options', 'Only choices have options.'],
  ]
  const invalid = pattern === '' ? undefined : patternFault(pattern)
  const order = rangeFault(kind, min, max)
  return [
    ...rules.flatMap(([wrong, field, message]) => (wrong ? [{ field, message }] : [])),
    ...(invalid ? [{ field: 'pattern', message: invalid }] : []),
    ...(order ? [{ field: 'max', message: order }] : []),
  ]
}

function rangeFault(kind: FieldKind, min: string | null, max: string | null): string | undefined {
  if (min === null || max === null) return undefined
  const isTime = kind === 'date' || kind === 'date_time'
  return (isTime ? min > max : compareDecimals(min, max) > 0) ? 'Must not be less than the least value.' : undefined
}

function limit(given: Maybe<string>, before: string | null, field: string, kind: FieldKind, faults: Fault[]) {
  const text = given === undefined ? before : given?.trim() || null
  if (text === null) return null
  const found = limitOf(kind, text)
  if (found === undefined)
    faults.push({
      field,
      message:
        'Numbers, amounts and times have a range: write `0.5`, `2020-01-31`, or `2020-01-31T12:00:00Z`, as the kind of the field is.',
    })
  return found ?? null
}

function limitOf(kind: FieldKind, text: string): string | undefined {
  if (kind === 'integer' || kind === 'decimal' || kind === 'money') return canonicalDecimal(text)
  if (kind === 'date') return readDate(text)?.date?.toISOString().slice(0, 10)
  return kind === 'date_time' ? readMoment(text)?.dateTime?.toISOString() : undefined
}

const mostOptions = 500

function optionsOf(drafts: readonly OptionDraft[], faults: Fault[]): FieldOption[] {
  if (drafts.length > mostOptions) faults.push({ field: 'options', message: `Must be at most ${mostOptions}.` })
  const options = drafts.slice(0, mostOptions).map(({ value, labels, retired }, index): FieldOption => {
    const field = `options.${index}.value`
    const clean = checkText(value, field, { max: 100 }, faults)
    if (!clean) faults.push({ field, message: 'Must not be empty.' })
    if (drafts.findIndex((other) => other.value.trim() === clean) < index)
      faults.push({ field, message: 'Is there twice.' })
    return {
      value: clean,
      labels: checkTexts(labels ?? [], `options.${index}.labels`, { max: 100 }, faults),
      retired: retired ?? false,
    }
  })
  return options
}

/** The default has to fit, also one that was there before. */
function defaultOf(said: Said, before: FieldKind, given: Maybe<Given>, faults: Fault[]): FieldValue | null {
  if (given === null || (given === undefined && said.default === null)) return null
  if (said.unique || said.kind === 'file' || said.sensitive) {
    faults.push({ field: 'default', message: 'What is unique, sensitive or a file has no default: say null.' })
    return null
  }
  const wanted = given ?? (said.default === null ? {} : givenOf(said.default, before, said.kind))
  const value = checkValue(asDefinition(said), wanted, 'default', faults)
  return (value as FieldValue | null | undefined) ?? null // No file: that was refused above.
}

type Kept = Pick<Definition, KeptName>

const unkept: Kept = {
  id: '',
  version: 0,
  createdAt: new Date(0),
  updatedAt: new Date(0),
  retiredAt: null,
  indexedAt: null,
  formerKind: null,
  clears: false,
}

/** A definition as it would be, to check values against. */
export const asDefinition = (said: Said, kept: Kept = unkept): Definition => {
  const { id, version, createdAt, updatedAt, retiredAt, indexedAt, formerKind, clears } = kept
  return { ...said, id, version, createdAt, updatedAt, retiredAt, indexedAt, formerKind, clears }
}

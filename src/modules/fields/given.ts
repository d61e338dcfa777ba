import type { Json } from '../../database/json.ts'
import type { FieldKind, Member } from './kinds.ts'
import type { StoredValue } from './values.ts'

/** A file as somebody hands it over: its content in base64. */
export type GivenFile = { name: string; mediaType?: string | null | undefined; content: string }

/**
 * A value as somebody hands it over, before it is checked: under the member that the kind of the field wants, or, from a
 * table or a line of an import, as it is written there.
 */
export type Given = {
  text?: Maybe<string>
  integer?: Maybe<number>
  decimal?: Maybe<string>
  money?: Maybe<{ amount: string; currency: string }>
  boolean?: Maybe<boolean>
  date?: Maybe<Date>
  dateTime?: Maybe<Date>
  choices?: Maybe<string[]>
  file?: Maybe<GivenFile>
  written?: Maybe<Json>
}

type Maybe<T> = T | null | undefined

/** What somebody wants a custom field of a contact to be; null empties it. */
export type FieldDraft = { key: string; value: Given | null }

/** The member that is there, if it is one alone. */
export function memberOf(given: Given): Member | 'written' | undefined {
  const there = Object.entries(given).filter(([, value]) => value !== undefined && value !== null)
  return there.length === 1 ? (there[0]?.[0] as Member | 'written') : undefined // Object.entries forgets the keys.
}

/** A value that is kept as one kind, as it would be given for another one: as it would be written; for the same one, as it is. */
export function givenOf(value: StoredValue, from: FieldKind, to: FieldKind): Given {
  if (Array.isArray(value)) return to === 'choices' ? { choices: value } : { written: value.join('; ') }
  if (typeof value === 'object') {
    if ('amount' in value) return to === 'money' ? { money: value } : { written: value.amount }
    return { written: null }
  }
  if (from === to && typeof value === 'string' && to === 'choice') return { text: value }
  return from === to && typeof value === 'string' && to === 'decimal' ? { decimal: value } : { written: value }
}

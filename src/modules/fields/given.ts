import type { Json } from '../../database/json.ts'
import type { Member } from './kinds.ts'

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

import type { Json } from '../../database/json.ts'

/** Per field, its old and its new value. An absent `old` was not there, an absent `new` is gone. */
export type FieldChanges = Record<string, { old?: Json; new?: Json }>

/** The one place where the values of an entry are written … */
export const sealValues = (changes: FieldChanges): FieldChanges => changes

/** … and the one where they are read. */
export function openValues(stored: unknown): FieldChanges {
  return isChanges(stored) ? stored : {}
}

const isChanges = (value: unknown): value is FieldChanges =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

import type { Fault } from '../graphql/errors.ts'

/** How long a text may be, and whether it may have several lines. */
export type TextRule = { max: number; multiline?: boolean }

const CONTROL = /\p{Cc}/u
const CONTROL_EXCEPT_NEWLINE = /[^\P{Cc}\n]/u

/** Trims and normalises a text to NFC. Adds a fault, and answers `''`, where the text may not be stored. */
export function checkText(
  text: string | null | undefined,
  field: string,
  { max, multiline = false }: TextRule,
  faults: Fault[],
): string {
  const clean = (multiline ? (text ?? '').replace(/\r\n?/g, '\n') : (text ?? '')).normalize('NFC').trim()
  const message = textFault(clean, max, multiline)
  if (!message) return clean
  faults.push({ field, message })
  return ''
}

function textFault(text: string, max: number, multiline: boolean): string | undefined {
  if (text.length > max) return `Must have at most ${max} characters, has ${text.length}.`
  if (!text.isWellFormed()) return 'Holds half a character (a lone surrogate); type the text again.'
  if (multiline && CONTROL_EXCEPT_NEWLINE.test(text)) return 'Must not hold control characters other than line breaks.'
  if (!multiline && CONTROL.test(text)) return 'Must be one line without tabs or other control characters.'
  return undefined
}

import type { Language } from '../../../http/pages/language.ts'
import { textIn } from '../../fields/definition.ts'
import type { Definitions } from '../../fields/definitions.ts'
import { keyInAudit } from '../../fields/values.ts'
import { fieldWords, isFieldWord } from './words.ts'

/** What the reader knows a field by. */
export function labelOf(field: string, definitions: Definitions, language: Language): string {
  const key = keyInAudit(field)
  if (key !== undefined) return textIn(definitions.get(key)?.labels ?? {}, language) ?? key
  return isFieldWord(field) ? fieldWords[field][language] : field
}

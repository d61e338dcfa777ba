import type { FieldDefinition as Row } from '#prisma/client.ts'
import { type Texts, textsIn } from '../lawfulness/texts.ts'
import { type FieldKind, isFieldKind } from './kinds.ts'
import type { FieldValue } from './values.ts'

/** What can be chosen. `retired`: what was chosen before stays, and nobody can choose it any more. */
export type FieldOption = { value: string; labels: Texts; retired: boolean }

/** Who else may do what with a field, where the rights allow it, too. */
export type Openness = 'none' | 'see' | 'fill'

/** A custom field, as it was read from the database. */
export type Definition = Omit<
  Row,
  'kind' | 'formerKind' | 'labels' | 'help' | 'options' | 'default' | 'partners' | 'contact'
> & {
  kind: FieldKind
  /** While values are being brought into a new form: the kind that those have that are still to come. */
  formerKind: FieldKind | null
  labels: Texts
  help: Texts
  options: readonly FieldOption[]
  default: FieldValue | null
  partners: Openness
  contact: Openness
}

/** How keys of fields are. They stand in rights, histories and the names of indexes. */
export const isFieldKey = (text: string): boolean => /^[a-z][a-z0-9_]{0,39}$/.test(text) && text !== 'definitions'

/** A row, with the types that it was written with. */
export function definitionOf(row: Row): Definition {
  const { kind, formerKind, partners, contact } = row
  if (!isFieldKind(kind) || !(formerKind === null || isFieldKind(formerKind)) || !isFieldKey(row.key))
    throw new Error(`the field ${row.key} was altered past the product`)
  return {
    ...row,
    kind,
    formerKind,
    labels: textsIn(row.labels),
    help: textsIn(row.help),
    options: optionsOf(row.options),
    default: row.default as FieldValue | null, // Checked when it was written.
    partners: opennessOf(partners),
    contact: opennessOf(contact),
  }
}

/** A text in a language, or in the nearest one that there is: `de-AT` is found under `de`. */
export function textIn(texts: Texts, language: string | null | undefined): string | undefined {
  const [base = ''] = (language ?? '').split('-')
  return texts[language ?? ''] ?? texts[base] ?? texts['en'] ?? Object.values(texts)[0]
}

function optionsOf(json: unknown): FieldOption[] {
  if (!Array.isArray(json)) return []
  return json.map((option: unknown) => {
    const { value, labels, retired } = Object(option)
    return { value: String(value), labels: textsIn(labels), retired: retired === true }
  })
}

const opennessOf = (text: string): Openness => (text === 'see' || text === 'fill' ? text : 'none')

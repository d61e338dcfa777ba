import { type Fault, invalidInput, type LetheError } from '../../../graphql/errors.ts'
import type { ContactFilter, TextFilter } from '../../contacts/list/filter-inputs.ts'
import { pointKindList } from '../../contacts/points.ts'
import type { Definitions } from '../../fields/definitions.ts'

// What is saved outlasts whom it names: nothing would find them there when they are erased (Art. 17 GDPR). So what a person is called, or
// can be reached by, stands in no saved report: it can be asked for when the report is run (`filter`).

/** A contact without a person goes by the name of its organisation, which of a sole trader is that of a person. */
const names = ['givenName', 'familyName', 'displayName', 'organisation'] as const

/** What single persons are known by; not where they live, nor with whom they have an account. */
const telling = ['address', 'number', 'url', 'handle', 'street']
/** Text that can be anything, names among it; of choices and countries there are a few. */
const tellingKinds = ['text', 'long_text', 'email', 'phone', 'url', 'document']

const message =
  'A saved report names nobody, since it would outlast whom it names: give this as `filter` when you run it, or ask whether it is empty.'

/** Throws INVALID_INPUT with each condition by which a filter looks for single persons. */
export function refuseNames(filter: ContactFilter, definitions: Definitions): void {
  const fields = [...new Set(namesIn(filter, definitions, 'definition.filter'))]
  if (fields.length > 0) throw namesSomebody(fields)
}

/** That something saved would name somebody there. */
export const namesSomebody = (fields: readonly string[]): LetheError =>
  invalidInput(fields.map((field): Fault => ({ field, message, rule: 'names_somebody' })))

function namesIn(filter: ContactFilter, definitions: Definitions, path: string): string[] {
  const own = names.flatMap((name) => (looksFor(filter[name]) ? [`${path}.${name}`] : []))
  if (filter.birthDate?.equals) own.push(`${path}.birthDate.equals`)
  for (const { field, attributes } of pointKindList) {
    const given = filter[field]
    for (const attribute of Object.keys(attributes)) {
      const condition = given?.[attribute]
      if (telling.includes(attribute) && typeof condition === 'object' && looksFor(condition))
        own.push(`${path}.${field}.${attribute}`)
    }
  }
  for (const { key, is } of filter.customFields ?? []) {
    const definition = definitions.get(key)
    const tells = definition && (definition.unique || tellingKinds.includes(definition.kind))
    if (tells && (looksFor(is?.text) || is?.number?.equals)) own.push(`${path}.customFields.${key}`)
  }
  const parts = [
    ...(filter.and ?? []).map((part, index) => [part, `and.${index}`] as const),
    ...(filter.or ?? []).map((part, index) => [part, `or.${index}`] as const),
    ...(filter.not ? [[filter.not, 'not'] as const] : []),
  ]
  return [...own, ...parts.flatMap(([part, at]) => namesIn(part, definitions, `${path}.${at}`))]
}

/** Whether it is about some text; a domain (`@example.org`) is of many. */
const looksFor = (condition: TextFilter | null | undefined): boolean => {
  if (!condition) return false
  const { equals, in: among, contains, startsWith } = condition
  return [equals, contains, startsWith, ...(among ?? [])].some(
    (text) => typeof text === 'string' && !/^@[^@\s]+$/.test(text),
  )
}

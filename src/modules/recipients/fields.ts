import type { FieldChanges } from '../audit/values.ts'
import { contactFieldList } from '../contacts/fields.ts'
import { pointKindList } from '../contacts/points.ts'
import { keyInAudit } from '../fields/values.ts'
import { replaced } from './told.ts'

// What is ours alone: how contacts are sorted, and where they came from, is nothing that a recipient could have wrong.
const ours = ['tags', 'source', 'sourceAt', 'createdAt', 'updatedAt']

const ofContact = new Set<string>(contactFieldList.map(({ name }) => name).filter((name) => !ours.includes(name)))
const lists = new Set<string>(pointKindList.map(({ field }) => field))

/** Whether a field of Contact holds what recipients have to be told of when it is rectified. */
export const rectifiable = (name: string): boolean =>
  ofContact.has(name) || lists.has(name) || name === 'customField' || name === 'customFields'

/** The types of the log whose entries may tell of a rectification. */
export const rectifiedTypes: readonly string[] = ['Contact', ...pointKindList.map(({ type }) => type)]

/**
 * The fields of Contact that an entry of the log rectifies: those of which there was an old value, that somebody may have. What is
 * only added is none.
 */
export function rectifiedFields(entity: string, changes: FieldChanges): string[] {
  const names = replaced(changes, Object.keys(changes))
  if (entity === 'Contact') return names.filter((name) => ofContact.has(name) || keyInAudit(name) !== undefined)
  const point = pointKindList.find(({ type }) => type === entity)
  return point && names.some((name) => Object.hasOwn(point.attributes, name)) ? [point.field] : []
}

/** The type whose entries tell of a field: of one of Contact, or of another type, as `Order.number`. */
export const typeOf = (field: string): string =>
  pointKindList.find((kind) => kind.field === field)?.type ??
  (field.includes('.') && keyInAudit(field) === undefined ? field.slice(0, field.indexOf('.')) : 'Contact')

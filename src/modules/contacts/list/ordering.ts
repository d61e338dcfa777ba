import { Prisma } from '#prisma/client.ts'
import type { SortKey } from '../../../database/keyset.ts'
import type { Rights } from '../../../graphql/auth/rights.ts'
import type { Builder } from '../../../graphql/builder.ts'
import type { FieldSight } from '../../fields/filter.ts'
import { addFieldOrder, addSortDirection } from '../../fields/inputs.ts'
import { type CustomFieldOrder, fieldSortKeys } from '../../fields/ordering.ts'
import { type ContactFieldName, contactFieldList, contactFields } from '../fields.ts'

/** One key of `contacts(orderBy:)`: `{ familyName: ASC }`. */
export type ContactOrder = { [K in ContactFieldName]?: 'ASC' | 'DESC' | null | undefined } & {
  customField?: CustomFieldOrder | null | undefined
}

/** Adds the input type of orderings. Each field needs the right to read what it sorts by. */
export function addContactOrder(builder: Builder) {
  const direction = addSortDirection(builder)
  const customField = addFieldOrder(builder, direction)
  return builder.inputRef<ContactOrder>('ContactOrder').implement({
    description: 'One field to sort by; give several, one each, to sort by several.',
    auth: { read: 'contacts.contact' },
    isOneOf: true,
    fields: (t) => ({
      ...Object.fromEntries(
        contactFieldList
          .filter((field) => field.sortable !== false)
          .map(({ name, right }) => [name, t.field({ type: direction, auth: { read: right } })]),
      ),
      customField: t.field({ type: customField, description: 'By a custom field.' }),
    }),
  })
}

/**
 * The keys for an ordering. Without one, by display name, or by age for who may not read names; what is searched, the newest first. By
 * family name alone, those of one family are in the order of given names. The id comes last, so that the order is total.
 */
export function sortKeys(
  orderBy: readonly ContactOrder[],
  rights: Rights,
  fields: FieldSight,
  searching = false,
): SortKey[] {
  const keys = orderBy.flatMap((order) => [
    ...contactFieldList.flatMap(({ name }) => {
      const direction = order[name]
      return direction ? [sortKey(name, direction === 'DESC')] : []
    }),
    ...(order.customField ? fieldSortKeys(fields, order.customField) : []),
  ])
  // A field that comes again decides nothing any more.
  const distinct = keys.filter((key, index) => keys.findIndex(({ name }) => name === key.name) === index)
  // The order, and the cursors, tell what they go by.
  const usual = rights.canRead(contactFields.displayName.right) ? 'displayName' : 'createdAt'
  if (distinct.length === 0) distinct.push(searching ? sortKey('createdAt', true) : sortKey(usual, false))
  const [only] = distinct
  // As the index goes on; else all of one family would be read and sorted for a page.
  if (only?.name === 'familyName' && distinct.length === 1) distinct.push(sortKey('givenName', only.descending))
  const descending = distinct.at(-1)?.descending ?? false
  return [...distinct, { name: 'id', expression: Prisma.sql`c.contact_id`, type: 'uuid', descending }]
}

/** Whether contacts come in the order of time, by an index: in what of them a text is found says nothing about it. */
export const isByTime = ([first]: readonly SortKey[]): boolean =>
  first?.name === 'createdAt' || first?.name === 'updatedAt'

function sortKey(name: ContactFieldName, descending: boolean): SortKey {
  const { column, type } = contactFields[name]
  const value = Prisma.raw(`c.${column}`)
  // What isn't known comes last, whichever way.
  const unknown = Prisma.raw(descending ? "'-infinity'" : "'infinity'")
  if (type === 'date') {
    return { name, expression: Prisma.sql`coalesce(${value}, ${unknown}::date)`, type: 'date', descending }
  }
  if (name === 'sourceAt') {
    return {
      name,
      expression: Prisma.sql`coalesce(${value}, ${unknown}::timestamptz)`,
      type: 'timestamptz',
      descending,
    }
  }
  return { name, expression: value, type: type === 'timestamp' ? 'timestamptz' : 'text', descending }
}

import { Prisma } from '#prisma/client.ts'
import type { ContactRight } from './rights.ts'

/**
 * The built-in fields of a contact, declared once: filters, sorting and the audit log derive from this table; the
 * GraphQL types refer to its rights.
 */
export type ContactField = {
  /** Column of the table `contact`. */
  column: string
  type: 'text' | 'date' | 'timestamp' | 'tags'
  right: ContactRight
  /** False for what has no order that anybody would want. */
  sortable?: false
  /** A wider, indexed expression that contains the field, so that searching a part of it finds an index. */
  searched?: Prisma.Sql
}

/** What the trigram index over names covers. */
export const nameExpression = Prisma.sql`lethe_fold(c.display_name || ' ' || c.given_name || ' ' || c.family_name)`
export const organisationExpression = Prisma.sql`lethe_fold(c.organisation)`

export const contactFields = {
  title: { column: 'title', type: 'text', right: 'contacts.name' },
  givenName: { column: 'given_name', type: 'text', right: 'contacts.name', searched: nameExpression },
  familyName: { column: 'family_name', type: 'text', right: 'contacts.name', searched: nameExpression },
  displayName: { column: 'display_name', type: 'text', right: 'contacts.name', searched: nameExpression },
  organisation: {
    column: 'organisation',
    type: 'text',
    right: 'contacts.organisation',
    searched: organisationExpression,
  },
  jobTitle: { column: 'job_title', type: 'text', right: 'contacts.organisation' },
  birthDate: { column: 'birth_date', type: 'date', right: 'contacts.birthDate' },
  language: { column: 'language', type: 'text', right: 'contacts.preferences' },
  timeZone: { column: 'time_zone', type: 'text', right: 'contacts.preferences' },
  tags: { column: 'tags', type: 'tags', right: 'contacts.tags', sortable: false },
  source: { column: 'source', type: 'text', right: 'contacts.source' },
  sourceAt: { column: 'source_at', type: 'timestamp', right: 'contacts.source' },
  createdAt: { column: 'created_at', type: 'timestamp', right: 'contacts.contact' },
  updatedAt: { column: 'updated_at', type: 'timestamp', right: 'contacts.contact' },
} as const satisfies Record<string, ContactField>

export type ContactFieldName = keyof typeof contactFields

/** The fields of one type: `FieldsOfType<'text'>`. */
export type FieldsOfType<T extends ContactField['type']> = {
  [K in ContactFieldName]: (typeof contactFields)[K]['type'] extends T ? K : never
}[ContactFieldName]

/** All fields, with their names, as a list. */
export const contactFieldList: readonly (ContactField & { name: ContactFieldName })[] = Object.entries(
  contactFields,
).map(
  ([name, field]) => ({ ...field, name: name as ContactFieldName }), // Object.entries forgets the names of the keys.
)

/** The fields of one type, as a list. */
export const fieldsOfType = <T extends ContactField['type']>(type: T) =>
  contactFieldList.filter((field): field is ContactField & { name: FieldsOfType<T> } => field.type === type)

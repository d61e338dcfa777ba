import { type ContactPoint, Prisma } from '#prisma/client.ts'
import { along } from './along.ts'
import type { PointKind } from './draft.ts'
import { asDate } from './reading.ts'
import type { ContactRight } from './rights.ts'

/** How one kind of contact point stands in GraphQL and in the audit log. */
export type PointKindDefinition = {
  /** The GraphQL type. */
  type: string
  /** The field of Contact that lists them. */
  field: PointListField
  right: ContactRight
  /** The kind's own fields, and the columns (in Prisma's names) that hold them. All kinds have label, primary, verifiedAt. */
  attributes: Readonly<Record<string, PointColumn>>
}

export type PointListField = 'emails' | 'phones' | 'addresses' | 'websites' | 'messengers'

export type PointColumn = 'value' | 'service' | 'street' | 'postalCode' | 'city' | 'region' | 'country'

/** The kinds of contact point, declared once. */
export const pointKinds = {
  email: { type: 'EmailAddress', field: 'emails', right: 'contacts.email', attributes: { address: 'value' } },
  phone: { type: 'PhoneNumber', field: 'phones', right: 'contacts.phone', attributes: { number: 'value' } },
  address: {
    type: 'PostalAddress',
    field: 'addresses',
    right: 'contacts.address',
    attributes: { street: 'street', postalCode: 'postalCode', city: 'city', region: 'region', country: 'country' },
  },
  website: { type: 'Website', field: 'websites', right: 'contacts.website', attributes: { url: 'value' } },
  messenger: {
    type: 'Messenger',
    field: 'messengers',
    right: 'contacts.messenger',
    attributes: { service: 'service', handle: 'value' },
  },
} as const satisfies Record<PointKind, PointKindDefinition>

/** The kinds as a list. */
export const pointKindList = (Object.keys(pointKinds) as PointKind[]).map((kind) => ({ kind, ...pointKinds[kind] }))

/** Prisma's name of a point's column to PostgreSQL's. */
export const pointColumns: Readonly<Record<PointColumn | 'label', string>> = {
  label: 'label',
  value: 'value',
  service: 'service',
  street: 'street',
  postalCode: 'postal_code',
  city: 'city',
  region: 'region',
  country: 'country',
}

/** A point, as fields show it. */
export type Point = Omit<ContactPoint, 'contactId'>

/** All points of a contact: the primary ones first, then in the order in which they came (ids count up with time). */
export const contactPoints = along<Point>('points', {
  columns: {
    id: Prisma.sql`p.id`,
    kind: Prisma.sql`p.kind`,
    label: Prisma.sql`p.label`,
    primary: Prisma.sql`p.is_primary`,
    verifiedAt: { sql: Prisma.sql`p.verified_at`, read: asDate },
    undeliverableAt: { sql: Prisma.sql`p.undeliverable_at`, read: asDate },
    value: Prisma.sql`p.value`,
    service: Prisma.sql`p.service`,
    street: Prisma.sql`p.street`,
    postalCode: Prisma.sql`p.postal_code`,
    city: Prisma.sql`p.city`,
    region: Prisma.sql`p.region`,
    country: Prisma.sql`p.country`,
  },
  always: ['kind'],
  rows: (list) => Prisma.sql`(SELECT json_agg(${list} ORDER BY p.is_primary DESC, p.id)
   FROM contact_point p WHERE p.contact_id = c.contact_id)`,
})

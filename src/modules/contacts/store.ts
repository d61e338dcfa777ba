import { v7 as uuidv7 } from 'uuid'
import type { Prisma } from '#prisma/client.ts'
import type { Transaction } from '../../database/transact.ts'
import type { StoredFields } from '../fields/values.ts'
import { deriveDisplayName } from './check.ts'
import type { CheckedContact, CheckedPoint } from './draft.ts'

/** Where a contact's data came from. */
export type Provenance = { source: string; sourceAt: Date | null; importId?: string }

/** The rows of a new contact, with an id that grows with time. */
export function contactRows(contact: CheckedContact, provenance: Provenance) {
  const id = uuidv7()
  const now = new Date()
  const { columns, points } = contact
  const row = {
    ...emptyColumns, // so that rows are alike, and many of them are one statement
    ...columns,
    id,
    displayName: columns.displayName || deriveDisplayName(columns),
    ...provenance,
    createdAt: now,
    updatedAt: now,
  }
  return { row, points: points.map((point) => pointRow(id, point)) }
}

const emptyColumns = {
  title: '',
  givenName: '',
  familyName: '',
  organisation: '',
  jobTitle: '',
  birthDate: null,
  language: '',
  timeZone: '',
  tags: [],
  customFields: {} as StoredFields,
}

/** The row of a new contact point. */
export const pointRow = (contactId: string, point: CheckedPoint): Prisma.ContactPointCreateManyInput => ({
  ...point,
  contactId,
  id: uuidv7(),
})

/** Writes new contacts, any number of them, in two statements. */
export async function insertContacts(
  tx: Transaction,
  contacts: readonly ReturnType<typeof contactRows>[],
): Promise<void> {
  if (contacts.length === 0) return
  await tx.contact.createMany({ data: contacts.map(({ row }) => ({ ...row, customFields: { ...row.customFields } })) })
  const points = contacts.flatMap((contact) => contact.points)
  if (points.length > 0) await tx.contactPoint.createMany({ data: points })
}

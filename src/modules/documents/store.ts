import { v7 as uuidv7 } from 'uuid'
import type { Document } from '#prisma/client.ts'
import type { Database } from '../../database/client.ts'
import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { type Fault, invalidInput, notFound } from '../../graphql/errors.ts'
import { checkText } from '../check-text.ts'
import { contentKeyOf, sealForContact, sealForInstallation, usableKeys } from './content/keys.ts'
import type { Staged } from './content/stage.ts'
import { typeFor } from './document-types.ts'
import type { Personal } from './personal.ts'

/** To how many contacts a document may be linked. */
export const mostContacts = 1000

/** A document to be stored. */
export type NewDocument = {
  title: string
  typeKey: string
  /** Default: what the type says. */
  personal?: Personal | undefined
  /** UUIDs. With personal data at least one: without, nothing would erase it. */
  contacts: readonly string[]
}

/**
 * Stores a document, with what `stageContent` put away. In the log it stands with each contact, and who said that it holds no
 * personal data. Throws INVALID_INPUT; NOT_FOUND for a contact that there is none of, or that the caller doesn't see.
 */
export async function storeDocument(
  tx: Transaction,
  context: WorkContext,
  { staged, ...draft }: NewDocument & { staged: Staged },
): Promise<Document> {
  const { title, personal, contacts } = await checkDocument(tx, draft)
  const now = new Date()
  const id = uuidv7()
  const isNone = personal === 'none'
  const { contentKey } = staged
  const document = await tx.document.create({
    data: {
      ...{ id, typeKey: draft.typeKey, personal, contactCount: contacts.length, latest: 1 },
      title: isNone ? title : null,
      contentKey: isNone ? sealForInstallation(context.secrets, id, contentKey) : null,
      ...declaration(context, now),
      ...{ createdAt: now, updatedAt: now },
    },
  })
  await tx.documentVersion.create({ data: versionRow(context, id, 1, staged, now) })
  await addLinks(tx, context, document, { title, contentKey, contactIds: contacts })
  return document
}

/** Checks what is said of a document before its content comes. Throws as `storeDocument` does. */
export async function checkDocument(tx: Database | Transaction, draft: NewDocument) {
  const type = await typeFor(tx, draft.typeKey)
  const faults: Fault[] = []
  const title = checkTitle(draft.title, faults)
  const contacts = [...new Set(draft.contacts)]
  const personal = draft.personal ?? (type.personal as Personal)
  if (personal !== 'none' && contacts.length === 0) faults.push(needsContact('contacts'))
  if (contacts.length > mostContacts)
    faults.push({ field: 'contacts', message: `A document may belong to ${mostContacts} contacts.` })
  if (faults.length > 0) throw invalidInput(faults)
  const present = await tx.contact.count({ where: { id: { in: contacts }, mergedIntoId: null } })
  if (present !== contacts.length) throw notFound('Contact')
  return { title, personal, contacts, type }
}

/** A title as it is stored. */
export function checkTitle(given: string, faults: Fault[]): string {
  const before = faults.length
  const title = checkText(given, 'title', { max: 300 }, faults)
  if (!title && faults.length === before) faults.push({ field: 'title', message: 'Give the document a title.' })
  return title
}

/** What tells of persons has to go when they are erased: it needs a contact. */
export const needsContact = (field: string): Fault => ({
  field,
  message: 'A document with personal data belongs to at least one contact, or nothing would erase it.',
  rule: 'needs_contact',
})

/** Who says at this moment whether a document holds personal data. */
export const declaration = ({ actor }: Pick<WorkContext, 'actor'>, now: Date) => ({
  declaredBy: actor.kind,
  declarerId: actor.id,
  declaredAt: now,
})

/** Adds a version, staged with the document's key. Throws NOT_FOUND if the document was deleted meanwhile. */
export async function addVersion(
  tx: Transaction,
  context: WorkContext,
  { documentId, staged }: { documentId: string; staged: Staged },
): Promise<Document> {
  const found = await tx.document.findUnique({ where: { id: documentId } })
  if (!found) throw notFound('Document')
  const now = new Date()
  const latest = found.latest + 1
  // First, so that of several at once the others begin again, with another number.
  const document = await tx.document.update({
    where: { id: documentId },
    data: { latest, updatedAt: now, version: found.version + 1 },
  })
  await tx.documentVersion.create({ data: versionRow(context, documentId, latest, staged, now) })
  await tx.documentContact.updateMany({ where: { documentId }, data: { latest } })
  return document
}

const versionRow = ({ actor }: WorkContext, documentId: string, number: number, staged: Staged, createdAt: Date) => {
  const { contentKey: _, size, ...stored } = staged
  return { ...stored, size: BigInt(size), documentId, number, createdAt, actorKind: actor.kind, actorId: actor.id }
}

/** Links a document to further contacts, with the key under theirs if it holds personal data. */
export async function addLinks(
  tx: Transaction,
  context: WorkContext,
  { id: documentId, personal, latest }: Pick<Document, 'id' | 'personal' | 'latest'>,
  link: { title: string; contentKey: Uint8Array; contactIds: readonly string[]; copiedFrom?: string },
): Promise<void> {
  const { contactIds, copiedFrom = null } = link
  if (contactIds.length === 0) return
  const isNone = personal === 'none'
  const keyOf = await usableKeys(context, contactIds)
  const linkedAt = new Date()
  await tx.documentContact.createMany({
    data: contactIds.map((contactId) => {
      const id = uuidv7()
      const contentKey = isNone ? null : sealForContact(keyOf(contactId), { contactId, id }, link.contentKey)
      return { contactId, id, documentId, latest, linkedAt, copiedFrom, title: isNone ? '' : link.title, contentKey }
    }),
  })
}

/** A document's title, and the key of its files. */
export async function titleAndKey(tx: Database | Transaction, context: WorkContext, document: Document) {
  const contentKey = await contentKeyOf(tx, context, document)
  if (document.title !== null) return { title: document.title, contentKey }
  const link = await tx.documentContact.findFirst({ where: { documentId: document.id } })
  return { title: link?.title ?? '', contentKey }
}

import type { Document } from '#prisma/client.ts'
import { type Transaction, transact } from '../../database/transact.ts'
import type { Context } from '../../graphql/context.ts'
import { conflict, type Fault, invalidInput, notFound } from '../../graphql/errors.ts'
import { isBound, seenAmong } from '../contacts/sight.ts'
import { sealForContact, sealForInstallation, usableKeys } from './content/keys.ts'
import { removeDocuments } from './content/removal.ts'
import { typeFor } from './document-types.ts'
import type { Personal } from './personal.ts'
import { retainUntil } from './retention.ts'
import { onAllOf, seenDocument } from './sight.ts'
import { addLinks, checkTitle, declaration, mostContacts, needsContact, titleAndKey } from './store.ts'

/** What becomes of a document. What is undefined stays. */
export type DocumentChanges = {
  title?: string | undefined
  typeKey?: string | undefined
  personal?: Personal | undefined
}

/**
 * Changes what is said of a document. Who says whether it holds personal data is noted, and in the log. Throws NOT_FOUND, CONFLICT,
 * INVALID_INPUT.
 */
export function updateDocument(
  context: Context,
  { id, version, ...changes }: DocumentChanges & { id: string; version: number },
): Promise<Document> {
  return transact(onAllOf(context), 'updateDocument', async (tx) => {
    const found = await seenDocument(tx, context, id)
    if (found.version !== version) throw conflict(found.version)
    const faults: Fault[] = []
    const title = changes.title === undefined ? undefined : checkTitle(changes.title, faults)
    if (changes.personal && changes.personal !== 'none' && found.contactCount === 0)
      faults.push(needsContact('personal'))
    if (faults.length > 0) throw invalidInput(faults)
    if (changes.typeKey && changes.typeKey !== found.typeKey) await typeFor(tx, changes.typeKey)
    const now = new Date()
    const data = {
      ...(changes.typeKey && { typeKey: changes.typeKey }),
      ...(await declared(tx, context, found, { title, personal: changes.personal }, now)),
      ...{ updatedAt: now, version: version + 1 },
    }
    return tx.document.update({ where: { id: found.id }, data })
  })
}

/** Title and key lie with the contacts if it holds personal data, and else with the document: they move when that changes. */
async function declared(
  tx: Transaction,
  context: Context,
  found: Document,
  changes: { title: string | undefined; personal: Personal | undefined },
  now: Date,
) {
  const links = { documentId: found.id }
  const personal = changes.personal ?? found.personal
  const isNone = personal === 'none'
  const said = changes.personal && { personal, ...declaration(context, now) }
  if (isNone === (found.personal === 'none')) {
    if (changes.title === undefined) return said
    if (isNone) return { ...said, title: changes.title }
    await tx.documentContact.updateMany({ where: links, data: { title: changes.title } })
    return said
  }
  const { contentKey, title } = await titleAndKey(tx, context, found)
  const next = changes.title ?? title
  if (isNone) {
    await tx.documentContact.updateMany({ where: links, data: { title: '', contentKey: null } })
    return { ...said, title: next, contentKey: sealForInstallation(context.secrets, found.id, contentKey) }
  }
  const contacts = await tx.documentContact.findMany({ where: links, select: { contactId: true, id: true } })
  const keyOf = await usableKeys(
    context,
    contacts.map(({ contactId }) => contactId),
  )
  for (const link of contacts) {
    const sealed = sealForContact(keyOf(link.contactId), link, contentKey)
    const where = { contactId_id: link }
    await tx.documentContact.update({ where, data: { title: next, contentKey: sealed } })
  }
  return { ...said, title: null, contentKey: null }
}

type Link = { documentId: string; contactId: string }

/** Links a document to a contact; nothing happens if it is already. Throws NOT_FOUND, INVALID_INPUT, UNREADABLE. */
export function linkDocument(context: Context, { documentId, contactId }: Link): Promise<Document> {
  return transact(context, 'linkDocument', async (tx) => {
    const found = await seenDocument(tx, context, documentId)
    const contact = await tx.contact.findUnique({ where: { id: contactId, mergedIntoId: null }, select: { id: true } })
    if (!contact || !(await seenAmong(tx, context, [contactId])).has(contactId)) throw notFound('Contact')
    const where = { contactId_documentId: { contactId, documentId: found.id } }
    if (await tx.documentContact.findUnique({ where })) return found
    if (found.contactCount >= mostContacts)
      throw invalidInput([{ field: 'contact', message: `A document may belong to ${mostContacts} contacts.` }])
    await addLinks(tx, context, found, { ...(await titleAndKey(tx, context, found)), contactIds: [contactId] })
    return counted(tx, found, 1)
  })
}

/**
 * Takes a link away. The last one of a document with personal data stays: delete the document instead. So does, for whoever is bound to
 * purposes, the last one that they see, or what becomes of it would tell whether there are others. Throws NOT_FOUND, INVALID_INPUT.
 */
export function unlinkDocument(context: Context, { documentId, contactId }: Link): Promise<Document> {
  return transact(context, 'unlinkDocument', async (tx) => {
    const found = await seenDocument(tx, context, documentId)
    const where = { contactId_documentId: { contactId, documentId: found.id } }
    const link = await tx.documentContact.findUnique({ where })
    if (!link || !(await seenAmong(tx, context, [contactId])).has(contactId)) throw notFound('Contact')
    if (isBound(context) && (await seenLinks(tx, context, found.id)) === 1) throw invalidInput([lastSeen])
    if (found.personal !== 'none' && found.contactCount === 1) throw invalidInput([needsContact('contact')])
    await tx.documentContact.delete({ where: { contactId_id: { contactId, id: link.id } } })
    return counted(tx, found, -1)
  })
}

async function seenLinks(tx: Transaction, context: Context, documentId: string): Promise<number> {
  const links = await tx.documentContact.findMany({ where: { documentId }, select: { contactId: true } })
  const ids = links.map(({ contactId }) => contactId)
  return (await seenAmong(tx, context, ids)).size
}

const lastSeen: Fault = {
  field: 'contact',
  message: 'The last contact that you see of a document stays.',
  rule: 'last_seen',
}

// The count, too, makes two who link and unlink at once wait for each other: none sees what the other leaves undone.
const counted = (tx: Transaction, { id, contactCount, version }: Document, more: 1 | -1) =>
  tx.document.update({
    where: { id },
    data: { contactCount: contactCount + more, updatedAt: new Date(), version: version + 1 },
  })

/**
 * Deletes a document for good, with all its versions. Throws NOT_FOUND, CONFLICT for another version, and INVALID_INPUT while the
 * retention class of its type wants it kept: what isn't of that kind gets another type first, which stands in the log.
 */
export function deleteDocument(context: Context, { id, version }: { id: string; version: number }): Promise<string> {
  return transact(onAllOf(context), 'deleteDocument', async (tx) => {
    const found = await seenDocument(tx, context, id)
    if (found.version !== version) throw conflict(found.version)
    const until = await keptUntil(tx, found)
    if (until && until > new Date()) throw invalidInput([kept(until)])
    await tx.documentContact.deleteMany({ where: { documentId: found.id } })
    await removeDocuments(tx, [found.id])
    return found.id
  })
}

async function keptUntil(tx: Transaction, { typeKey, createdAt }: Document): Promise<Date | null> {
  const type = await tx.documentType.findUnique({ where: { key: typeKey } })
  const key = type?.retentionKey
  const retention = key ? await tx.retentionClass.findUnique({ where: { key } }) : null
  return retention && retainUntil(retention, createdAt)
}

const kept = (until: Date): Fault => ({
  field: 'id',
  message:
    `Documents of this type are kept by law, this one until ${until.toISOString().slice(0, 10)}. ` +
    'If it is of another kind, change its type first.',
  rule: 'kept',
})

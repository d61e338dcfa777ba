import { v7 as uuidv7 } from 'uuid'
import type { Contact, ContactPoint } from '#prisma/client.ts'
import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { invalidInput, notFound } from '../../graphql/errors.ts'
import { readForUpdate, touch } from './update.ts'

// A merge copies into the target what it lacks, and hides the source; nothing is thrown away, so that it can be undone.

const mergedColumns = [
  'title',
  'givenName',
  'familyName',
  'organisation',
  'jobTitle',
  'birthDate',
  'language',
  'timeZone',
  'source',
  'sourceAt',
] as const

type Filled = Partial<Pick<Contact, (typeof mergedColumns)[number] | 'tags'>>

/** Merges contacts into one that stays. Throws NOT_FOUND, INVALID_INPUT, or CONFLICT for another version of the target. */
export async function mergeContacts(
  context: WorkContext,
  target: { id: string; version: number },
  sourceIds: readonly string[],
): Promise<void> {
  const ids = [...new Set(sourceIds)]
  if (ids.length === 0) throw invalidInput([{ field: 'sourceIds', message: 'Name at least one contact to merge.' }])
  if (ids.length > 50) throw invalidInput([{ field: 'sourceIds', message: 'At most 50 at once.' }])
  if (ids.includes(target.id)) throw invalidInput([{ field: 'sourceIds', message: 'A contact can\'t be merged into itself.' }])
  await transact(context, 'mergeContacts', async (tx) => {
    let version = target.version
    for (const id of ids) {
      await mergeOne(tx, await readForUpdate(tx, target.id, version), await readForUpdate(tx, id))
      version++
    }
  })
}

type Read = { contact: Contact; points: ContactPoint[] }

async function mergeOne(tx: Transaction, target: Read, source: Read) {
  const filled = fillGaps(target.contact, source.contact)
  const lacking = source.points.filter((point) => !target.points.some((own) => sameAs(own, point)))
  const copies = lacking.map((point) => ({
    ...point,
    contactId: target.contact.id,
    id: uuidv7(),
    primary: point.primary && !target.points.some((own) => own.kind === point.kind && own.primary),
  }))
  if (copies.length > 0) await tx.contactPoint.createMany({ data: copies })
  const tags = [...target.contact.tags, ...(filled.tags ?? [])]
  await touch(tx, target.contact, { ...filled, tags })
  await touch(tx, source.contact, { mergedIntoId: target.contact.id })
  await tx.contactMerge.create({
    data: {
      contactId: target.contact.id,
      id: uuidv7(),
      sourceId: source.contact.id,
      filled: JSON.parse(JSON.stringify(filled)), // dates as text
      pointIds: copies.map(({ id }) => id),
      mergedAt: new Date(),
    },
  })
}

function fillGaps(target: Contact, source: Contact): Filled {
  const gaps = mergedColumns.filter((column) => !target[column] && source[column])
  const tags = source.tags.filter((tag) => !target.tags.includes(tag))
  return { ...Object.fromEntries(gaps.map((column) => [column, source[column]])), ...(tags.length > 0 && { tags }) }
}

const sameAs = (a: ContactPoint, b: ContactPoint) =>
  a.kind === b.kind && a.service === b.service && a.value.toLowerCase() === b.value.toLowerCase()

/**
 * Takes a merge back: the source stands on its own again, and the target loses what the merge gave it, except what was
 * changed since. Returns both ids. Throws NOT_FOUND, INVALID_INPUT when it was taken back already.
 */
export async function undoMerge(context: WorkContext, merge: { contactId: string; id: string }) {
  return transact(context, 'undoMerge', async (tx) => {
    const record = await tx.contactMerge.findUnique({ where: { contactId_id: merge } })
    if (!record) throw notFound('ContactMerge')
    if (record.undoneAt) throw invalidInput([{ field: 'id', message: 'This merge was taken back already.' }])
    const { contact, points } = await readForUpdate(tx, record.contactId)
    const source = await tx.contact.findUnique({ where: { id: record.sourceId }, include: { points: true } })
    if (source?.mergedIntoId !== contact.id) throw notFound('Contact')
    const copied = points.filter((point) => record.pointIds.includes(point.id) && source.points.some((own) => sameAs(own, point)))
    if (copied.length > 0) {
      await tx.contactPoint.deleteMany({ where: { contactId: contact.id, id: { in: copied.map(({ id }) => id) } } })
      await restorePrimaries(tx, points.filter((point) => !copied.includes(point)))
    }
    await touch(tx, contact, emptied(contact, record.filled))
    const { points: _points, ...sourceRow } = source
    await touch(tx, sourceRow, { mergedIntoId: null })
    await tx.contactMerge.update({ where: { contactId_id: merge }, data: { undoneAt: new Date() } })
    return { targetId: contact.id, sourceId: source.id }
  })
}

/** What empties the fields that still hold what the merge wrote. */
function emptied(contact: Contact, filled: unknown): Partial<Contact> {
  const written = new Map(Object.entries(typeof filled === 'object' && filled ? filled : {}))
  const changes: Partial<Contact> = {}
  for (const column of mergedColumns) {
    const value = contact[column]
    const stored = value instanceof Date ? value.toISOString() : value
    if (!written.has(column) || written.get(column) !== stored) continue
    if (column === 'birthDate' || column === 'sourceAt') changes[column] = null
    else changes[column] = ''
  }
  const tags: unknown = written.get('tags')
  if (Array.isArray(tags)) changes.tags = contact.tags.filter((tag) => !tags.includes(tag))
  return changes
}

/** A kind whose primary point went away gets the oldest one left. */
async function restorePrimaries(tx: Transaction, left: readonly ContactPoint[]) {
  for (const kind of new Set(left.map((point) => point.kind))) {
    const own = left.filter((point) => point.kind === kind)
    const first = own[0]
    if (!first || own.some((point) => point.primary)) continue
    const { contactId, id } = first
    await tx.contactPoint.update({ where: { contactId_id: { contactId, id } }, data: { primary: true } })
  }
}

import type { Contact, ContactMerge, ContactPoint } from '#prisma/client.ts'
import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { invalidInput, notFound } from '../../graphql/errors.ts'
import { carryFields, dropFields, lackingFields, reclaimFields, unchangedFields } from '../fields/carry.ts'
import { currentDefinitions, type Definitions } from '../fields/definitions.ts'
import { type StoredFields, storedFields } from '../fields/values.ts'
import { deriveDisplayName } from './check.ts'
import { pointKey } from './check-points.ts'
import { asJson, type Filled, lacking, mergedColumns } from './merge.ts'
import { type Seer, seenAmong } from './sight.ts'
import { readForUpdate, readSeen, touch, type WithPoints } from './update.ts'

/**
 * Takes a merge back: the source stands on its own again, and the target loses what the merge gave it, except what was
 * changed since, or what another contact merged into it has, too. Throws NOT_FOUND, INVALID_INPUT when it was taken back
 * already.
 */
export async function undoMerge(context: WorkContext, merge: { contactId: string; id: string }) {
  return transact(context, 'undoMerge', async (tx) => {
    const definitions = await currentDefinitions(tx)
    const seen = await seenAmong(tx, context, [merge.contactId])
    const record = seen.size > 0 ? await tx.contactMerge.findUnique({ where: { contactId_id: merge } }) : null
    if (!record) throw notFound('ContactMerge')
    if (record.undoneAt) throw invalidInput([{ field: 'mergeId', message: 'This merge was taken back already.' }])
    const target = await readForUpdate(tx, context, record.contactId, undefined, 'targetId')
    const source = await readMerged(tx, context, record)
    if (!source) throw notFound('Contact')

    const taken = target.points.filter((point) => record.pointIds.includes(point.id) && hasUnchanged(source, point))
    const left = target.points.filter((point) => !taken.includes(point))
    const emptied = emptiedBy(target.contact, record.filled)
    const before = storedFields(target.contact.customFields)
    const lost = unchangedFields(before, fieldsIn(record.filled))
    const kept = await dropFields(tx, context.keys, target.contact.id, before, lost)
    const rest = { contact: { ...target.contact, ...emptied }, points: left }
    const ids = taken.map(({ id }) => id)
    if (ids.length > 0) await tx.contactPoint.deleteMany({ where: { contactId: target.contact.id, id: { in: ids } } })
    const given = await giveFromOthers(tx, context, record, rest, { ...target, points: taken })
    const back = await fieldsFromOthers(tx, context, definitions, record, kept, lost)
    const columns = { ...emptied, ...given.columns }
    const points = [...left, ...given.copies]
    await restorePrimaries(tx, points)
    // The merge renamed the target only if its name was made from the others; then it still follows them.
    const renamed = given.renamed && target.contact.displayName === deriveDisplayName(target.contact)
    const displayName = deriveDisplayName({ ...rest.contact, ...columns })
    const customFields = { ...kept, ...back }
    await touch(tx, target.contact, { ...columns, customFields, ...(renamed && { displayName }) })
    await reclaimFields(tx, context, definitions, source.contact.id, storedFields(source.contact.customFields))
    await touch(tx, source.contact, { mergedIntoId: null })
    await tx.contactMerge.update({ where: { contactId_id: merge }, data: { undoneAt: new Date() } })
    const pair = { targetId: target.contact.id, sourceId: source.contact.id }
    for (const { unmerged } of context.merging ?? []) await unmerged(tx, context, pair)
    return pair
  })
}

/** The contact that a merge hid, unless it has been erased or stands on its own, or the caller doesn't see it. */
async function readMerged(tx: Transaction, seer: Seer, { contactId, sourceId }: ContactMerge) {
  const found = await readSeen(tx, seer, sourceId)
  return found?.contact.mergedIntoId === contactId ? found : undefined
}

const compared = ['kind', 'label', 'value', 'service', 'street', 'postalCode', 'city', 'region', 'country'] as const

const hasUnchanged = (source: WithPoints, point: ContactPoint) =>
  source.points.some(
    (own) =>
      compared.every((column) => own[column] === point[column]) &&
      own.verifiedAt?.getTime() === point.verifiedAt?.getTime(),
  )

/** What empties the fields that still hold what the merge wrote. */
function emptiedBy(contact: Contact, filled: unknown): Columns {
  const written = writtenBy(filled)
  const changes: Columns = {}
  for (const column of mergedColumns) {
    const value = contact[column]
    const stored = value instanceof Date ? value.toISOString() : value
    if (!written.has(column) || written.get(column) !== stored) continue
    if (column === 'birthDate' || column === 'sourceAt') changes[column] = null
    else changes[column] = ''
  }
  const tags = textsOf(written.get('tags'))
  if (tags.length > 0) changes.tags = contact.tags.filter((tag) => !tags.includes(tag))
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
    first.primary = true // the display name may be made from it
  }
}

/** Gives the target again what it lost, as far as it is also in other contacts that are merged into it. */
async function giveFromOthers(tx: Transaction, seer: Seer, undone: ContactMerge, target: WithPoints, lost: WithPoints) {
  const others = await tx.contactMerge.findMany({
    where: { contactId: undone.contactId, undoneAt: null, id: { not: undone.id } },
    orderBy: { id: 'asc' },
  })
  const lostPoints = new Set(lost.points.map(pointKey))
  const renamed = [undone, ...others].some(({ filled }) => writtenBy(filled).has('displayName'))
  const columns: Columns = {}
  const given: ContactPoint[] = []
  for (const other of others) {
    const source = await readMerged(tx, seer, other)
    if (!source) continue
    const current = { contact: { ...target.contact, ...columns }, points: [...target.points, ...given] }
    const all = lacking(current, source)
    const filled = onlyLost(all.filled, lost.contact)
    const copies = all.copies.filter((point) => lostPoints.has(pointKey(point)))
    if (Object.keys(filled).length === 0 && copies.length === 0) continue
    Object.assign(columns, filled, filled.tags && { tags: [...current.contact.tags, ...filled.tags] })
    given.push(...copies)
    if (copies.length > 0) await tx.contactPoint.createMany({ data: copies })
    const before = writtenBy(other.filled)
    const tags = [...textsOf(before.get('tags')), ...(filled.tags ?? [])]
    await tx.contactMerge.update({
      where: { contactId_id: { contactId: other.contactId, id: other.id } },
      data: {
        filled: asJson({
          ...Object.fromEntries(before),
          ...filled,
          ...(tags.length > 0 && { tags }),
          ...(renamed && { displayName: '' }),
        }),
        pointIds: [...other.pointIds, ...copies.map(({ id }) => id)],
      },
    })
  }
  return { columns, copies: given, renamed }
}

/** Custom fields that the target lost and another contact has that is merged into it: the first of them gives them again. */
async function fieldsFromOthers(
  tx: Transaction,
  context: WorkContext,
  definitions: Definitions,
  undone: ContactMerge,
  kept: StoredFields,
  lost: readonly string[],
): Promise<StoredFields> {
  const back: Record<string, StoredFields[string]> = {}
  if (lost.length === 0) return back
  const others = await tx.contactMerge.findMany({
    where: { contactId: undone.contactId, undoneAt: null, id: { not: undone.id } },
    orderBy: { id: 'asc' },
  })
  for (const other of others) {
    const source = await readMerged(tx, context, other)
    if (!source) continue
    const offered = lackingFields({ ...kept, ...back }, storedFields(source.contact.customFields))
    const wanted = Object.fromEntries(Object.entries(offered).filter(([key]) => lost.includes(key)))
    if (Object.keys(wanted).length === 0) continue
    const carried = await carryFields(tx, context, definitions, wanted, source.contact.id, undone.contactId)
    Object.assign(back, carried)
    const filled = Object.fromEntries(writtenBy(other.filled))
    const customFields = { ...fieldsIn(other.filled), ...carried }
    await tx.contactMerge.update({
      where: { contactId_id: { contactId: other.contactId, id: other.id } },
      data: { filled: asJson({ ...filled, customFields }) },
    })
  }
  return back
}

/** The custom fields that a merge wrote. */
const fieldsIn = (filled: unknown): StoredFields => storedFields(writtenBy(filled).get('customFields'))

type Columns = Omit<Partial<Contact>, 'customFields'>

/** Of what could be filled in, only what was there before: the rest somebody emptied on purpose. */
function onlyLost({ tags, customFields: _, ...columns }: Filled, before: Contact): Omit<Filled, 'customFields'> {
  const origin = ['source', 'sourceAt'] // as in lacking(), one thing
  const had = Object.entries(columns).filter(
    ([column]) => (origin.includes(column) ? origin : [column]).some((name) => Boolean(before[name as keyof Contact])), // entries forget keys
  )
  const hadTags = tags?.filter((tag) => before.tags.includes(tag)) ?? []
  return { ...Object.fromEntries(had), ...(hadTags.length > 0 && { tags: hadTags }) }
}

const writtenBy = (filled: unknown) =>
  new Map<string, unknown>(Object.entries(typeof filled === 'object' && filled ? filled : {}))

const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])

import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { findEntryKeys } from '../audit/category-keys.ts'
import { openValues, placeOf } from '../audit/values.ts'
import { rectifiedFields, rectifiedTypes } from './fields.ts'
import { addNotices } from './notices.ts'
import type { News, NoticeKind, ToldEntry } from './told.ts'

/** What recipients are to be told of, of one contact: what somebody changed in one unit of work. */
export type Occasion = {
  kind: NoticeKind
  contactId: string
  actorKind: string
  actorId: string | null
  /** When it happened; of a restriction, from when on it holds. */
  changedAt: Date
  /** When it is told, at the earliest. */
  dueAt: Date
  /** As `RecipientRead` names them; of the kind `rectified` alone. */
  fields: Set<string>
  /** Of which record they are; empty: of the contact itself. */
  record: string
}

type Leaf = {
  index: bigint
  contactId: string | null
  id: string
  requestId: string
  actorKind: string
  actorId: string | null
  operation: string
  entity: string
  entityId: string
  recordedAt: Date
  values: Uint8Array | null
  settled: boolean
}

const batch = 500

/**
 * Looks through the log, from where it was left, for rectifications, and notes who has to be told of them. How far it came is noted in
 * the same unit of work: nothing is missed, and nothing comes twice, whenever a process is killed. Returns whether there is more.
 *
 * @param settledFor Milliseconds that an entry has to be old: a partner who just read the old value is noted by then.
 */
export function noteRectifications(context: WorkContext, settledFor = 2000): Promise<boolean> {
  return transact(context, 'noteRecipients', async (tx) => {
    const [cursor] = await tx.$queryRaw<{ position: bigint }[]>`SELECT position FROM recipient_cursor FOR UPDATE`
    if (!cursor) throw new Error('nothing tells how far the log was looked through')
    const { tellings = [] } = context
    const types = [...rectifiedTypes, ...tellings.flatMap(({ entities }) => entities)]
    const leaves = await tx.$queryRaw<Leaf[]>`
      SELECT l.leaf_index AS index, e.contact_id AS "contactId", l.entry_id AS id, e.request_id AS "requestId",
        e.actor_kind AS "actorKind", e.actor_id AS "actorId", e.operation, e.entity, e.entity_id AS "entityId", e.recorded_at AS "recordedAt", e.values,
        coalesce(e.recorded_at, '-infinity') <= now() - ${settledFor} * interval '1 millisecond' AS settled
      FROM audit_leaf l LEFT JOIN audit_entry e ON e.contact_id = l.contact_id AND e.id = l.entry_id
        AND e.action IN ('updated', 'removed') AND e.entity = ANY(${types})
      WHERE l.leaf_index >= ${cursor.position} ORDER BY l.leaf_index LIMIT ${batch}`
    const young = leaves.findIndex(({ settled }) => !settled)
    const ready = young === -1 ? leaves : leaves.slice(0, young)
    const last = ready.at(-1)
    if (!last) return false
    await addNotices(tx, context, await occasionsIn(tx, context, ready))
    await tx.recipientCursor.update({ where: { id: 1 }, data: { position: last.index + 1n } })
    return ready.length === batch
  })
}

/** What of it recipients are to be told of, of contacts that are still there. */
async function occasionsIn(
  tx: Transaction,
  { keys, tellings = [] }: WorkContext,
  leaves: readonly Leaf[],
): Promise<Occasion[]> {
  const entries = leaves.flatMap((leaf) => (leaf.contactId === null ? [] : [{ ...leaf, contactId: leaf.contactId }]))
  if (entries.length === 0) return []
  const ids = [...new Set(entries.map(({ contactId }) => contactId))]
  const present = new Set(
    (await tx.contact.findMany({ where: { id: { in: ids } }, select: { id: true } })).map(({ id }) => id),
  )
  const keyOf = await findEntryKeys(tx, keys, ids)
  const opened = entries.flatMap(({ values, ...entry }) => {
    const { contactId, id } = entry
    const key = keyOf.get(contactId)
    // Who was erased meanwhile is forgotten.
    if (!present.has(contactId) || key === 'destroyed') return []
    return [{ ...entry, changes: openValues(key, placeOf(contactId, id), values) }]
  })
  const news: News<(typeof opened)[number]>[] = opened.map((entry) => {
    const fields = rectifiedFields(entry.entity, entry.changes)
    return { entry, kind: 'rectified', fields, record: '' }
  })
  for (const telling of tellings) {
    const known = opened.filter(({ entity }) => telling.entities.includes(entity))
    if (known.length > 0) news.push(...(await telling.news(tx, known)))
  }
  return together(news.filter(({ kind, fields }) => kind !== 'rectified' || fields.length > 0))
}

/** What one unit of work did to one record is told as one. */
function together(news: readonly News<Omit<Leaf, 'values' | 'contactId'> & ToldEntry>[]): Occasion[] {
  const found = new Map<string, Occasion>()
  for (const { entry, kind, fields, record, from } of news) {
    const { contactId, requestId, actorKind, actorId, recordedAt } = entry
    const name = [contactId, requestId, actorId, kind, record].join(' ')
    const changedAt = from ?? recordedAt
    const dueAt = kind === 'unrestricted' ? changedAt : recordedAt
    const one = found.get(name) ?? {
      ...{ kind, contactId, actorKind, actorId, changedAt, dueAt, record },
      fields: new Set<string>(),
    }
    for (const field of fields) one.fields.add(field)
    found.set(name, one)
  }
  return [...found.values()]
}

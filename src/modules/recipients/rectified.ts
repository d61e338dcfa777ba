import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import type { Keys } from '../../keys/keys.ts'
import { openValues, placeOf } from '../audit/values.ts'
import { rectifiedFields, rectifiedTypes } from './fields.ts'
import { addNotices } from './notices.ts'

/** A rectification: fields of a contact that somebody changed in one unit of work. */
export type Rectification = {
  contactId: string
  requestId: string
  actorKind: string
  actorId: string | null
  changedAt: Date
  fields: Set<string>
}

type Leaf = {
  index: bigint
  contactId: string | null
  id: string
  requestId: string
  actorKind: string
  actorId: string | null
  action: string
  entity: string
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
    const leaves = await tx.$queryRaw<Leaf[]>`
      SELECT l.leaf_index AS index, e.contact_id AS "contactId", l.entry_id AS id, e.request_id AS "requestId",
        e.actor_kind AS "actorKind", e.actor_id AS "actorId", e.action, e.entity, e.recorded_at AS "recordedAt", e.values,
        coalesce(e.recorded_at, '-infinity') <= now() - ${settledFor} * interval '1 millisecond' AS settled
      FROM audit_leaf l LEFT JOIN audit_entry e ON e.contact_id = l.contact_id AND e.id = l.entry_id
        AND e.action IN ('updated', 'removed') AND e.entity = ANY(${[...rectifiedTypes]})
      WHERE l.leaf_index >= ${cursor.position} ORDER BY l.leaf_index LIMIT ${batch}`
    const young = leaves.findIndex(({ settled }) => !settled)
    const ready = young === -1 ? leaves : leaves.slice(0, young)
    const last = ready.at(-1)
    if (!last) return false
    await addNotices(tx, context, await rectificationsIn(tx, context.keys, ready))
    await tx.recipientCursor.update({ where: { id: 1 }, data: { position: last.index + 1n } })
    return ready.length === batch
  })
}

/** What of it are rectifications of contacts that are still there. */
async function rectificationsIn(tx: Transaction, keys: Keys, leaves: readonly Leaf[]): Promise<Rectification[]> {
  const entries = leaves.flatMap((leaf) => (leaf.contactId === null ? [] : [{ ...leaf, contactId: leaf.contactId }]))
  if (entries.length === 0) return []
  const ids = [...new Set(entries.map(({ contactId }) => contactId))]
  const present = new Set(
    (await tx.contact.findMany({ where: { id: { in: ids } }, select: { id: true } })).map(({ id }) => id),
  )
  const found = new Map<string, Rectification>()
  const keyOf = await keys.find(ids)
  for (const { contactId, id, requestId, actorKind, actorId, recordedAt, entity, values } of entries) {
    const key = keyOf.get(contactId)
    // Who was erased meanwhile is forgotten.
    if (!present.has(contactId) || key === 'destroyed') continue
    const fields = rectifiedFields(entity, openValues(key, placeOf(contactId, id), values))
    if (fields.length === 0) continue
    const name = `${contactId} ${requestId} ${actorId}`
    const one = found.get(name) ?? {
      contactId,
      requestId,
      actorKind,
      actorId,
      changedAt: recordedAt,
      fields: new Set(),
    }
    for (const field of fields) one.fields.add(field)
    found.set(name, one)
  }
  return [...found.values()]
}

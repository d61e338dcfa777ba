import { Prisma } from '#prisma/client.ts'
import {
  cutPage,
  type PageArguments,
  type PagePlan,
  planPage,
  type SortKey,
  writeCursor,
} from '../../database/keyset.ts'
import { pageSize } from '../../graphql/builder.ts'
import type { Actor, Context } from '../../graphql/context.ts'
import { answering, seenContacts } from '../contacts/sight.ts'
import { keyOf } from './opening.ts'
import { newestEntries, type Selection } from './search.ts'
import { aboutContacts, newest } from './tables.ts'

/**
 * What can have happened, as it is stored. `read`: somebody looked at what is sensitive; `refused`: somebody was turned away,
 * such as from signing in.
 */
export type AuditAction = 'created' | 'updated' | 'removed' | 'erased' | 'read' | 'refused'

/** An entry of either table, as it is stored: nothing of it has been checked against anybody's rights. */
export type StoredEntry = {
  id: string
  contactId: string | null
  /** The how manieth entry about its contact; null for those about none. */
  sequence: bigint | null
  recordedAt: Date
  transactionId: bigint
  requestId: string
  actorKind: Actor['kind']
  actorId: string | null
  action: AuditAction
  operation: string
  entity: string
  entityId: string
  /** Null only if somebody went past the product, like everything that can't be null here. */
  fields: string[] | null
  /** Sealed under the key of the contact, or of the installation. */
  values: Uint8Array | null
}

/** A page of entries, as a connection wants it. */
export type EntryPage = {
  edges: { cursor: string; node: StoredEntry }[]
  hasNextPage: boolean
  hasPreviousPage: boolean
}

/** A row of entries with what its cursor is made of. */
export type EntryRow = StoredEntry & Record<string, unknown>

// Ids are UUIDv7, so this is the order of time, and an index of both tables.
const newestFirst: SortKey[] = [{ name: 'id', expression: Prisma.sql`e.id`, type: 'uuid', descending: true }]

// So many erased entries are passed over at a time, at most.
const mostAtOnce = 5000

/**
 * A page of the whole log, without the entries about contacts that the caller doesn't see. What was selected by something
 * that entries of erased contacts don't tell leaves these out: they can't be found by it.
 */
export async function listEntries(context: Context, selection: Selection, page: PageArguments): Promise<EntryPage> {
  const plan = planPage(newestFirst, page, pageSize)
  const kept: EntryRow[] = []
  let range = [...selection.range, ...plan.conditions]
  for (let limit = plan.limit; ; limit = Math.min(limit * 4, mostAtOnce)) {
    context.signal?.throwIfAborted()
    const rows = await newestEntries(context, { ...selection, range }, { ...plan, limit })
    kept.push(...(selection.tellsWhat ? await withoutErased(context, rows) : rows))
    const last = rows.at(-1)
    if (!last || rows.length < limit || kept.length >= plan.limit) break
    range = [...range, plan.backward ? Prisma.sql`e.id > ${last.id}::uuid` : Prisma.sql`e.id < ${last.id}::uuid`]
  }
  return pageOf(plan, kept.slice(0, plan.limit), page)
}

async function withoutErased(context: Context, rows: readonly EntryRow[]): Promise<EntryRow[]> {
  const erased = await Promise.all(rows.map(async (row) => (await keyOf(context, row)) === 'destroyed'))
  return rows.filter((_row, index) => !erased[index])
}

/** A page of entries for each of these contacts, in one statement; pages in the order of the contacts. */
export async function listHistories(
  context: Context,
  contactIds: readonly string[],
  conditions: readonly Prisma.Sql[],
  page: PageArguments,
): Promise<EntryPage[]> {
  const plan = planPage(newestFirst, page, pageSize)
  const ofContact = [Prisma.sql`e.contact_id = c.contact_id`, ...conditions, ...plan.conditions]
  const rows = await context.database.$queryRaw<EntryRow[]>`
    SELECT e.* FROM ${seenContacts(answering(context))} c
    CROSS JOIN LATERAL ${newest(plan, aboutContacts, aboutContacts.rows, ofContact)} e
    WHERE c.contact_id = ANY(${contactIds}::uuid[])
    ORDER BY ${plan.orderBy}`
  const byContact = Map.groupBy(rows, (row) => row.contactId)
  return contactIds.map((id) => pageOf(plan, byContact.get(id) ?? [], page))
}

function pageOf(plan: PagePlan, rows: readonly EntryRow[], page: PageArguments): EntryPage {
  const { rows: kept, ...more } = cutPage(plan, rows, page)
  return { edges: kept.map((row) => ({ cursor: writeCursor(newestFirst, row), node: row })), ...more }
}

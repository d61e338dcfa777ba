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
import { isBound, seenContacts } from '../contacts/sight.ts'

/** What can have happened, as it is stored. `refused`: somebody was turned away, such as from signing in. */
export type AuditAction = 'created' | 'updated' | 'removed' | 'refused'

/** An entry of either table, as it is stored: nothing of it has been checked against anybody's rights. */
export type StoredEntry = {
  id: string
  contactId: string | null
  recordedAt: Date
  requestId: string
  actorKind: Actor['kind']
  actorId: string | null
  action: AuditAction
  operation: string
  entity: string
  entityId: string
  fields: string[]
  values: unknown
}

/** A page of entries, as a connection wants it. */
export type EntryPage = {
  edges: { cursor: string; node: StoredEntry }[]
  hasNextPage: boolean
  hasPreviousPage: boolean
}

type Row = StoredEntry & Record<string, unknown>

// Ids are UUIDv7, so this is the order of time, and an index of both tables.
const newestFirst: SortKey[] = [{ name: 'id', expression: Prisma.sql`e.id`, type: 'uuid', descending: true }]

/**
 * A page of the whole log, without the entries about contacts that the caller doesn't see. Each table gives its newest rows
 * by its own index; only these few are then sorted together.
 *
 * @param selection Conditions on `e`; those that only entries about contacts can fulfil leave the other table alone.
 */
export async function listEntries(
  context: Context,
  { conditions, contactsOnly }: { conditions: readonly Prisma.Sql[]; contactsOnly: boolean },
  page: PageArguments,
): Promise<EntryPage> {
  const plan = planPage(newestFirst, page, pageSize)
  const ofSeen = Prisma.sql`EXISTS (SELECT FROM ${seenContacts(context)} c WHERE c.contact_id = e.contact_id)`
  const seen = isBound(context) ? [...conditions, ofSeen] : conditions
  const aboutContacts = newest(plan, Prisma.sql`e.contact_id`, Prisma.sql`audit_entry`, seen)
  const others = newest(plan, Prisma.sql`NULL::uuid`, Prisma.sql`system_audit_entry`, conditions)
  const rows = await context.database.$queryRaw<Row[]>`
    SELECT e.* FROM (${contactsOnly ? aboutContacts : Prisma.sql`${aboutContacts} UNION ALL ${others}`}) e
    ORDER BY ${plan.orderBy} LIMIT ${plan.limit}`
  return pageOf(plan, rows, page)
}

/** A page of entries for each of these contacts, in one statement; pages in the order of the contacts. */
export async function listHistories(
  context: Context,
  contactIds: readonly string[],
  conditions: readonly Prisma.Sql[],
  page: PageArguments,
): Promise<EntryPage[]> {
  const plan = planPage(newestFirst, page, pageSize)
  const ofContact = [Prisma.sql`e.contact_id = c.contact_id`, ...conditions]
  const rows = await context.database.$queryRaw<Row[]>`
    SELECT e.* FROM ${seenContacts(context)} c
    CROSS JOIN LATERAL ${newest(plan, Prisma.sql`e.contact_id`, Prisma.sql`audit_entry`, ofContact)} e
    WHERE c.contact_id = ANY(${contactIds}::uuid[])
    ORDER BY ${plan.orderBy}`
  const byContact = Map.groupBy(rows, (row) => row.contactId)
  return contactIds.map((id) => pageOf(plan, byContact.get(id) ?? [], page))
}

// In Prisma's names, so that rows read like Prisma's.
const columns = Prisma.raw(
  `e.id, e.recorded_at AS "recordedAt", e.request_id AS "requestId", e.actor_kind AS "actorKind", e.actor_id AS "actorId",
   e.action, e.operation, e.entity, e.entity_id AS "entityId", e.fields, e.values`,
)

const newest = (
  plan: PagePlan,
  contactId: Prisma.Sql,
  table: Prisma.Sql,
  conditions: readonly Prisma.Sql[],
) => Prisma.sql`
  (SELECT ${columns}, ${contactId} AS "contactId", ${plan.cursorColumns} FROM ${table} e
   WHERE ${Prisma.join([Prisma.sql`true`, ...conditions, ...plan.conditions], ' AND ')}
   ORDER BY ${plan.orderBy} LIMIT ${plan.limit})`

function pageOf(plan: PagePlan, rows: readonly Row[], page: PageArguments): EntryPage {
  const { rows: kept, ...more } = cutPage(plan, rows, page)
  return { edges: kept.map((row) => ({ cursor: writeCursor(newestFirst, row), node: row })), ...more }
}

import { Prisma } from '#prisma/client.ts'
import type { PagePlan } from '../../database/keyset.ts'

/** One of the two tables of entries, to stand in SQL. */
export type EntryTable = {
  /** To be called `e`. */
  rows: Prisma.Sql
  contactId: Prisma.Sql
  sequence: Prisma.Sql
}

/** Entries about contacts … */
export const aboutContacts: EntryTable = {
  rows: Prisma.sql`audit_entry e`,
  contactId: Prisma.sql`e.contact_id`,
  sequence: Prisma.sql`e.sequence`,
}

/** … and about everything else. */
export const aboutOthers: EntryTable = {
  rows: Prisma.sql`system_audit_entry e`,
  contactId: Prisma.sql`NULL::uuid`,
  sequence: Prisma.sql`NULL::bigint`,
}

// In Prisma's names, so that rows read like Prisma's.
const columns = Prisma.raw(
  `e.id, e.recorded_at AS "recordedAt", e.transaction_id AS "transactionId", e.request_id AS "requestId",
   e.actor_kind AS "actorKind", e.actor_id AS "actorId", e.action, e.operation, e.entity, e.entity_id AS "entityId", e.fields,
   e.values`,
)

/** The columns of an entry `e`. */
export const entryColumns = ({ contactId, sequence }: EntryTable): Prisma.Sql =>
  Prisma.sql`${columns}, ${contactId} AS "contactId", ${sequence} AS sequence`

/**
 * The rows of a page, in parentheses.
 *
 * @param source Where they come from, called `e`: the table itself, or rows of it.
 * @param conditions All of them; those of the plan, too.
 */
export const newest = (
  plan: Pick<PagePlan, 'cursorColumns' | 'orderBy' | 'limit'>,
  table: EntryTable,
  source: Prisma.Sql,
  conditions: readonly Prisma.Sql[],
): Prisma.Sql => Prisma.sql`
  (SELECT ${entryColumns(table)}, ${plan.cursorColumns} FROM ${source}
   WHERE ${Prisma.join([Prisma.sql`true`, ...conditions], ' AND ')}
   ORDER BY ${plan.orderBy} LIMIT ${plan.limit})`

import { Prisma } from '#prisma/client.ts'
import type { Database } from '../database/client.ts'

/** A contact that the database knows, by its row or by the log. */
export type KnownContact = {
  contactId: string
  /** Whether its row is there. */
  stored: boolean
  /** The newest entry that has values; null when there is none. */
  entryId: string | null
  values: Uint8Array | null
}

/** The next contacts in the order of their ids, of those that have a row or are in the log. */
export function contactsAfter(database: Database, after: string | undefined, limit: number): Promise<KnownContact[]> {
  const beyond = (id: Prisma.Sql) => (after ? Prisma.sql`${id} > ${after}::uuid` : Prisma.sql`true`)
  // From one contact of the log to the next by its index, not through all of their entries.
  return database.$queryRaw<KnownContact[]>`
    WITH RECURSIVE logged AS (
      (SELECT contact_id FROM audit_entry WHERE ${beyond(Prisma.sql`contact_id`)} ORDER BY contact_id LIMIT 1)
      UNION ALL
      SELECT (SELECT e.contact_id FROM audit_entry e WHERE e.contact_id > l.contact_id ORDER BY e.contact_id LIMIT 1)
      FROM logged l WHERE l.contact_id IS NOT NULL
    ), known AS (
      (SELECT contact_id FROM contact WHERE ${beyond(Prisma.sql`contact_id`)} ORDER BY contact_id LIMIT ${limit})
      UNION
      (SELECT contact_id FROM (SELECT contact_id FROM logged LIMIT ${limit}) l WHERE contact_id IS NOT NULL)
      ORDER BY contact_id LIMIT ${limit}
    )
    SELECT k.contact_id AS "contactId", newest.id AS "entryId", newest.values,
      EXISTS (SELECT FROM contact c WHERE c.contact_id = k.contact_id) AS stored
    FROM known k LEFT JOIN LATERAL (
      SELECT e.id, e.values FROM audit_entry e
      WHERE e.contact_id = k.contact_id AND e.values IS NOT NULL ORDER BY e.sequence DESC LIMIT 1
    ) newest ON true
    ORDER BY k.contact_id`
}

/** The newest entry about no contact that has values. */
export async function newestSystemEntry(database: Database): Promise<{ id: string; values: Uint8Array } | undefined> {
  const [entry] = await database.$queryRaw<{ id: string; values: Uint8Array }[]>`
    SELECT id, values FROM system_audit_entry WHERE values IS NOT NULL ORDER BY id DESC LIMIT 1`
  return entry
}

/** An entry that has values. */
export type SealedEntry = { contactId: string | null; id: string; sequence: string; values: Uint8Array }

/** The next entries about contacts that have values, in the order of contacts and their numbers. */
export function entriesAfter(
  database: Database,
  after: SealedEntry | undefined,
  limit: number,
): Promise<SealedEntry[]> {
  const beyond = after
    ? Prisma.sql`(contact_id, sequence) > (${after.contactId}::uuid, ${after.sequence}::bigint)`
    : Prisma.sql`true`
  return database.$queryRaw<SealedEntry[]>`
    SELECT contact_id AS "contactId", id, sequence::text, values FROM audit_entry
    WHERE ${beyond} AND values IS NOT NULL ORDER BY contact_id, sequence LIMIT ${limit}`
}

/** The next entries about no contact that have values, in the order of their ids. */
export function systemEntriesAfter(
  database: Database,
  after: SealedEntry | undefined,
  limit: number,
): Promise<SealedEntry[]> {
  const beyond = after ? Prisma.sql`id > ${after.id}::uuid` : Prisma.sql`true`
  return database.$queryRaw<SealedEntry[]>`
    SELECT NULL AS "contactId", id, '' AS sequence, values FROM system_audit_entry
    WHERE ${beyond} AND values IS NOT NULL ORDER BY id LIMIT ${limit}`
}

/** How many entries have values. */
export async function countSealed(database: Database): Promise<number> {
  const [row] = await database.$queryRaw<{ count: number }[]>`
    SELECT ((SELECT count(*) FROM audit_entry WHERE values IS NOT NULL)
      + (SELECT count(*) FROM system_audit_entry WHERE values IS NOT NULL))::float8 AS count`
  return row?.count ?? 0
}

/** Those of these ids that belong to no contact and are in no entry. */
export async function unknownOf(database: Database, contactIds: readonly string[]): Promise<Set<string>> {
  const rows = await database.$queryRaw<{ id: string }[]>`
    SELECT id::text FROM unnest(${contactIds}::uuid[]) AS given (id)
    WHERE NOT EXISTS (SELECT FROM contact c WHERE c.contact_id = id)
      AND NOT EXISTS (SELECT FROM audit_entry e WHERE e.contact_id = id)`
  return new Set(rows.map(({ id }) => id))
}

/** How many contacts have a row. */
export const countContacts = (database: Database): Promise<number> => database.contact.count()

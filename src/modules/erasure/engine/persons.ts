import type { Transaction } from '../../../database/transact.ts'

/**
 * Contacts with all that are the same person: those that were merged into them, and those that they were merged into. One statement.
 * Contacts that aren't there are left out.
 */
export async function personsOf(tx: Pick<Transaction, '$queryRaw'>, contactIds: readonly string[]): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    WITH RECURSIVE person AS (
      SELECT c.contact_id, c.merged_into_id FROM contact c WHERE c.contact_id = ANY(${contactIds}::uuid[])
      UNION
      SELECT o.contact_id, o.merged_into_id FROM person p CROSS JOIN LATERAL (
        SELECT c.contact_id, c.merged_into_id FROM contact c WHERE c.merged_into_id = p.contact_id
        UNION ALL
        SELECT c.contact_id, c.merged_into_id FROM contact c WHERE c.contact_id = p.merged_into_id
      ) o
    )
    SELECT contact_id::text AS id FROM person ORDER BY contact_id`
  return rows.map(({ id }) => id)
}

import { Prisma } from '#prisma/client.ts'
import type { Database } from '../../../database/client.ts'
import { tableOf } from '../../../database/models.ts'
import type { Transaction } from '../../../database/transact.ts'
import type { Holder } from './holder.ts'

/** How many rows models have about contacts: by model, then by contact. What is not there is zero. */
export type Counts = ReadonlyMap<string, ReadonlyMap<string, number>>

// Nothing can be taken out of the log, and its leaves are not found by contact.
const logged = ['AuditEntry', 'AuditLeaf']

/** Counts what is held about contacts, all models in one statement. */
export async function countHeld(
  tx: Transaction,
  database: Database,
  holders: readonly Pick<Holder, 'models'>[],
  contactIds: readonly string[],
): Promise<Counts> {
  const parts = holders
    .flatMap(({ models }) => models)
    .filter((model) => !logged.includes(model))
    .map((model) => {
      const { table, columns } = tableOf(database, model)
      const column = columns.get(model === 'Contact' ? 'id' : 'contactId')
      if (!column) throw new Error(`${model} is not about contacts`)
      // Names come from the data model, never from a caller.
      return Prisma.sql`SELECT ${model}::text AS model, ${Prisma.raw(`"${column}"`)}::text AS id, count(*)::int AS rows
        FROM ${Prisma.raw(`"${table}"`)} WHERE ${Prisma.raw(`"${column}"`)} = ANY(${contactIds}::uuid[]) GROUP BY 2`
    })
  const counts = new Map<string, Map<string, number>>()
  if (parts.length === 0) return counts
  const found = await tx.$queryRaw<{ model: string; id: string; rows: number }[]>(Prisma.join(parts, ' UNION ALL '))
  for (const { model, id, rows } of found) {
    const byContact = counts.get(model) ?? new Map<string, number>()
    counts.set(model, byContact.set(id, rows))
  }
  return counts
}

/** How many rows of a model a contact has. */
export const rowsIn = (counts: Counts, model: string, contactId: string): number =>
  counts.get(model)?.get(contactId) ?? 0

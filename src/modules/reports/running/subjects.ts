import { Prisma } from '#prisma/client.ts'
import type { Selected } from '../sources/source.ts'
import type { Which } from './rows.ts'

/**
 * With whom of a report's rows something is to be done: `SELECT contact_id, id, basis_id, purpose_key`, each once. The ids are made up, for
 * a queue.
 */
export function subjectsIn(
  { from, conditions, identity, contactId, basis }: Selected & { contactId: Prisma.Sql },
  { rows, each, purpose }: Which,
): Prisma.Sql {
  const id = identity.at(-1)?.expression ?? contactId
  const chosen = [
    ...conditions,
    Prisma.sql`${contactId} IS NOT NULL`,
    ...(rows ? [Prisma.sql`${id} = ANY(${[...rows]}::uuid[])`] : []),
    ...(basis && purpose !== undefined ? [Prisma.sql`${basis.purpose} = ${purpose}`] : []),
  ]
  const named = basis?.purpose ?? (purpose === undefined ? Prisma.sql`NULL::text` : Prisma.sql`${purpose}::text`)
  const found = Prisma.sql`
    SELECT DISTINCT ${contactId} AS contact_id, ${each === 'ground' && basis ? basis.id : Prisma.sql`NULL::uuid`} AS basis_id,
      ${each === 'contact' ? Prisma.sql`NULL::text` : named} AS purpose_key
    FROM ${from} WHERE ${Prisma.join(chosen, ' AND ')}`
  if (each !== 'ground' || basis)
    return Prisma.sql`SELECT f.contact_id, gen_random_uuid() AS id, f.basis_id, f.purpose_key FROM (${found}) f`
  // Of rows that tell of no ground: those that hold for the purpose and have an end; who has none of them is told apart later.
  return Prisma.sql`
    SELECT f.contact_id, gen_random_uuid() AS id, g.event_id AS basis_id, f.purpose_key FROM (${found}) f
    LEFT JOIN lawful_basis_period g ON g.contact_id = f.contact_id AND g.purpose_key = f.purpose_key AND g.is_valid
      AND g.valid_from <= statement_timestamp() AND g.valid_until > statement_timestamp()`
}

import { type Contact, Prisma } from '#prisma/client.ts'
import type { Database } from '../../database/client.ts'
import type { Context } from '../../graphql/context.ts'
import { seenContacts } from './sight.ts'

/** Why two contacts may be the same person, the strongest first. */
export const duplicateReasons = {
  SAME_EMAIL: { score: 0.6, right: 'contacts.email', description: 'They share an e-mail address.' },
  SAME_NAME: { score: 0.5, right: 'contacts.name', description: 'They have the same given and family name.' },
  SIMILAR_NAME: {
    score: 0.3,
    right: 'contacts.name',
    description:
      'Their names differ by a few letters or in their order, and they share a birth date or a postal address.',
  },
  SAME_PHONE: { score: 0.3, right: 'contacts.phone', description: 'They share a phone number.' },
  SAME_BIRTH_DATE: {
    score: 0.3,
    right: 'contacts.birthDate',
    description: 'They were born on the same day (counts only beside another reason).',
  },
} as const

export type DuplicateReason = keyof typeof duplicateReasons

/** Two contacts that may be one, how likely (0 to 1), and why. */
export type Duplicate = { firstId: string; secondId: string; score: number; reasons: DuplicateReason[] }

/**
 * Pairs of contacts that may be the same, the likeliest first, in one statement. Only reasons that the caller may read
 * are looked for. With `contactId`, only pairs with that contact.
 */
export async function findDuplicates(
  context: Context,
  { contactId, limit }: { contactId?: string | undefined; limit: number },
): Promise<Duplicate[]> {
  const { database, rights } = context
  const contacts = seenContacts(context)
  const parts = candidates(contacts, contactId).filter(({ rights: needed }) => needed.every(rights.canRead))
  if (parts.length === 0) return []
  const bornOnSameDay = rights.canRead('contacts.birthDate')
    ? Prisma.sql`a.birth_date = b.birth_date`
    : Prisma.sql`NULL::boolean`
  const rows = await database.$queryRaw<
    { first: string; second: string; reasons: DuplicateReason[]; born: boolean | null }[]
  >`
    WITH pair AS (
      SELECT least(first, second) AS first, greatest(first, second) AS second, array_agg(DISTINCT reason) AS reasons,
        sum(ln(1 - score)) AS miss
      FROM (SELECT DISTINCT least(first, second) AS first, greatest(first, second) AS second, reason, score
            FROM (${Prisma.join(
              parts.map(({ sql }) => sql),
              ' UNION ALL ',
            )}) found (first, second, reason, score)) each_reason
      GROUP BY 1, 2
    )
    SELECT pair.first, pair.second, pair.reasons, ${bornOnSameDay} AS born
    FROM pair
      JOIN ${contacts} a ON a.contact_id = pair.first AND a.merged_into_id IS NULL
      JOIN ${contacts} b ON b.contact_id = pair.second AND b.merged_into_id IS NULL
    ORDER BY round((pair.miss + CASE WHEN ${bornOnSameDay} THEN ln(${1 - duplicateReasons.SAME_BIRTH_DATE.score}::float) ELSE 0 END)::numeric, 9),
      pair.first, pair.second
    LIMIT ${limit}`
  return rows.map(({ first, second, reasons, born }) => {
    const all: DuplicateReason[] = born ? [...reasons, 'SAME_BIRTH_DATE'] : reasons
    const miss = all.reduce((left, reason) => left * (1 - duplicateReasons[reason].score), 1)
    return { firstId: first, secondId: second, score: Math.round((1 - miss) * 100) / 100, reasons: all }
  })
}

/** One statement a reason. Shared numbers and names of more than 20 contacts say nothing (a switchboard, a placeholder). */
function candidates(contacts: Prisma.Sql, contactId: string | undefined) {
  const only = (alias: string) =>
    contactId ? Prisma.sql`AND ${Prisma.raw(alias)}.contact_id = ${contactId}::uuid` : Prisma.sql``
  const ofContact = (kind: string) =>
    contactId
      ? Prisma.sql`AND lower(p.value) IN (SELECT lower(value) FROM contact_point WHERE contact_id = ${contactId}::uuid AND kind = ${kind})`
      : Prisma.sql``
  const samePoint = (kind: string, reason: DuplicateReason) => Prisma.sql`
    SELECT a.contact_id AS first, b.contact_id AS second, ${reason} AS reason, ${duplicateReasons[reason].score}::float AS score
    FROM (SELECT lower(p.value) AS value FROM contact_point p JOIN ${contacts} c USING (contact_id)
          WHERE p.kind = ${kind} AND c.merged_into_id IS NULL ${ofContact(kind)}
          GROUP BY 1 HAVING count(DISTINCT p.contact_id) BETWEEN 2 AND 20) shared
      JOIN contact_point a ON a.kind = ${kind} AND lower(a.value) = shared.value ${only('a')}
      JOIN contact_point b ON b.kind = ${kind} AND lower(b.value) = shared.value AND b.contact_id <> a.contact_id`
  return [
    { rights: ['contacts.email'], sql: samePoint('email', 'SAME_EMAIL') },
    { rights: ['contacts.phone'], sql: samePoint('phone', 'SAME_PHONE') },
    {
      rights: ['contacts.name'],
      sql: Prisma.sql`
        SELECT a.contact_id, b.contact_id, ${'SAME_NAME'}, ${duplicateReasons.SAME_NAME.score}::float
        FROM (SELECT lower(family_name) AS family, lower(given_name) AS given FROM ${contacts} c
              WHERE family_name <> '' AND given_name <> '' AND merged_into_id IS NULL
              GROUP BY 1, 2 HAVING count(*) BETWEEN 2 AND 20) shared
          JOIN ${contacts} a ON lower(a.family_name) = shared.family AND lower(a.given_name) = shared.given ${only('a')}
          JOIN ${contacts} b ON lower(b.family_name) = shared.family AND lower(b.given_name) = shared.given
            AND b.contact_id <> a.contact_id`,
    },
    {
      rights: ['contacts.name', 'contacts.birthDate'],
      sql: similarName(
        contacts,
        Prisma.sql`JOIN ${contacts} b ON b.birth_date = a.birth_date AND b.contact_id <> a.contact_id`,
        only('a'),
      ),
    },
    {
      rights: ['contacts.name', 'contacts.address'],
      sql: similarName(
        contacts,
        Prisma.sql`
          JOIN contact_point pa ON pa.contact_id = a.contact_id AND pa.kind = 'address' AND pa.postal_code <> '' AND pa.street <> ''
          JOIN contact_point pb ON pb.kind = 'address' AND lower(pb.value) = lower(pa.value) AND pb.contact_id <> a.contact_id
          JOIN ${contacts} b ON b.contact_id = pb.contact_id`,
        only('a'),
      ),
    },
  ]
}

const similarName = (contacts: Prisma.Sql, join: Prisma.Sql, only: Prisma.Sql) => Prisma.sql`
  SELECT a.contact_id, b.contact_id, ${'SIMILAR_NAME'}, ${duplicateReasons.SIMILAR_NAME.score}::float
  FROM ${contacts} a ${join}
  WHERE a.family_name <> '' AND b.family_name <> ''
    AND similarity(lethe_fold(a.given_name || ' ' || a.family_name), lethe_fold(b.given_name || ' ' || b.family_name)) >= 0.4
    AND (lower(a.given_name), lower(a.family_name)) <> (lower(b.given_name), lower(b.family_name))
    AND a.merged_into_id IS NULL ${only}`

/** The contacts of pairs, by id, in one statement. */
export async function contactsOf(database: Database, pairs: readonly Duplicate[]): Promise<Map<string, Contact>> {
  const ids = [...new Set(pairs.flatMap(({ firstId, secondId }) => [firstId, secondId]))]
  const rows = await database.contact.findMany({ where: { id: { in: ids } } })
  return new Map(rows.map((row) => [row.id, row]))
}

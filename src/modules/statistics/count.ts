import { Prisma } from '#prisma/client.ts'
import { type Dimension, type Event, languages, type Subject } from './cells.ts'
import { dayOf, monthsLater } from './months.ts'

/** The columns of a place, in the order of every statement here. */
export const placeColumns = Prisma.raw('subject, event, purpose_key, ground, channel, kind, language')

/** A row of a count. */
export type Count = { subject: Subject; event: Event; count: number } & Record<Dimension, string>

/**
 * What was in a month, by place: persons, each once. As SQL, in the order of `placeColumns`, with `count` at the end; places where nothing
 * was are left out.
 *
 * @param among Of these contacts alone, and nothing that outlives contacts.
 * @param goneAt When those go: they don't stand at the end of a month that is later.
 */
export function countsOf(month: Date, among?: { contactIds: readonly string[]; goneAt: Date }): Prisma.Sql {
  const [from, to] = [month, monthsLater(month, 1)]
  const of = (table: string) =>
    among ? Prisma.sql`AND ${Prisma.raw(table)}.contact_id = ANY(${[...among.contactIds]}::uuid[])` : Prisma.empty
  const parts = [
    Prisma.sql`SELECT 'contacts', 'added', '', '', '', '', ${languageOf} AS language, count(*)
      FROM contact c WHERE c.created_at >= ${from} AND c.created_at < ${to} ${of('c')} GROUP BY 7`,
    consentsOf(from, to, of('e')),
    // When it was written down, which is what their ids begin with (RFC 9562, version 7); it may have come before.
    Prisma.sql`SELECT 'requests', 'received', '', '', '', r.kind, '', count(DISTINCT r.contact_id)
      FROM subject_request r WHERE r.id >= ${firstIdOf(from)}::uuid AND r.id < ${firstIdOf(to)}::uuid ${of('r')} GROUP BY r.kind`,
    Prisma.sql`SELECT 'requests', d.event, '', '', '', r.kind, '', count(DISTINCT r.contact_id)
      FROM subject_request r CROSS JOIN LATERAL (VALUES (r.status), (CASE WHEN r.decided_at > r.due_at THEN 'late' END)) d (event)
      WHERE r.decided_at >= ${from} AND r.decided_at < ${to} AND d.event IS NOT NULL ${of('r')} GROUP BY d.event, r.kind`,
  ]
  if (!among || among.goneAt >= to) parts.push(...standingAt(to, of('c')))
  if (!among) {
    parts.push(Prisma.sql`SELECT 'erasures', 'executed', '', '', '', e.ground, '', count(DISTINCT x.contact_id)
      FROM erased_contact x JOIN erasure e ON e.id = x.erasure_id WHERE x.erased_at >= ${from} AND x.erased_at < ${to} GROUP BY e.ground`)
  }
  return Prisma.sql`SELECT * FROM (${Prisma.join(parts, ' UNION ALL ')}) counted (${placeColumns}, count)`
}

/** What was said of consent, and who objected, by when it was written down here. What a merge repeats was counted before. */
const consentsOf = (from: Date, to: Date, among: Prisma.Sql) => Prisma.sql`
  SELECT CASE e.kind WHEN 'objected' THEN 'grounds' ELSE 'consents' END,
    CASE e.kind WHEN 'confirmed' THEN 'given' ELSE e.kind::text END AS event, e.purpose_key, '',
    CASE WHEN e.kind = 'objected' THEN '' WHEN e.import_id IS NOT NULL THEN 'import' WHEN e.actor_kind = 'user' THEN 'staff'
      WHEN e.actor_kind = 'client' THEN 'partner' WHEN e.actor_kind IN ('contact', 'anonymous') THEN 'person' ELSE 'automatic' END AS channel,
    '', '', count(DISTINCT e.contact_id)
  FROM lawful_basis_event e
  WHERE e.recorded_at >= ${from} AND e.recorded_at < ${to} AND e.copied_from IS NULL AND (e.kind = 'objected'
    OR e.ground = 'consent' AND e.kind IN ('requested', 'given', 'confirmed', 'renewed', 'refused', 'withdrawn', 'lapsed')) ${among}
  GROUP BY 1, 2, 3, 5`

/** The language of a contact `c`, of those that are told apart: `de` for `de-AT`. */
const languageOf = Prisma.sql`CASE WHEN c.language = '' THEN 'none'
  WHEN lower(split_part(c.language, '-', 1)) = ANY(${[...languages]}::text[]) THEN lower(split_part(c.language, '-', 1)) ELSE 'other' END`

/** How many contacts there were at a moment, and with which grounds, as is known now. */
const standingAt = (at: Date, among: Prisma.Sql) => [
  Prisma.sql`SELECT 'contacts', 'standing', '', '', '', '', ${languageOf} AS language, count(*)
    FROM contact c WHERE c.created_at < ${at} AND c.merged_into_id IS NULL ${among} GROUP BY 7`,
  Prisma.sql`SELECT 'grounds', 'standing', p.purpose_key, p.ground::text, '', '', '', count(DISTINCT p.contact_id)
    FROM lawful_basis_period p JOIN contact c ON c.contact_id = p.contact_id
    WHERE c.created_at < ${at} AND c.merged_into_id IS NULL AND p.is_valid AND p.valid_from < ${at}
      AND (p.valid_until IS NULL OR p.valid_until >= ${at}) ${among} GROUP BY p.purpose_key, p.ground`,
]

/** The least id that can be made from a moment on. */
const firstIdOf = (at: Date) => {
  const hexadecimal = at.getTime().toString(16).padStart(12, '0')
  return `${hexadecimal.slice(0, 8)}-${hexadecimal.slice(8)}-0000-0000-000000000000`
}

/** The sums that were kept of contacts that were erased meanwhile. */
export const talliesOf = (month: Date): Prisma.Sql =>
  Prisma.sql`SELECT ${placeColumns}, count FROM statistic_tally WHERE month = ${dayOf(month)}::date`

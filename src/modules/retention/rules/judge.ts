import { Prisma, type RetentionStart } from '#prisma/client.ts'
import { comparable } from '../../../database/text.ts'
import type { Spec } from './spec.ts'

// Whose period is over, as SQL, for many contacts in one statement. A contact may be erased once no ground holds any more, and every
// period is over that counts for them.

const now = Prisma.sql`statement_timestamp()`

/** Since when a contact's data is here. */
const collected = Prisma.sql`coalesce(c.source_at, c.created_at)`

/** When a period of a ground ended, or will; null: it doesn't. */
const ended = Prisma.sql`least(p.valid_until, u.retired_at)`

/** The grounds that a contact has or had, put together; `within` narrows the periods `p`. */
const grounds = (within: Prisma.Sql) => Prisma.sql`
  SELECT p.contact_id, bool_or(${ended} IS NULL OR ${ended} > ${now}) AS is_open, max(${ended}) AS ended, max(p.given_at) AS given,
    bool_or(p.ground = 'contract') AS has_contract,
    bool_or(p.ground = 'contract' AND (${ended} IS NULL OR ${ended} > ${now})) AS open_contract,
    max(${ended}) FILTER (WHERE p.ground = 'contract') AS contract_ended
  FROM lawful_basis_period p JOIN purpose u ON u.key = p.purpose_key
  WHERE p.is_valid AND ${within} GROUP BY p.contact_id`

const end = Prisma.sql`CASE WHEN g.is_open THEN NULL ELSE coalesce(g.ended, ${collected}) END`

/** When the person last had to do with us: what they said, ordered, wrote or came to. */
const lastContacts = (among: Prisma.Sql) => Prisma.sql`
  SELECT t.contact_id, max(t.at) AS at FROM (
    SELECT contact_id, occurred_at AS at FROM lawful_basis_event WHERE contact_id ${among} AND kind NOT IN ('lapsed', 'retracted')
    UNION ALL SELECT contact_id, placed_at FROM customer_order WHERE contact_id ${among}
    UNION ALL SELECT contact_id, received_at FROM subject_request WHERE contact_id ${among}
    UNION ALL SELECT contact_id, written_at FROM subject_message WHERE contact_id ${among} AND incoming
    UNION ALL SELECT p.contact_id, a.begins_at FROM appointment_participant p JOIN appointment a ON a.id = p.appointment_id
      WHERE p.contact_id ${among} AND a.begins_at <= ${now} AND a.status <> 'cancelled'
  ) t GROUP BY t.contact_id`

/** When a ground was last made use of. */
const lastUses = (among: Prisma.Sql, purposeKey: string | null) => Prisma.sql`
  SELECT e.contact_id, max(e.occurred_at) AS at FROM lawful_basis_event e
  WHERE e.contact_id ${among} AND e.kind = 'used' AND (${purposeKey}::text IS NULL OR e.purpose_key = ${purposeKey}::text)
  GROUP BY e.contact_id`

/** From when the period counts, of a contact `c` with the grounds `g` and what happened last, `l`; null: not yet. */
function startOf({ start, purposeKey }: Spec): Prisma.Sql {
  const starts: Readonly<Record<RetentionStart, Prisma.Sql>> = {
    collected,
    last_contact: Prisma.sql`greatest(${collected}, g.given, l.at)`,
    last_use: Prisma.sql`greatest(coalesce(g.given, ${collected}), l.at)`,
    end_of_contract: Prisma.sql`CASE WHEN g.open_contract THEN NULL ELSE g.contract_ended END`,
    end_of_purpose: end,
    // By the German clock, as the laws that count so are German.
    end_of_calendar_year: Prisma.sql`make_timestamptz(
      extract(year FROM (${purposeKey === null ? collected : end}) AT TIME ZONE 'Europe/Berlin')::int + 1, 1, 1, 0, 0, 0, 'UTC')`,
  }
  return starts[start]
}

/** Whom one is about, with when their period counts from, and when it is over. */
function matches(spec: Spec, index: number, among: Prisma.Sql): Prisma.Sql {
  const { purposeKey, ground, tags, period, start } = spec
  const conditions = [
    Prisma.sql`c.merged_into_id IS NULL AND c.contact_id ${among}`,
    ...(tags.length > 0 ? [Prisma.sql`c.tags && ${tags.map(comparable)}::text[]`] : []),
    // Without such a contract, it isn't about them.
    ...(start === 'end_of_contract' ? [Prisma.sql`g.has_contract`] : []),
  ]
  const within = Prisma.join(
    [
      Prisma.sql`p.contact_id ${among}`,
      ...(purposeKey === null ? [] : [Prisma.sql`p.purpose_key = ${purposeKey}`]),
      ...(ground === null ? [] : [Prisma.sql`p.ground = ${ground}::legal_ground`]),
    ],
    ' AND ',
  )
  const isAboutAll = purposeKey === null && ground === null
  const latest = { last_contact: lastContacts(among), last_use: lastUses(among, purposeKey) }
  const last = start === 'last_contact' || start === 'last_use' ? latest[start] : undefined
  return Prisma.sql`
    SELECT m.contact_id, ${index}::int AS spec, m.is_open, m.start, ((m.start AT TIME ZONE 'UTC') + ${period}::interval) AT TIME ZONE 'UTC' AS due
    FROM (SELECT c.contact_id, g.is_open, ${startOf(spec)} AS start FROM contact c
      ${isAboutAll ? Prisma.sql`LEFT JOIN every_ground g` : Prisma.sql`JOIN (${grounds(within)}) g`} ON g.contact_id = c.contact_id
      ${last ? Prisma.sql`LEFT JOIN (${last}) l ON l.contact_id = c.contact_id` : Prisma.empty}
      WHERE ${Prisma.join(conditions, ' AND ')}) m`
}

/** How it stands with somebody, the first that is so. */
export const statuses = ['lawful', 'running', 'waiting', 'held', 'kept', 'requested', 'due'] as const

export type Status = (typeof statuses)[number]

/**
 * Why contacts `j` whose periods are over are not due all the same: a hold, what staff decided, or that it is on its way. Of erasures
 * that were asked for and refused, or by a rule and called off, a year later it is looked at anew. `parts`: the categories of such an
 * erasure; `proposals`: which proposals `e` are about it.
 */
const whyNot = (parts: Prisma.Sql, proposals: Prisma.Sql) => Prisma.sql`
      WHEN EXISTS (SELECT FROM legal_hold h WHERE h.contact_id = j.contact_id AND h.lifted_at IS NULL) THEN 'held'
      WHEN EXISTS (SELECT FROM erasure_proposal e LEFT JOIN erasure x ON x.id = e.erasure_id
          WHERE e.contact_id = j.contact_id AND ${proposals} AND (e.state = 'refused' AND e.kept_until > ${now}
            OR x.state IN ('refused', 'cancelled') AND x.decider_id IS NOT NULL AND x.decided_at > ${now} - interval '1 year'))
        OR EXISTS (SELECT FROM erasure_subject s JOIN erasure x ON x.id = s.erasure_id
          WHERE s.contact_id = j.contact_id AND x.state = 'refused' AND x.decided_at > ${now} - interval '1 year') THEN 'kept'
      -- What was accepted, and came to nothing within a month, is proposed once more.
      WHEN EXISTS (SELECT FROM erasure_proposal e WHERE e.contact_id = j.contact_id AND ${proposals}
          AND (e.state = 'open' OR e.state = 'accepted' AND e.decided_at > ${now} - interval '30 days'))
        OR EXISTS (SELECT FROM erasure_subject s JOIN erasure x ON x.id = s.erasure_id
          WHERE s.contact_id = j.contact_id AND x.categories IN ('{}', ${parts}) AND x.state NOT IN ('executed', 'refused', 'cancelled'))
        THEN 'requested'`

/**
 * The contacts that these are about: `contact_id`, `due` (when all periods are over), `status`, `spec` (the index of the one that says
 * what is done: of those with an action, the narrowest, and of several, the one that ends last; null: none), `restricted_since` (by one
 * that restricts), `own_due` (by the one with this index).
 *
 * @param among Of whom: `= ANY(…)`, `IN (SELECT …)`; all without it.
 * @param own An index.
 */
export function judged(all: readonly Spec[], among: Prisma.Sql = Prisma.sql`IS NOT NULL`, own = -1): Prisma.Sql {
  // Those about a part of the data say nothing of the whole: see `judgedPart`.
  const specs = all.map((spec, index) => ({ spec, index })).filter(({ spec }) => spec.categories.length === 0)
  const indexes = (wanted: (spec: Spec) => boolean) => specs.flatMap(({ spec, index }) => (wanted(spec) ? [index] : []))
  const acting = indexes(({ action }) => action !== null)
  const narrowness = all.map(({ purposeKey, ground, tags }) => [purposeKey, ground, tags[0]].filter(Boolean).length)
  const restricting = indexes(({ action }) => action === 'restrict')
  const nobody = Prisma.sql`
    SELECT c.contact_id, 0 AS spec, false AS is_open, NULL::timestamptz AS start, NULL::timestamptz AS due FROM contact c WHERE false`
  const matched = specs.map(({ spec, index }) => matches(spec, index, among))
  // Put together rather than asked for each: of many contacts, that is several times faster.
  return Prisma.sql`
    WITH every_ground AS MATERIALIZED (${grounds(Prisma.sql`p.contact_id ${among}`)}),
    of_contact AS (
      SELECT m.contact_id, bool_or(m.start IS NULL) AS running, max(m.due) AS due,
        (array_agg(m.spec ORDER BY (${narrowness}::int[])[m.spec + 1] DESC, m.due DESC, m.spec) FILTER (WHERE m.spec = ANY(${acting}::int[])))[1] AS spec,
        max(m.due) FILTER (WHERE m.spec = ${own}) AS own_due,
        bool_or(m.spec = ${own}) AS is_own,
        min(m.start) FILTER (WHERE m.spec = ANY(${restricting}::int[]) AND m.start <= ${now}) AS restricted_since
      FROM (${Prisma.join([nobody, ...matched], ' UNION ALL ')}) m GROUP BY m.contact_id
    )
    SELECT j.contact_id, j.due, j.spec, j.own_due, j.restricted_since, CASE
      WHEN g.is_open THEN 'lawful'
      WHEN j.running THEN 'running'
      WHEN j.due > ${now} THEN 'waiting'
      ${whyNot(Prisma.sql`'{}'`, Prisma.sql`e.categories = '{}'`)}
      ELSE 'due' END AS status
    FROM of_contact j LEFT JOIN every_ground g ON g.contact_id = j.contact_id
    ${own < 0 ? Prisma.empty : Prisma.sql`WHERE j.is_own`}`
}

/**
 * The same of one that is about a part of the data, by itself: it is due when its own period is over, and no ground holds that it names;
 * and once more whenever the period has passed since. Other grounds and periods keep the contact, and not this.
 */
export function judgedPart(spec: Spec, among: Prisma.Sql = Prisma.sql`IS NOT NULL`): Prisma.Sql {
  const { key, categories, period, purposeKey, ground } = spec
  const named = purposeKey !== null || ground !== null
  const own = Prisma.sql`e.rule_key = ${key ?? ''} AND e.categories <> '{}'`
  return Prisma.sql`
    WITH every_ground AS MATERIALIZED (${grounds(Prisma.sql`p.contact_id ${among}`)}),
    j AS (
      SELECT m.contact_id, m.start, m.is_open, greatest(m.due, (
        SELECT max(((e.decided_at AT TIME ZONE 'UTC') + ${period}::interval) AT TIME ZONE 'UTC') FROM erasure_proposal e
        JOIN erasure x ON x.id = e.erasure_id WHERE e.contact_id = m.contact_id AND ${own} AND x.state = 'executed')) AS due
      FROM (${matches(spec, 0, among)}) m
    )
    SELECT j.contact_id, j.due, 0 AS spec, j.due AS own_due, NULL::timestamptz AS restricted_since, CASE
      WHEN ${named} AND j.is_open THEN 'lawful'
      WHEN j.start IS NULL THEN 'running'
      WHEN j.due > ${now} THEN 'waiting'
      ${whyNot(Prisma.sql`${[...categories]}::text[]`, own)}
      ELSE 'due' END AS status
    FROM j`
}

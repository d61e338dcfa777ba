import { Prisma } from '#prisma/client.ts'
import type { Basis } from '../../contacts/sight.ts'
import { despiteRestriction } from '../law/restriction.ts'

// The law once more, in SQL, for many contacts at this moment: a property test holds it together with decide(). Nothing has
// to run for a ground to lapse.

// Stable, so that the planner may choose how it joins; and not that of the transaction, which may have begun before.
const now = Prisma.sql`statement_timestamp()`

const inUse = Prisma.sql`(u.retired_at IS NULL OR u.retired_at > ${now})`

/**
 * Whether the contact `c` may be processed for one of these purposes now; for any: whether they may be held, which no restriction
 * ends. Those that are restricted are few, and looked up once: they need a ground that is excepted. The rest in two parts, the first of which the planner can begin
 * with, where few may be; the second matters to those alone whose age is known, and who were not 16 before anybody consented. Of a few
 * contacts that are named, it is asked for each: the same, and without a look at anybody else's.
 */
export const lawful: Basis = (purposes, restricted, few = false) => {
  if (purposes === 'any') return Prisma.sql`EXISTS (${periods(ofAny)} AND ${isOfAge})`
  const holding = periods(ofThese(purposes))
  const holds = few
    ? Prisma.sql`EXISTS (${holding} AND ${isOfAge})`
    : Prisma.sql`(c.contact_id IN (${holding}) AND (c.birth_date IS NULL OR ${sixteenth} <= ${firstConsent} OR EXISTS (${holding} AND ${isOfAge})))`
  if (!restricted) return holds
  return Prisma.sql`(${holds} AND (c.contact_id NOT IN (SELECT r.contact_id FROM (${restricted}) r)
    OR EXISTS (${holding} AND ${isOfAge} AND ${despiteRestriction(restricted)})))`
}

const periods = (ofPurpose: Prisma.Sql) => Prisma.sql`
  SELECT p.contact_id FROM lawful_basis_period p
  WHERE p.is_valid AND ${ofPurpose} AND p.valid_from <= ${now} AND (p.valid_until IS NULL OR p.valid_until > ${now})`

const sixteenth = Prisma.sql`(c.birth_date + interval '16 years') AT TIME ZONE 'UTC'`

const firstConsent = Prisma.sql`(
  SELECT min(p.given_at) FROM lawful_basis_period p WHERE p.is_valid AND p.ground = 'consent' AND NOT p.by_guardian)`

const isOfAge = Prisma.sql`p.contact_id = c.contact_id AND (p.ground <> 'consent' OR p.by_guardian OR c.birth_date IS NULL
  OR p.given_at >= ${sixteenth})`

/** The grounds that hold for the contact `c` now, as JSON, each as a list that is made of its period `p`: what `basesOf` makes of all events, in the same order. */
export const holding = (list: Prisma.Sql): Prisma.Sql => Prisma.sql`(
  SELECT json_agg(${list} ORDER BY p.purpose_key COLLATE "C", p.given_at, p.event_id)
  FROM lawful_basis_period p JOIN purpose u ON u.key = p.purpose_key
  WHERE p.is_valid AND p.valid_from <= ${now} AND (p.valid_until IS NULL OR p.valid_until > ${now}) AND ${inUse}
    AND p.ground = ANY(u.grounds) AND (p.special_ground IS NOT NULL OR NOT u.special_categories) AND ${isOfAge})`

/** What a purpose allows is looked up once for each, and not joined: so the planner knows how many rows there will be. */
function ofThese(purposes: readonly string[]): Prisma.Sql {
  const each = purposes.map((key) => {
    const of = (what: Prisma.Sql) => Prisma.sql`(SELECT ${what} FROM purpose u WHERE u.key = ${key} AND ${inUse})`
    return Prisma.sql`(p.purpose_key = ${key} AND p.ground = ANY(${of(Prisma.sql`u.grounds`)}::legal_ground[])
      AND (p.special_ground IS NOT NULL OR NOT ${of(Prisma.sql`u.special_categories`)}))`
  })
  return Prisma.sql`p.purpose_key = ANY(${[...purposes]}::text[]) AND (${Prisma.join(each, ' OR ')})`
}

const ofAny = Prisma.sql`p.purpose_key || ' ' || p.ground || CASE WHEN p.special_ground IS NULL THEN '' ELSE ' special' END = ANY(ARRAY(
  SELECT u.key || ' ' || g || special FROM purpose u, unnest(u.grounds) g, unnest(ARRAY['', ' special']) special
  WHERE ${inUse} AND (special <> '' OR NOT u.special_categories)))`

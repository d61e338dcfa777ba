import { Prisma } from '#prisma/client.ts'
import type { Basis } from '../../contacts/sight.ts'

// The law once more, in SQL, for many contacts at this moment: a property test holds it together with decide().

// Stable, so that the planner may choose how it joins; and not that of the transaction, which may have begun before.
const now = Prisma.sql`statement_timestamp()`

/** Whether the contact `c` may be processed for one of these purposes now. Nothing has to run for a ground to lapse. */
export const lawful: Basis = (purposes) => Prisma.sql`EXISTS (
  SELECT FROM lawful_basis_period p JOIN purpose u ON u.key = p.purpose_key
  WHERE p.contact_id = c.contact_id AND ${purposes === 'any' ? Prisma.sql`true` : Prisma.sql`p.purpose_key = ANY(${[...purposes]}::text[])`}
    AND p.is_valid AND p.valid_from <= ${now} AND (p.valid_until IS NULL OR p.valid_until > ${now})
    AND p.ground = ANY(u.grounds) AND (u.retired_at IS NULL OR u.retired_at > ${now})
    AND (NOT u.special_categories OR p.special_ground IS NOT NULL)
    AND (p.ground <> 'consent' OR p.by_guardian OR c.birth_date IS NULL
      OR p.given_at >= (c.birth_date + interval '16 years') AT TIME ZONE 'UTC'))`

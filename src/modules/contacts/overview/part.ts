import type { Prisma } from '#prisma/client.ts'
import type { Seer } from '../sight.ts'

/**
 * What `Contact.overview` tells of what a module keeps about contacts, as pieces of one statement in which the row `c` is the contact
 * (`c.id`). An index has to lead from the contact to its rows, newest first.
 */
export type OverviewPart = {
  /** camelCase: `orders`. */
  category: string
  description: string
  /** To read it; without, the category is left out. */
  right: string
  /** Tables: `customer_order o`. */
  from: Prisma.Sql
  /** Which rows: `o.contact_id = c.id`. */
  where: Prisma.Sql | ((seer: Seer) => Prisma.Sql)
  id: Prisma.Sql
  /** When the record is of. */
  at: Prisma.Sql
  newestFirst: Prisma.Sql
  /** What kind of record it is, or how far: `placed`. */
  kind?: Prisma.Sql
  /** What it is called, and the right to read that. */
  title?: { text: Prisma.Sql; right: string }
}

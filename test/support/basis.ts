import { Prisma } from '#prisma/client.ts'
import type { Database } from '../../src/database/client.ts'
import { defineModule } from '../../src/modules/module.ts'
import { ownerOf, withClient } from './database.ts'

/** A module that says of contacts what tests tell it: a basis is a row of a table of its own. */
export const tellingBases = defineModule({
  name: 'telling',
  needs: ['contacts'],
  rights: {},
  personalData: 'none',
  basis: (purposes) => Prisma.sql`
    EXISTS (SELECT FROM told_basis b WHERE b.contact_id = c.contact_id AND ${purposes === 'any' ? Prisma.sql`true` : Prisma.sql`b.purpose = ANY(${purposes}::text[])`})`,
  schema: () => undefined,
})

/** Another one: whoever has loyalty points has a basis for the purpose `loyalty`. */
export const loyaltyBases = defineModule({
  name: 'loyaltybasis',
  needs: ['loyalty'],
  rights: {},
  personalData: 'none',
  basis: (purposes) => Prisma.sql`
    (${purposes === 'any' || purposes.includes('loyalty')} AND EXISTS (SELECT FROM loyalty_points l WHERE l.contact_id = c.contact_id))`,
  schema: () => undefined,
})

/** Makes the table of bases, as a module's migration would. */
export const prepareBases = (url: string): Promise<unknown> =>
  withClient(ownerOf(url), (client) =>
    client.query(`
      CREATE TABLE told_basis (contact_id uuid NOT NULL, purpose text NOT NULL, PRIMARY KEY (contact_id, purpose));
      GRANT SELECT, INSERT, DELETE ON told_basis TO lethe_app`),
  )

/** From now on these contacts have a valid basis for this purpose. */
export const giveBasis = (database: Database, purpose: string, ...ids: readonly string[]): Promise<unknown> =>
  database.$executeRaw`INSERT INTO told_basis SELECT unnest(${[...ids]}::uuid[]), ${purpose} ON CONFLICT DO NOTHING`

/** From now on they have none. */
export const takeBasis = (database: Database, purpose: string, ...ids: readonly string[]): Promise<unknown> =>
  database.$executeRaw`DELETE FROM told_basis WHERE purpose = ${purpose} AND contact_id = ANY(${[...ids]}::uuid[])`

import type pg from 'pg'
import type { Database } from '../client.ts'
import { dangers } from './dangers.ts'
import { type Difference, findDifferences, mending } from './tables.ts'

/** What a role may and must not, and the statement that takes it away; null where only another role will do. */
export type Fault = { fault: string; mend: string | null }

/** Puts a statement to a database, over whichever connection. */
export type Ask = <Row extends object>(statement: string, values?: readonly unknown[]) => Promise<Row[]>

/** Over a connection of one's own. */
export const askOver =
  (client: pg.Client): Ask =>
  async (statement, values = []) =>
    (await client.query(statement, [...values])).rows

/** Over the product's own connections, for statements that are constants. */
export const askOf =
  (database: Database): Ask =>
  (statement, values = []) =>
    database.$queryRawUnsafe(statement, ...values)

/** By which a role, or without one the role that asks, could get hold of more than the tables' privileges give it. */
export const findDangers = (ask: Ask, role?: string): Promise<Fault[]> => ask<Fault>(dangers, [role ?? null])

/** Privileges on tables that are too many. */
export const faultOf = (difference: Difference): Fault => ({
  fault:
    `may ${difference.privileges.join(', ')} on ${difference.tables.join(', ')}` +
    `${difference.grantee === 'PUBLIC' ? ', as everybody may' : ''}`,
  mend: mending(difference),
})

/** Everything by which the product's own role, or without one the role that asks, could change the log as things stand. */
export async function findExcess(ask: Ask, role?: string): Promise<Fault[]> {
  const excess = (await findDifferences(ask, role)).filter(({ kind }) => kind === 'excess')
  return [...(await findDangers(ask, role)), ...excess.map(faultOf)]
}

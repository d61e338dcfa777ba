import DataLoader from 'dataloader'
import { Prisma } from '#prisma/client.ts'
import type { Context, WorkContext } from '../../graphql/context.ts'
import { invalidInput, type LetheError } from '../../graphql/errors.ts'

// Who is bound to purposes sees only contacts that have a valid basis for them, and nothing tells whether there are others.
// All SQL takes its contacts from `seenContacts`, every read of one asks `sees`, every change `seenAmong`; what a field
// returns and what a unit of work changes is checked once more, for whoever forgot (sight-plugin.ts, transact.ts).

/**
 * Says, as SQL on the row `c` of `contact`, whether the contact has, at this moment, a valid basis for one of these
 * purposes, or for `any` purpose at all. `restricted` tells whose processing is restricted (`Restriction.inForce`): they have none but
 * where Art. 18(2) GDPR excepts it.
 */
export type Basis = (purposes: readonly string[] | 'any', restricted?: Prisma.Sql) => Prisma.Sql

/** Which of these keys name no purpose of the register. */
export type UnknownPurposes = (context: Pick<WorkContext, 'database'>, keys: readonly string[]) => Promise<string[]>

/** A caller named a purpose that there is none of. */
export const unknownPurpose = (field: string): LetheError =>
  invalidInput([{ field, message: 'There is no purpose with this key in the register.', rule: 'unknown_purpose' }])

/** Whose sight it is. */
export type Seer = Pick<WorkContext, 'rights' | 'bases'>

type Asker = { $queryRaw: <T>(query: Prisma.Sql) => Promise<T> }

declare module '../../graphql/context.ts' {
  interface Loaders {
    sight?: DataLoader<string, boolean>
  }
}

/** Whether somebody is bound to purposes, and so doesn't see all contacts. */
export const isBound = ({ rights }: Seer): boolean => rights !== undefined && rights.purposes.length > 0

/** The contacts that somebody sees, to stand in SQL where the table would: `FROM ${seenContacts(context)} c`. */
export function seenContacts(seer: Seer): Prisma.Sql {
  return isBound(seer) ? Prisma.sql`(SELECT c.* FROM contact c WHERE ${condition(seer)})` : Prisma.sql`contact`
}

/** For each set of purposes a basis for one of them; without a module that knows of any, nobody has one. */
function condition(seer: Seer): Prisma.Sql {
  return Prisma.join(
    (seer.rights?.purposes ?? []).map((purposes) => hasBasis(seer, purposes)),
    ' AND ',
  )
}

/** That the contact `c` has a valid basis for one of these purposes, or for any; without a module that knows of any, none has. */
export function hasBasis({ bases = [] }: Pick<Seer, 'bases'>, purposes: readonly string[] | 'any'): Prisma.Sql {
  const known = purposes.length > 0 ? bases.map((basis) => basis(purposes)) : []
  return known.length > 0 ? Prisma.sql`(${Prisma.join(known, ' OR ')})` : Prisma.sql`false`
}

/** Which of these contacts somebody sees, at this point of a transaction. All of them, without asking, if not bound. */
export async function seenAmong(tx: Asker, seer: Seer, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0 || !isBound(seer)) return new Set(ids)
  const rows = await tx.$queryRaw<{ id: string }[]>(
    Prisma.sql`SELECT c.contact_id AS id FROM ${seenContacts(seer)} c WHERE c.contact_id = ANY(${ids}::uuid[])`,
  )
  const seen = new Set(rows.map(({ id }) => id))
  return new Set(ids.filter((id) => seen.has(id.toLowerCase())))
}

/** Whether the caller sees this contact. Asked for many in one statement, and once in a request. */
export const sees = async (context: Context, id: string): Promise<boolean> =>
  isBound(context) ? loaderOf(context).load(id.toLowerCase()) : true

/** Notes contacts that come from `seenContacts`, so that nobody asks again. */
export function noteSeen(context: Context, ids: Iterable<string>): void {
  if (!isBound(context)) return
  for (const id of ids) loaderOf(context).prime(id, true)
}

/** A change may give somebody a basis or take it away. */
export const forgetSeen = ({ loaders }: Context): void => void loaders.sight?.clearAll()

function loaderOf(context: Context) {
  context.loaders.sight ??= new DataLoader<string, boolean>(async (ids) => {
    const seen = await seenAmong(context.database, context, ids)
    return ids.map((id) => seen.has(id))
  })
  return context.loaders.sight
}

/**
 * A contact for a field of the type Contact; null if there is none that the caller sees. That is asked first, so that an
 * absent contact and an unseen one take the same way.
 */
export async function findContact(context: Context, query: Omit<Prisma.ContactFindUniqueArgs, 'where'>, id: string) {
  if (isBound(context) && !(await sees(context, id))) return null
  return context.database.contact.findUnique({ ...query, where: { id } })
}

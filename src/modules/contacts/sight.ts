import DataLoader from 'dataloader'
import { Prisma } from '#prisma/client.ts'
import type { Context, WorkContext } from '../../graphql/context.ts'
import { invalidInput, type LetheError } from '../../graphql/errors.ts'
import type { Restriction } from '../lawfulness/law/restriction.ts'

// Who is bound to purposes sees only contacts that have a valid basis for them, and nothing tells whether there are others.
// All SQL takes its contacts from `seenContacts`, every read of one asks `sees`, every change `seenAmong`; what a field
// returns and what a unit of work changes is checked once more, for whoever forgot (sight-plugin.ts, transact.ts).
//
// Somebody whose processing is restricted (Art. 18 GDPR) has no basis for anything, and so is in no list. Whoever answers the requests of
// persons has to see them all the same, to find out what is right, correct it, and lift the restriction: one by one, where they come from
// their requests, and not for other work. What serves that asks as `answering`.

/**
 * Says, as SQL on the row `c` of `contact`, whether the contact has, at this moment, a valid basis for one of these
 * purposes, or for `any` purpose at all. `restricted` tells whose processing is restricted (`Restriction.inForce`): they have none but
 * where Art. 18(2) GDPR excepts it. In a context (`WorkContext.bases`) it is everybody whose is, unless said. `few`: it is asked of few
 * contacts, which are named, and should look at no others; the answer is the same.
 */
export type Basis = (purposes: readonly string[] | 'any', restricted?: Prisma.Sql, few?: boolean) => Prisma.Sql

/** Which of these keys name no purpose of the register. */
export type UnknownPurposes = (context: Pick<WorkContext, 'database'>, keys: readonly string[]) => Promise<string[]>

/** A caller named a purpose that there is none of. */
export const unknownPurpose = (field: string): LetheError =>
  invalidInput([{ field, message: 'There is no purpose with this key in the register.', rule: 'unknown_purpose' }])

/** Whose sight it is. `answers`: in order to answer a person, see `answering`. */
export type Seer = Pick<WorkContext, 'rights' | 'bases' | 'restrictions'> & { answers?: true }

/** Who asks: a unit of work is told whom it may change therefore (`$include`). */
type Asker = { $queryRaw: <T>(query: Prisma.Sql) => Promise<T>; $include?: (contactIds: Iterable<string>) => void }

declare module '../../graphql/context.ts' {
  interface Loaders {
    sight?: DataLoader<string, boolean>
  }
}

/** Whether somebody is bound to purposes, and so doesn't see all contacts. */
export const isBound = ({ rights }: Seer): boolean => rights !== undefined && rights.purposes.length > 0

/**
 * The sight of somebody who answers what persons ask for, by the right that a restriction names (`Restriction.answeredBy`): those are
 * seen, too, whose processing is restricted. Of others it is the same as ever.
 */
export const answering = ({ rights, bases, restrictions }: Seer): Seer => ({
  ...(rights && { rights }),
  ...(bases && { bases }),
  ...(restrictions && { restrictions }),
  answers: true,
})

/** The contacts that somebody sees, to stand in SQL where the table would: `FROM ${seenContacts(context)} c`. */
export function seenContacts(seer: Seer): Prisma.Sql {
  return isBound(seer) ? Prisma.sql`(SELECT c.* FROM contact c WHERE ${condition(seer)})` : Prisma.sql`contact`
}

/** Of the first so many contacts `c` in an order, those that somebody sees; to stand where the table would. No others are looked at. */
export function firstSeen(
  seer: Seer,
  count: number,
  conditions: readonly Prisma.Sql[],
  orderBy: Prisma.Sql,
): Prisma.Sql {
  const first = Prisma.sql`(SELECT * FROM contact c WHERE ${Prisma.join([...conditions], ' AND ')}
    ORDER BY ${orderBy} LIMIT ${Prisma.raw(String(count))})`
  return isBound(seer) ? Prisma.sql`(SELECT c.* FROM ${first} c WHERE ${condition(seer, true)})` : first
}

/** After `FROM`: contacts `c` that the caller has before them already, or whom they were found to see. */
export function contactsAtHand(ids: readonly string[]): Prisma.Sql {
  const [first, ...more] = new Set(ids)
  // Of one PostgreSQL knows how many there are, and plans once.
  return first !== undefined && more.length === 0
    ? Prisma.sql`contact c WHERE c.contact_id = ${first}::uuid`
    : Prisma.sql`contact c WHERE c.contact_id = ANY(${[...new Set(ids)]}::uuid[])`
}

/** For each set of purposes a basis for one of them; without a module that knows of any, nobody has one. */
function condition(seer: Seer, few = false): Prisma.Sql {
  return Prisma.join(
    (seer.rights?.purposes ?? []).map((purposes) => hasBasis(seer, purposes, hiddenFrom(seer), few)),
    ' AND ',
  )
}

/** Whose restriction hides them from somebody who answers; undefined: everybody's does. */
function hiddenFrom({ rights, restrictions = [], answers }: Seer): Prisma.Sql | undefined {
  if (!answers) return undefined
  const others = restrictions.filter(({ answeredBy }) => !rights?.canWrite(answeredBy))
  return others.length === restrictions.length ? undefined : restrictedBy(others)
}

/** Who is restricted by any of these: `SELECT contact_id, since`. */
export const restrictedBy = (restrictions: readonly Restriction[]): Prisma.Sql =>
  restrictions.length > 0
    ? Prisma.join(
        restrictions.map(({ inForce }) => inForce),
        ' UNION ALL ',
      )
    : Prisma.sql`SELECT NULL::uuid AS contact_id, NULL::timestamptz AS since WHERE false`

/**
 * That the contact `c` has a valid basis for one of these purposes, or for any; without a module that knows of any, none has.
 *
 * @param restricted Of whom none but an excepted one counts, as `restrictedBy` tells them; all whose processing is restricted, unless said.
 * @param few Whether it is asked of few contacts, which are named.
 */
export function hasBasis(
  { bases = [] }: Pick<Seer, 'bases'>,
  purposes: readonly string[] | 'any',
  restricted?: Prisma.Sql,
  few = false,
): Prisma.Sql {
  const known = purposes.length > 0 ? bases.map((basis) => basis(purposes, restricted, few)) : []
  return known.length > 0 ? Prisma.sql`(${Prisma.join(known, ' OR ')})` : Prisma.sql`false`
}

/**
 * Which of these contacts somebody sees, at this point of a transaction. All of them, without asking, if not bound. Whom they see in order
 * to answer, they may change in this unit of work.
 */
export async function seenAmong(tx: Asker, seer: Seer, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0 || !isBound(seer)) return new Set(ids)
  const rows = await tx.$queryRaw<{ id: string }[]>(
    Prisma.sql`SELECT c.contact_id AS id FROM ${seenContacts(seer)} c WHERE c.contact_id = ANY(${ids}::uuid[])`,
  )
  const seen = new Set(rows.map(({ id }) => id))
  if (seer.answers) tx.$include?.(seen)
  return new Set(ids.filter((id) => seen.has(id.toLowerCase())))
}

/** Whether the caller sees this contact, if only to answer. Asked for many in one statement, and once in a request. */
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
    const seen = await seenAmong(context.database, answering(context), ids)
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

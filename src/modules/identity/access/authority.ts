import type { Prisma } from '#prisma/client.ts'
import { covers, type HeldGrant, rightsOf } from '../../../graphql/auth/rights.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { type DeniedInput, forbiddenInput, LetheError } from '../../../graphql/errors.ts'
import { grantsColumn, grantsJoins } from './held-grants.ts'

/** A right to read or to write. */
export type Access = { right: string; access: 'read' | 'write' }

type Actor = WorkContext['actor']

/** What somebody may hand on, as the database has it in this very transaction: nobody gives what they don't have. */
export type Authority = {
  actor: Actor
  /** Throws FORBIDDEN unless they may write this, still. `path`: what wants it. */
  mustWrite: (right: string, path: string) => void
  /** What they lack of these grants, held for the same contacts. */
  lacks: (grants: readonly HeldGrant[]) => Access[]
  /** Throws FORBIDDEN, naming what they lack of these grants. `path`: the input that would give them. */
  mustHold: (grants: readonly HeldGrant[], path: string) => void
}

type Reader = { $queryRaw: <T>(query: TemplateStringsArray, ...values: unknown[]) => Prisma.PrismaPromise<T> }

/**
 * What of the wanted grants doesn't follow from the held ones. A wildcard follows only from one at least as wide: more rights
 * may be declared one day. Who sees only contacts of certain purposes holds nothing for others.
 */
function lacking(held: readonly HeldGrant[], wanted: readonly HeldGrant[]): Access[] {
  const bounds = rightsOf(held).purposes
  return wanted.flatMap(({ right, purposes = [], ...grant }) => {
    const inSight = bounds.every((bound) => purposes.length > 0 && purposes.every((one) => bound.includes(one)))
    return accesses
      .filter((access) => grant[access] && !(inSight && isCovered(held, access, right)))
      .map((access) => ({ right, access }))
  })
}

const accesses = ['read', 'write'] as const

const isCovered = (held: readonly HeldGrant[], access: Access['access'], right: string) =>
  held.some((grant) => grant[access] && covers(grant.right, right))

/** The authority of whoever acts. The operator and the product itself may do everything. */
export async function authorityOf(tx: Reader, context: Pick<WorkContext, 'actor' | 'rights'>): Promise<Authority> {
  const { actor, rights } = context
  if (actor.kind === 'operator' || actor.kind === 'system') {
    return { actor, mustWrite: () => undefined, lacks: () => [], mustHold: () => undefined }
  }
  const held = await heldBy(tx, actor)
  // A client's key may allow less than its scopes do.
  const mayNow = ({ right, access }: Access) =>
    actor.kind !== 'client' || !rights || (access === 'read' ? rights.canRead(right) : rights.canWrite(right))
  const lacks = (grants: readonly HeldGrant[]) => {
    const wanted = grants.flatMap((grant) =>
      accesses.filter((access) => grant[access]).map((access) => ({ right: grant.right, access })),
    )
    return distinct([...lacking(held, grants), ...wanted.filter((one) => !mayNow(one))])
  }
  return {
    actor,
    mustWrite: (right, path) => {
      const denied: DeniedInput = { path, access: 'write', right }
      if (!isCovered(held, 'write', right) || !mayNow(denied)) throw forbiddenInput([denied])
    },
    lacks,
    mustHold: (grants, path) => {
      const missing = lacks(grants)
      if (missing.length > 0) throw givesTooMuch(missing.map((one) => ({ path, ...one })))
    },
  }
}

const distinct = (all: readonly Access[]): Access[] => [
  ...new Map(all.map((one) => [`${one.access} ${one.right}`, one])).values(),
]

/** Somebody would give what they don't have. */
export const givesTooMuch = (denied: readonly DeniedInput[]): LetheError =>
  new LetheError(
    'FORBIDDEN',
    `Nothing was done: you can give only what you hold yourself, for the contacts for which you hold it, and you lack ${denied
      .map(({ path, access, right }) => `${path} (${access} "${right}")`)
      .join(', ')}. Ask an administrator.`,
    { denied },
  )

async function heldBy(tx: Reader, { kind, id }: Actor): Promise<HeldGrant[]> {
  if (id === null) return []
  return kind === 'client' ? scopesOf(tx, id) : ((await grantsOf(tx, id, { enabled: true })) ?? [])
}

/** All grants of a user's roles. Undefined if there is no such user; `enabled`: or a disabled one. */
export async function grantsOf(tx: Reader, userId: string, { enabled = false } = {}): Promise<HeldGrant[] | undefined> {
  const [user] = await tx.$queryRaw<{ grants: HeldGrant[] }[]>`
    SELECT ${grantsColumn} AS grants FROM user_account u ${grantsJoins}
    WHERE u.id = ${userId}::uuid AND NOT (${enabled} AND u.disabled_at IS NOT NULL)
    GROUP BY u.id`
  return user?.grants
}

const scopesOf = (tx: Reader, clientId: string) =>
  tx.$queryRaw<HeldGrant[]>`
    SELECT s."right", s.read, s.write FROM client_scope s JOIN client c ON c.id = s.client_id
    WHERE c.id = ${clientId}::uuid AND c.disabled_at IS NULL`

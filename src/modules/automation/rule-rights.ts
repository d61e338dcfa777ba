import type { Transaction } from '../../database/transact.ts'
import { covers, type GrantedRight, type HeldGrant, type Rights, rightsOf } from '../../graphql/auth/rights.ts'
import { type DeniedInput, LetheError } from '../../graphql/errors.ts'
import { type Access, grantsOf } from '../identity/access/authority.ts'

type Reader = Pick<Transaction, '$queryRaw'>

/** Only what both allow, for the contacts that both see. */
export function bothOf(one: Rights, other: Rights): Rights {
  return {
    canRead: (right) => one.canRead(right) && other.canRead(right),
    canWrite: (right) => one.canWrite(right) && other.canWrite(right),
    purposes: [...one.purposes, ...other.purposes],
    readsWithin: (module) => {
      const [ones, others] = [one.readsWithin(module), other.readsWithin(module)]
      if (ones === 'all') return others
      return others === 'all' ? ones : ones.filter((right) => others.includes(right))
    },
    takeUses: () => [...one.takeUses(), ...other.takeUses()],
  }
}

/** What of the named rights somebody who holds these grants may not do, for whatever contacts. */
function lacking(held: readonly HeldGrant[], named: readonly GrantedRight[]): Access[] {
  const accesses = ['read', 'write'] as const
  return named.flatMap((wanted) =>
    accesses
      .filter((access) => wanted[access] && !held.some((grant) => grant[access] && covers(grant.right, wanted.right)))
      .map((access) => ({ right: wanted.right, access })),
  )
}

/** What a user who is to own a rule with these rights lacks of them. */
export async function lackedBy(tx: Reader, userId: string, named: readonly GrantedRight[]): Promise<DeniedInput[]> {
  const held = (await grantsOf(tx, userId, { enabled: true })) ?? []
  return lacking(held, named).map((one) => ({ path: 'input.rights', ...one }))
}

/**
 * What a rule may do at this moment: what it names, for the contacts that its owner sees. Throws FORBIDDEN when the owner has
 * lost any of it, or may not sign in any more: a rule never does more than its owner could, nor half of what it was made for.
 */
export async function rightsOfRule(tx: Reader, ownerId: string, named: readonly GrantedRight[]): Promise<Rights> {
  const held = await grantsOf(tx, ownerId, { enabled: true })
  if (!held) {
    throw new LetheError(
      'FORBIDDEN',
      'The owner of the rule may not sign in any more: whoever enables or saves it becomes its owner.',
    )
  }
  const missing = lacking(held, named)
  if (missing.length > 0) {
    throw new LetheError(
      'FORBIDDEN',
      `The owner of the rule lacks what it names: ${missing.map(({ access, right }) => `${access} "${right}"`).join(', ')}.`,
    )
  }
  return bothOf(rightsOf(named), rightsOf(held))
}

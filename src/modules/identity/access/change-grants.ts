import { covers, type GrantedRight } from '../../../graphql/auth/rights.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { invalidInput } from '../../../graphql/errors.ts'
import { changeAccess } from './change-access.ts'
import { requireRole } from './change-roles.ts'
import { type DeclaredRight, rightFault } from './right-names.ts'

/** Lets a role read or write what a right names, or both; what isn't said here stays as it is. Throws FORBIDDEN for what the caller doesn't hold. */
export async function grantRight(
  context: WorkContext,
  declared: readonly DeclaredRight[],
  roleId: string,
  grant: GrantedRight,
): Promise<void> {
  checkGrant(grant, rightFault(declared, grant.right))
  const { right } = grant
  await changeAccess(context, 'grantRight', 'identity.roles', async (tx, caller) => {
    const { grants, purposes } = await requireRole(tx, roleId)
    caller.mustHold([{ ...grant, purposes }], 'right')
    const present = grants.find((one) => one.right === right)
    if (!present) {
      await tx.grant.create({ data: { roleId, ...grant } })
    } else if ((grant.read && !present.read) || (grant.write && !present.write)) {
      const data = { read: present.read || grant.read, write: present.write || grant.write }
      await tx.grant.update({ where: { roleId_right: { roleId, right } }, data })
    }
  })
}

/**
 * Takes from a role what it was granted under this very name: to read, to write, or both; the other stays. Throws
 * INVALID_INPUT, and does nothing, where a wider grant of the role would still allow it.
 */
export async function revokeRight(
  context: WorkContext,
  declared: readonly DeclaredRight[],
  roleId: string,
  taken: GrantedRight,
): Promise<void> {
  const { right } = taken
  await changeAccess(context, 'revokeRight', 'identity.roles', async (tx) => {
    const { grants } = await requireRole(tx, roleId)
    const present = revocable(declared, grants, taken)
    if (!present) return
    const data = { read: present.read && !taken.read, write: present.write && !taken.write }
    const where = { roleId_right: { roleId, right } }
    if (data.read || data.write) {
      await tx.grant.update({ where, data })
    } else {
      await tx.grant.delete({ where })
      await tx.grantUse.deleteMany({ where: { roleId, right } })
    }
  })
}

/**
 * What these grants allow under this very name, before some of it is taken away. Throws INVALID_INPUT if it is the name of
 * nothing, or if a wider one of them would still allow what is to be taken.
 */
export function revocable<Grant extends GrantedRight>(
  declared: readonly DeclaredRight[],
  grants: readonly Grant[],
  taken: GrantedRight,
): Grant | undefined {
  const { right, read, write } = taken
  const present = grants.find((one) => one.right === right)
  // What a module declared once can be taken away, too.
  checkGrant(taken, present ? undefined : rightFault(declared, right))
  const wider = grants.find(
    (one) => one !== present && covers(one.right, right) && ((read && one.read) || (write && one.write)),
  )
  if (wider)
    checkGrant(
      taken,
      `It would still be allowed by the grant of "${wider.right}": revoke that, and grant what is to stay.`,
    )
  return present
}

/** Throws INVALID_INPUT if neither reading nor writing is named, or the name of the right is at fault. */
export function checkGrant({ read, write }: GrantedRight, fault?: string) {
  if (fault) throw invalidInput([{ field: 'right', message: fault }])
  if (!read && !write) throw invalidInput([{ field: 'read', message: 'Say which: read, write or both.' }])
}

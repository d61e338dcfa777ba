import { v7 as uuidv7 } from 'uuid'
import type { GrantedRight } from '../../../graphql/auth/rights.ts'
import type { Context } from '../../../graphql/context.ts'
import { changeAccess } from '../access/change-access.ts'
import { checkGrant, revocable } from '../access/change-grants.ts'
import { type DeclaredRight, rightFault } from '../access/right-names.ts'
import { requireClient, right as toWrite } from './clients.ts'

/**
 * Lets a client read or write what a right names, in addition to what it may already. Throws FORBIDDEN for what the caller
 * doesn't hold.
 */
export async function grantScope(
  context: Context,
  declared: readonly DeclaredRight[],
  clientId: string,
  scope: GrantedRight,
): Promise<void> {
  const { right, read, write } = scope
  checkGrant(scope, rightFault(declared, right))
  await changeAccess(context, 'grantScope', toWrite, async (tx, caller) => {
    await requireClient(tx, clientId)
    caller.mustHold([scope], 'right')
    const present = await tx.clientScope.findUnique({ where: { clientId_right: { clientId, right } } })
    const data = { read: read || present?.read === true, write: write || present?.write === true }
    if (present) await tx.clientScope.update({ where: { id: present.id }, data })
    else await tx.clientScope.create({ data: { id: uuidv7(), clientId, right, ...data } })
  })
}

/**
 * Takes from a client what it may by this very name. Throws INVALID_INPUT, and does nothing, where a wider scope would still
 * let it.
 */
export async function revokeScope(
  context: Context,
  declared: readonly DeclaredRight[],
  clientId: string,
  taken: GrantedRight,
): Promise<void> {
  await changeAccess(context, 'revokeScope', toWrite, async (tx) => {
    await requireClient(tx, clientId)
    const present = revocable(declared, await tx.clientScope.findMany({ where: { clientId } }), taken)
    if (!present) return
    const data = { read: present.read && !taken.read, write: present.write && !taken.write }
    const where = { id: present.id }
    if (data.read || data.write) await tx.clientScope.update({ where, data })
    else await tx.clientScope.delete({ where })
  })
}

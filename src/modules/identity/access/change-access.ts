import { type Transaction, transact } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { LetheError } from '../../../graphql/errors.ts'
import { type Authority, authorityOf } from './authority.ts'

/**
 * Runs a change of what people may do. The rights of whoever makes it are read in the transaction itself, and it is
 * serializable: what one process takes away, another can't give on at the same moment. Afterwards somebody must be left who
 * may do everything, or nothing happens (LAST_ADMINISTRATOR).
 *
 * @param right What it takes to write.
 */
export async function changeAccess<T>(
  context: WorkContext,
  operation: string,
  right: 'identity.roles' | 'identity.users' | 'identity.clients',
  run: (tx: Transaction, caller: Authority) => Promise<T>,
): Promise<T> {
  return transact(
    context,
    operation,
    async (tx) => {
      const caller = await authorityOf(tx, context)
      caller.mustWrite(right, operation)
      const result = await run(tx, caller)
      await keepAnAdministrator(tx)
      return result
    },
    { isolation: 'Serializable', integrated: true },
  )
}

/**
 * Throws LAST_ADMINISTRATOR unless somebody is left who can sign in and may do everything. For it to hold against another
 * change at the same moment, the transaction has to be serializable.
 */
export async function keepAnAdministrator(tx: Pick<Transaction, '$queryRaw'>): Promise<void> {
  const left = await tx.$queryRaw<unknown[]>`
    SELECT FROM user_account u
    JOIN role_assignment a ON a.user_id = u.id
    JOIN role r ON r.id = a.role_id
    JOIN role_grant g ON g.role_id = r.id
    WHERE u.disabled_at IS NULL AND g."right" = '*' AND g.read AND g.write AND cardinality(r.purposes) = 0
      AND (u.password_hash <> '' OR EXISTS (SELECT FROM external_identity e WHERE e.user_id = u.id))
    LIMIT 1`
  if (left.length > 0) return
  throw new LetheError(
    'LAST_ADMINISTRATOR',
    'Nothing was done, because nobody would be left who may do everything: give somebody else the role "administrator" first.',
  )
}

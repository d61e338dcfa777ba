import { type Transaction, transact } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { LetheError } from '../../../graphql/errors.ts'
import { StartError } from '../../../start-error.ts'
import { addMissingRoles, administrator } from './roles.ts'
import { addUser } from './users.ts'

/** What the first start made: the administrator, with the password if that was generated. */
export type Bootstrapped = { created?: { email: string; password?: string } }

// Held meanwhile, so that of several processes that start at once one does it and the others find it done.
const bootstrapLock = 5_384_845

/**
 * Makes the built-in roles that are missing and, where there is no user yet, the first administrator.
 *
 * @param also What other modules have from the start.
 */
export async function bootstrapIdentity(
  context: WorkContext,
  admin: { email: string; password: string | undefined },
  also: (tx: Transaction) => Promise<void> = async () => undefined,
): Promise<Bootstrapped> {
  return context.database.$transaction(
    async (guard) => {
      // On a connection of its own: the work begins after the lock is taken, and so sees what others did before.
      await guard.$executeRaw`SELECT pg_advisory_xact_lock(${bootstrapLock}::bigint)`
      await transact(context, 'bootstrap', async (tx) => {
        await addMissingRoles(tx)
        await also(tx)
      })
      if ((await context.database.user.count()) > 0) return {}
      const { email, password } = await firstAdministrator(context, admin)
      return { created: { email, ...(password !== undefined && { password }) } }
    },
    { timeout: 60_000, maxWait: 60_000 },
  )
}

async function firstAdministrator(context: WorkContext, admin: { email: string; password: string | undefined }) {
  try {
    return await addUser(context, { ...admin, name: 'Administrator', roles: [administrator] })
  } catch (cause) {
    if (!(cause instanceof LetheError)) throw cause
    throw new StartError(`The first administrator can't be made. ${cause.message}`, { cause })
  }
}

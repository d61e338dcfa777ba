import type { Database } from '../../../database/client.ts'
import type { Rights } from '../../../graphql/auth/rights.ts'
import type { Logger } from '../../../log.ts'
import { loggable } from '../../../log-error.ts'

/** Notes which grants are made use of. */
export type GrantUseRecorder = {
  /** Writes down what is still in memory. If that fails, the log tells of it, and nothing else happens. */
  flush: () => Promise<void>
  stop: () => void
}

type Use = { role: string; right: string; read: boolean; write: boolean }

const every = 60_000

// More grants than that in use at a time, and the rest waits for another minute.
const mostAtOnce = 10_000

/**
 * Writes down every minute, in one statement, which grants were made use of since. It is for the review of rights: what is
 * lost when a process is killed doesn't matter.
 *
 * @param knownRights The rights that are in memory.
 */
export function recordGrantUse(deps: {
  database: Database
  log: Logger
  knownRights: () => Iterable<Rights>
}): GrantUseRecorder {
  const flush = async () => {
    try {
      await writeUses(deps.database, usesOf(deps.knownRights()))
    } catch (error) {
      deps.log.warn({ error: loggable(error) }, 'the use of grants was not noted')
    }
  }
  const timer = setInterval(flush, every).unref()
  return { flush, stop: () => clearInterval(timer) }
}

/** The grants that were made use of since this was asked last. */
function usesOf(all: Iterable<Rights>): Use[] {
  const uses = new Map<string, Use>()
  for (const rights of all) {
    for (const { grants, access } of rights.takeUses()) {
      for (const { roleId, right } of grants) {
        if (roleId === undefined) continue // A client's scope, which is not a role's.
        const key = `${roleId} ${right}`
        const use = uses.get(key) ?? { role: roleId, right, read: false, write: false }
        uses.set(key, { ...use, [access]: true })
      }
    }
    if (uses.size >= mostAtOnce) break
  }
  return [...uses.values()]
}

/** To the hour: most minutes there is nothing to write. In order, so that processes don't wait for each other in a circle. */
async function writeUses(database: Database, uses: readonly Use[]): Promise<void> {
  if (uses.length === 0) return
  await database.$executeRaw`
    INSERT INTO grant_use (role_id, "right", last_read_at, last_write_at)
    SELECT g.role_id, g."right", CASE WHEN u.read THEN now() END, CASE WHEN u.write THEN now() END
    FROM jsonb_to_recordset(${JSON.stringify(uses)}::jsonb) u(role uuid, "right" text, read boolean, write boolean)
    JOIN role_grant g ON g.role_id = u.role AND g."right" = u."right"
    ORDER BY g.role_id, g."right"
    ON CONFLICT (role_id, "right") DO UPDATE SET
      last_read_at = coalesce(excluded.last_read_at, grant_use.last_read_at),
      last_write_at = coalesce(excluded.last_write_at, grant_use.last_write_at)
    WHERE excluded.last_read_at > coalesce(grant_use.last_read_at, '-infinity') + interval '1 hour'
      OR excluded.last_write_at > coalesce(grant_use.last_write_at, '-infinity') + interval '1 hour'`
}

/** A grant that nobody makes use of. */
export type UnusedGrant = {
  roleId: string
  /** The role's key. */
  role: string
  right: string
  access: 'read' | 'write'
  /** When it was used last; null: never. */
  lastUsedAt: Date | null
}

/** The grants that were not made use of for 90 days, or never, by role and right: most can be revoked. */
export const unusedGrants = (database: Pick<Database, '$queryRaw'>): Promise<UnusedGrant[]> =>
  database.$queryRaw<UnusedGrant[]>`
    SELECT r.id AS "roleId", r.key AS role, g."right", a.access, a.used_at AS "lastUsedAt"
    FROM role_grant g
    JOIN role r ON r.id = g.role_id
    LEFT JOIN grant_use u ON u.role_id = g.role_id AND u."right" = g."right"
    CROSS JOIN LATERAL (VALUES ('read', g.read, u.last_read_at), ('write', g.write, u.last_write_at)) a(access, granted, used_at)
    WHERE a.granted AND coalesce(a.used_at, '-infinity') < now() - interval '90 days'
    ORDER BY r.key, g."right", a.access`

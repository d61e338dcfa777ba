import { Prisma } from '#prisma/client.ts'

/**
 * A user's grants, as SQL for a list of columns: `u` is the row of `user_account`, `a` of `role_assignment`, `r` of `role`
 * and `g` of `role_grant`, all but the first left-joined; group by user.
 */
export const grantsColumn = Prisma.sql`coalesce(
  jsonb_agg(DISTINCT jsonb_build_object('right', g."right", 'read', g."read", 'write', g."write", 'roleId', g.role_id,
    'purposes', to_jsonb(r.purposes))) FILTER (WHERE g.role_id IS NOT NULL), '[]')`

/** The joins that `grantsColumn` wants. */
export const grantsJoins = Prisma.sql`
  LEFT JOIN role_assignment a ON a.user_id = u.id
  LEFT JOIN role r ON r.id = a.role_id
  LEFT JOIN role_grant g ON g.role_id = a.role_id`

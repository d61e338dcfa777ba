import DataLoader from 'dataloader'
import type { Context } from '../../../graphql/context.ts'

declare module '../../../graphql/context.ts' {
  interface Loaders {
    lastSignIns?: DataLoader<string, Date | null>
  }
}

/** When a user last signed in, for all users of a page in one statement. */
export function lastSignIns({
  loaders,
  database,
}: Pick<Context, 'loaders' | 'database'>): DataLoader<string, Date | null> {
  loaders.lastSignIns ??= new DataLoader(async (userIds) => {
    const rows = await database.$queryRaw<{ userId: string; at: Date }[]>`
      SELECT user_id AS "userId", max(created_at) AS at FROM session WHERE user_id = ANY(${userIds}::uuid[]) GROUP BY user_id`
    const byUser = new Map(rows.map(({ userId, at }) => [userId, at]))
    return userIds.map((id) => byUser.get(id) ?? null)
  })
  return loaders.lastSignIns
}

import DataLoader from 'dataloader'
import type { Prisma, User } from '#prisma/client.ts'
import type { PageArguments } from '../../database/keyset.ts'
import type { Context } from '../../graphql/context.ts'
import { type EntryPage, listHistories } from './entries.ts'

/** Who an actor is, as far as the log shows it. */
export type ActorName = Pick<User, 'id' | 'name' | 'email'>

/** What the audit log loads in batches. */
export type AuditLoaders = {
  users: DataLoader<string, ActorName | null>
  /** By contact, for one selection of entries each: `key` tells selections apart. */
  history: (key: string, page: PageArguments, conditions: () => readonly Prisma.Sql[]) => DataLoader<string, EntryPage>
}

declare module '../../graphql/context.ts' {
  interface Loaders {
    audit?: AuditLoaders
  }
}

/** The loaders of this request, made when they are first asked for. */
export function auditLoaders({ loaders, database }: Pick<Context, 'loaders' | 'database'>): AuditLoaders {
  loaders.audit ??= { users: userLoader(database), history: historyLoaders(database) }
  return loaders.audit
}

function userLoader(database: Context['database']) {
  return new DataLoader<string, ActorName | null>(async (ids) => {
    const select = { id: true, name: true, email: true }
    const users = await database.user.findMany({ where: { id: { in: [...ids] } }, select })
    const byId = new Map(users.map((user) => [user.id, user]))
    return ids.map((id) => byId.get(id) ?? null)
  })
}

function historyLoaders(database: Context['database']): AuditLoaders['history'] {
  const bySelection = new Map<string, DataLoader<string, EntryPage>>()
  return (key, page, conditions) => {
    const known = bySelection.get(key)
    if (known) return known
    const loader = new DataLoader<string, EntryPage>((ids) => listHistories(database, ids, conditions(), page))
    bySelection.set(key, loader)
    return loader
  }
}

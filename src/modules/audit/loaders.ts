import DataLoader from 'dataloader'
import type { AutomationRule, Client, Prisma, User } from '#prisma/client.ts'
import type { PageArguments } from '../../database/keyset.ts'
import type { Context } from '../../graphql/context.ts'
import { type EntryPage, listHistories } from './entries.ts'
import { keyOf } from './opening.ts'

/** Who an actor is, as far as the log shows it. */
export type ActorName = Pick<User, 'id' | 'name' | 'email'>

/** The same of a client. */
export type ClientName = Pick<Client, 'id' | 'name'>

/** The same of a rule, and whose it is. */
export type RuleName = Pick<AutomationRule, 'id' | 'name'> & { owner: Pick<User, 'name'> }

/** What the audit log loads in batches. */
export type AuditLoaders = {
  users: DataLoader<string, ActorName | null>
  clients: DataLoader<string, ClientName | null>
  rules: DataLoader<string, RuleName | null>
  /** By contact, for one selection of entries each: `key` tells selections apart. */
  history: (key: string, page: PageArguments, selection: () => HistorySelection) => DataLoader<string, EntryPage>
}

/** Which entries a history has, as conditions on `e`. */
export type HistorySelection = {
  conditions: readonly Prisma.Sql[]
  /** The same for a contact that was erased: its entries don't tell what they are about. Undefined: none. */
  ofErased: readonly Prisma.Sql[] | undefined
}

const nothing: EntryPage = { edges: [], hasNextPage: false, hasPreviousPage: false }

declare module '../../graphql/context.ts' {
  interface Loaders {
    audit?: AuditLoaders
  }
}

/** The loaders of this request, made when they are first asked for. */
export function auditLoaders(context: Context): AuditLoaders {
  const { loaders, database } = context
  loaders.audit ??= {
    users: userLoader(database),
    clients: clientLoader(database),
    rules: ruleLoader(database),
    history: historyLoaders(context),
  }
  return loaders.audit
}

function userLoader(database: Context['database']) {
  const select = { id: true, name: true, email: true }
  return byId<ActorName>((ids) => database.user.findMany({ where: { id: { in: ids } }, select }))
}

function clientLoader(database: Context['database']) {
  const select = { id: true, name: true }
  return byId<ClientName>((ids) => database.client.findMany({ where: { id: { in: ids } }, select }))
}

function ruleLoader(database: Context['database']) {
  const select = { id: true, name: true, owner: { select: { name: true } } }
  return byId<RuleName>((ids) => database.automationRule.findMany({ where: { id: { in: ids } }, select }))
}

const byId = <Row extends { id: string }>(find: (ids: string[]) => PromiseLike<Row[]>) =>
  new DataLoader<string, Row | null>(async (ids) => {
    const rows = new Map((await find([...ids])).map((row) => [row.id, row]))
    return ids.map((id) => rows.get(id) ?? null)
  })

function historyLoaders(context: Context): AuditLoaders['history'] {
  const bySelection = new Map<string, DataLoader<string, EntryPage>>()
  return (key, page, selection) => {
    const known = bySelection.get(key)
    if (known) return known
    const loader = new DataLoader<string, EntryPage>(async (ids) => {
      const { conditions, ofErased } = selection()
      const keys = await Promise.all(ids.map((contactId) => keyOf(context, { contactId })))
      const erased = ids.filter((_id, index) => keys[index] === 'destroyed')
      const others = ids.filter((_id, index) => keys[index] !== 'destroyed')
      const pages = new Map<string, EntryPage>()
      const load = async (some: readonly string[], wanted: readonly Prisma.Sql[] | undefined) => {
        const found = some.length > 0 && wanted ? await listHistories(context, some, wanted, page) : []
        for (const [index, id] of some.entries()) pages.set(id, found[index] ?? nothing)
      }
      await Promise.all([load(others, conditions), load(erased, ofErased)])
      return ids.map((id) => pages.get(id) ?? nothing)
    })
    bySelection.set(key, loader)
    return loader
  }
}

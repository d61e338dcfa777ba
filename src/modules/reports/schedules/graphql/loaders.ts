import DataLoader from 'dataloader'
import type { ReportAddress, ReportProtection, ReportRecipient, ReportTurn } from '#prisma/client.ts'
import type { Context } from '../../../../graphql/context.ts'
import { type ListedMailing, mailingsOf, undeliverableOf } from '../mailings.ts'

declare module '../../../../graphql/context.ts' {
  interface Loaders {
    reportTurns?: DataLoader<string, ReportTurn | null>
    reportRecipients?: DataLoader<string, ReportRecipient[]>
    reportMailings?: DataLoader<string, ListedMailing[]>
    reportUndeliverable?: DataLoader<string, ReadonlyMap<string, Date>>
    reportAddresses?: DataLoader<string, ReportAddress | null>
    reportProtections?: DataLoader<string, ReportProtection | null>
  }
}

// Each of many schedules in one statement.

export const mostMailings = 50

export const turnOf = ({ loaders, database }: Context, scheduleId: string): Promise<ReportTurn | null> => {
  loaders.reportTurns ??= new DataLoader(async (ids) => {
    const rows = await database.reportTurn.findMany({ where: { scheduleId: { in: [...ids] } } })
    return ids.map((id) => rows.find((row) => row.scheduleId === id) ?? null)
  })
  return loaders.reportTurns.load(scheduleId)
}

export const recipientsOf = ({ loaders, database }: Context, scheduleId: string): Promise<ReportRecipient[]> => {
  loaders.reportRecipients ??= new DataLoader(async (ids) => {
    const rows = await database.reportRecipient.findMany({
      where: { scheduleId: { in: [...ids] } },
      orderBy: { id: 'asc' },
    })
    return ids.map((id) => rows.filter((row) => row.scheduleId === id))
  })
  return loaders.reportRecipients.load(scheduleId)
}

export const mailingsIn = ({ loaders, database }: Context, scheduleId: string): Promise<ListedMailing[]> => {
  loaders.reportMailings ??= new DataLoader(async (ids) => {
    const rows = Map.groupBy(await mailingsOf(database, ids, mostMailings), (row) => row.scheduleId)
    return ids.map((id) => rows.get(id) ?? [])
  })
  return loaders.reportMailings.load(scheduleId)
}

/** Since when mails come back, by recipient. */
export const undeliverableIn = ({ loaders, database }: Context, scheduleId: string) => {
  loaders.reportUndeliverable ??= new DataLoader(async (ids) => {
    const rows = Map.groupBy(await undeliverableOf(database, ids), (row) => row.scheduleId)
    return ids.map((id) => new Map((rows.get(id) ?? []).map(({ recipientId, since }) => [recipientId, since])))
  })
  return loaders.reportUndeliverable.load(scheduleId)
}

export const addressWith = ({ loaders, database }: Context, id: string): Promise<ReportAddress | null> => {
  loaders.reportAddresses ??= new DataLoader(async (ids) => {
    const rows = await database.reportAddress.findMany({ where: { id: { in: [...ids] } } })
    return ids.map((one) => rows.find((row) => row.id === one) ?? null)
  })
  return loaders.reportAddresses.load(id)
}

export const protectionWith = ({ loaders, database }: Context, id: string): Promise<ReportProtection | null> => {
  loaders.reportProtections ??= new DataLoader(async (ids) => {
    const rows = await database.reportProtection.findMany({ where: { recipientId: { in: [...ids] } } })
    return ids.map((one) => rows.find((row) => row.recipientId === one) ?? null)
  })
  return loaders.reportProtections.load(id)
}

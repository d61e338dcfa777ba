import DataLoader from 'dataloader'
import type { ConsentChange, WebhookAttempt } from '#prisma/client.ts'
import type { Context } from '../../../graphql/context.ts'

declare module '../../../graphql/context.ts' {
  interface Loaders {
    webhookAttempts?: DataLoader<string, WebhookAttempt[]>
    consentChanges?: DataLoader<string, ConsentChange | null>
  }
}

/** The tries of deliveries, in the order of time; of many deliveries in one statement. */
export function attemptsOf(context: Context, { contactId, id }: { contactId: string | null; id: string }) {
  if (!contactId) return []
  context.loaders.webhookAttempts ??= new DataLoader(async (keys: readonly string[]) => {
    const rows = await context.database.webhookAttempt.findMany({
      where: { contactId: { in: keys.map(first) }, deliveryId: { in: keys.map(second) } },
      orderBy: { id: 'asc' },
    })
    const byDelivery = Map.groupBy(rows, (row) => `${row.contactId} ${row.deliveryId}`)
    return keys.map((key) => byDelivery.get(key) ?? [])
  })
  return context.loaders.webhookAttempts.load(`${contactId} ${id}`)
}

/** The changes that deliveries tell of. */
export function changeOf(context: Context, { contactId, changeId }: { contactId: string | null; changeId: string }) {
  if (!contactId) return null
  context.loaders.consentChanges ??= new DataLoader(async (keys: readonly string[]) => {
    const rows = await context.database.consentChange.findMany({
      where: { contactId: { in: keys.map(first) }, id: { in: keys.map(second) } },
    })
    const byId = new Map(rows.map((row) => [`${row.contactId} ${row.id}`, row]))
    return keys.map((key) => byId.get(key) ?? null)
  })
  return context.loaders.consentChanges.load(`${contactId} ${changeId}`)
}

const first = (key: string) => key.split(' ')[0] ?? ''
const second = (key: string) => key.split(' ')[1] ?? ''

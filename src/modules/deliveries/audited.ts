import type { Webhook } from '#prisma/client.ts'
import type { AuditedRow } from '../../database/audited.ts'
import type { Json } from '../../database/json.ts'

/** How a webhook reads in the log: who is told, where and of what; never with what it signs. */
export const describeWebhook = (row: Partial<Webhook> & { id: string }): AuditedRow => {
  const { id, clientId, url, purposes, events, emailHashes, secretMadeAt, formerUntil, disabledAt, disabledBecause } =
    row
  const values: Record<string, Json | undefined> = {
    client: clientId,
    url,
    purposes,
    events: events && events.length > 0 ? events.map((event) => event.toUpperCase()) : undefined,
    emailHashes,
    secretMadeAt: secretMadeAt?.toISOString(),
    formerSecretUntil: formerUntil?.toISOString(),
    disabledAt: disabledAt?.toISOString(),
    disabledBecause: disabledBecause?.toUpperCase() || undefined,
    deletedAt: row.deletedAt?.toISOString(),
  }
  return {
    entity: 'Webhook',
    entityId: id,
    values: Object.fromEntries(
      Object.entries(values).flatMap(([field, value]) => (value === undefined ? [] : [[field, value] as const])),
    ),
  }
}

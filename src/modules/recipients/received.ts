import DataLoader from 'dataloader'
import { v7 as uuidv7 } from 'uuid'
import type { Context } from '../../graphql/context.ts'

type Received = { contactId: string; field: string; record: string }

declare module '../../graphql/context.ts' {
  interface Loaders {
    received?: DataLoader<Received, true, string>
  }
}

/**
 * Notes that the partner who calls gets a field of a contact, before it does: they will have to be told when it is rectified (Art. 19
 * GDPR), and the contact, who got it (Art. 15(1)(c)). One statement for all fields that are answered together.
 *
 * @param field A field of Contact, `customFields.<key>`, or one of another type: `Order.number`.
 * @param record Of another type: the UUID of the object.
 */
export function noteReceived(context: Context, contactId: string, field: string, record = ''): Promise<true> {
  context.loaders.received ??= new DataLoader((some) => write(context, some), {
    cacheKeyFn: nameOf,
    maxBatchSize: 10_000,
  })
  return context.loaders.received.load({ contactId, field, record })
}

/** Whether who calls is a partner, of whom it is noted what it gets. */
export const isRecipient = ({ partner, actor }: Context): boolean => partner === true && actor.kind === 'client'

const nameOf = ({ contactId, field, record }: Received) => `${contactId} ${field} ${record}`

async function write({ database, actor }: Context, received: readonly Received[]): Promise<true[]> {
  // Always in the same order, so that two requests never wait for each other.
  const rows = received.toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1))
  const [ids, contactIds, fields, records] = [
    rows.map(() => uuidv7()),
    rows.map(({ contactId }) => contactId),
    rows.map(({ field }) => field),
    rows.map(({ record }) => record),
  ]
  // What was noted within the hour is only looked up: nothing is written, and no row is locked.
  await database.$executeRaw`
    INSERT INTO recipient_read (contact_id, id, client_id, field, record, first_at, last_at)
    SELECT g.contact_id, g.id, ${actor.id}::uuid, g.field, g.record, now(), now()
    FROM unnest(${contactIds}::uuid[], ${ids}::uuid[], ${fields}::text[], ${records}::text[]) g (contact_id, id, field, record)
    JOIN contact c ON c.contact_id = g.contact_id
    WHERE NOT EXISTS (SELECT FROM recipient_read known WHERE known.contact_id = g.contact_id AND known.client_id = ${actor.id}::uuid
      AND known.field = g.field AND known.record = g.record AND known.last_at >= now() - interval '1 hour')
    ON CONFLICT (contact_id, client_id, field, record) DO UPDATE SET last_at = excluded.last_at`
  return received.map(() => true as const)
}

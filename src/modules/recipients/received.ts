import DataLoader from 'dataloader'
import { v7 as uuidv7 } from 'uuid'
import type { Context } from '../../graphql/context.ts'

type Received = { contactId: string; field: string }

declare module '../../graphql/context.ts' {
  interface Loaders {
    received?: DataLoader<Received, true, string>
  }
}

/**
 * Notes that the partner who calls gets a field of a contact, before it does: they will have to be told when it is rectified (Art. 19
 * GDPR), and the contact, who got it (Art. 15(1)(c)). One statement for all fields that are answered together.
 *
 * @param field A field of Contact, or `customFields.<key>`.
 */
export function noteReceived(context: Context, contactId: string, field: string): Promise<true> {
  context.loaders.received ??= new DataLoader((some) => write(context, some), {
    cacheKeyFn: ({ contactId: id, field: name }) => `${id} ${name}`,
    maxBatchSize: 10_000,
  })
  return context.loaders.received.load({ contactId, field })
}

async function write({ database, actor }: Context, received: readonly Received[]): Promise<true[]> {
  // Always in the same order, so that two requests never wait for each other.
  const rows = received.toSorted((one, other) =>
    `${one.contactId} ${one.field}` < `${other.contactId} ${other.field}` ? -1 : 1,
  )
  const [ids, contactIds, fields] = [
    rows.map(() => uuidv7()),
    rows.map(({ contactId }) => contactId),
    rows.map(({ field }) => field),
  ]
  await database.$executeRaw`
    INSERT INTO recipient_read AS r (contact_id, id, client_id, field, first_at, last_at)
    SELECT g.contact_id, g.id, ${actor.id}::uuid, g.field, now(), now()
    FROM unnest(${contactIds}::uuid[], ${ids}::uuid[], ${fields}::text[]) g (contact_id, id, field)
    JOIN contact c ON c.contact_id = g.contact_id
    ON CONFLICT (contact_id, client_id, field) DO UPDATE SET last_at = excluded.last_at
    WHERE r.last_at < excluded.last_at - interval '1 hour'`
  return received.map(() => true as const)
}

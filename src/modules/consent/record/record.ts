import { CompactSign } from 'jose'
import type { Json, JsonObject } from '../../../database/json.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { asAnObject } from './as-object.ts'
import { type RecordSigner, recordSigner } from './keys.ts'
import { partsOf, type Recorded } from './parts.ts'

/** A consent record: what it says, and the same signed (JWS, compact; EdDSA). */
export type ConsentRecord = { payload: JsonObject; jws: string }

/**
 * The records of what happened to a contact's consents (after ISO/IEC TS 27560 and W3C DPV), by the ids of the events: made from these,
 * with what the register says of their purposes when they are asked for. What is not known is null or empty. As many statements for
 * fifty events as for one.
 */
export async function consentRecords(
  context: WorkContext,
  contactId: string,
  eventIds: readonly string[],
): Promise<Map<string, ConsentRecord>> {
  const { database } = context
  const records = new Map<string, ConsentRecord>()
  const found = await database.lawfulBasisEvent.findMany({
    where: { contactId, id: { in: [...eventIds] } },
    include: { notice: true, purpose: { include: { retention: true } } },
  })
  if (found.length === 0) return records
  const others = await database.lawfulBasisEvent.findMany({
    where: { contactId, purposeKey: { in: found.map(({ purposeKey }) => purposeKey) } },
    include: { notice: true },
    orderBy: { recordedAt: 'asc' },
  })
  const withClients = found.map((event) => ({ event, clientId: clientOf(event, others) }))
  const clients = await database.client.findMany({
    where: { id: { in: withClients.flatMap(({ clientId }) => clientId ?? []) } },
    select: { id: true, name: true },
  })
  const keyOfContact = (await context.keys.find([contactId])).get(contactId)
  const key = keyOfContact === 'destroyed' ? undefined : keyOfContact
  const signer = await recordSigner(context)
  for (const { event, clientId } of withClients) {
    const partner = clients.find(({ id }) => id === clientId) ?? null
    const payload = asAnObject(partsOf(context, event, { others, partner, key }))
    records.set(event.id, { payload, jws: await signed(signer, payload) })
  }
  return records
}

/** The partner who acted; of a confirmation, who asked. */
function clientOf(
  { actorKind, actorId, basisId }: Recorded,
  others: readonly Pick<Recorded, 'id' | 'actorKind' | 'actorId'>[],
) {
  if (actorKind === 'client' && actorId) return actorId
  return others.find((one) => one.id === basisId && one.actorKind === 'client')?.actorId ?? undefined
}

const signed = ({ kid, key }: RecordSigner, payload: Json): Promise<string> =>
  new CompactSign(Buffer.from(JSON.stringify(payload)))
    .setProtectedHeader({ alg: 'EdDSA', typ: 'consent-record+jws', kid })
    .sign(key)

import { CompactSign } from 'jose'
import type { LawfulBasisEvent } from '#prisma/client.ts'
import type { Json, JsonObject } from '../../../database/json.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { asAnObject } from './as-object.ts'
import { recordSigner } from './keys.ts'
import { partsOf } from './parts.ts'

/** A consent record: what it says, and the same signed (JWS, compact; EdDSA). */
export type ConsentRecord = { payload: JsonObject; jws: string }

/**
 * The record of what happened to a consent (after ISO/IEC TS 27560 and W3C DPV): made from its event, so that it says the same
 * whenever it is asked for. What is not known is null or empty. Null if there is no such event (any more).
 */
export async function consentRecord(
  context: WorkContext,
  contactId: string,
  eventId: string,
): Promise<ConsentRecord | null> {
  const { database } = context
  const event = await database.lawfulBasisEvent.findUnique({
    where: { contactId_id: { contactId, id: eventId } },
    include: { notice: true, purpose: { include: { retention: true } } },
  })
  if (!event) return null
  const others = await database.lawfulBasisEvent.findMany({
    where: { contactId, purposeKey: event.purposeKey },
    orderBy: { recordedAt: 'asc' },
  })
  const client = event.actorKind === 'client' && event.actorId ? event.actorId : clientIn(others, event)
  const partner = client
    ? await database.client.findUnique({ where: { id: client }, select: { id: true, name: true } })
    : null
  const payload = asAnObject(await partsOf(context, event, others, partner))
  return { payload, jws: await signed(context, payload) }
}

/** Of a confirmation, the partner who asked. */
const clientIn = (others: readonly LawfulBasisEvent[], { basisId }: LawfulBasisEvent) => {
  const asked = others.find(({ id, actorKind }) => id === basisId && actorKind === 'client')
  return asked?.actorId ?? undefined
}

async function signed(context: WorkContext, payload: Json): Promise<string> {
  const { kid, key } = await recordSigner(context)
  return new CompactSign(Buffer.from(JSON.stringify(payload)))
    .setProtectedHeader({ alg: 'EdDSA', typ: 'consent-record+jws', kid })
    .sign(key)
}

import { v7 as uuidv7 } from 'uuid'
import { type LawfulBasisEvent, type LawfulBasisPeriod, Prisma } from '#prisma/client.ts'
import type { Database } from '../../../database/client.ts'
import { rowsIn } from '../../../database/rows-in.ts'
import type { Transaction } from '../../../database/transact.ts'
import { expires, isEmpty, timelineOf } from '../law/timeline.ts'
import type { LawPurpose, Purposes } from '../law/types.ts'

/** Of an event, what deciding needs: no evidence. */
export const lawColumns = {
  contactId: true,
  id: true,
  kind: true,
  purposeKey: true,
  ground: true,
  occurredAt: true,
  recordedAt: true,
  validFrom: true,
  validUntil: true,
  confirmUntil: true,
  basisId: true,
  specialGround: true,
  byGuardian: true,
  despiteObjection: true,
  importId: true,
} as const

/** Such an event. */
export type KnownEvent = Pick<LawfulBasisEvent, keyof typeof lawColumns>

/** The register, as the law looks at it. */
export const readPurposes = async (tx: Pick<Transaction, 'purpose'> | Pick<Database, 'purpose'>): Promise<Purposes> =>
  byKey(await tx.purpose.findMany({ select: lawPurposeColumns }))

const lawPurposeColumns = {
  ...{ key: true, parentKey: true, grounds: true },
  ...{ specialCategories: true, directMarketing: true, retiredAt: true },
} as const

/** Purposes by their keys. */
export const byKey = (purposes: readonly LawPurpose[]): Purposes =>
  new Map(purposes.map((purpose) => [purpose.key, purpose]))

/** What decides about some contacts, by contact: their events, but for uses, which may be many and decide nothing. */
export async function readEvents(
  tx: Pick<Transaction, '$rows'> | Database,
  contactIds: readonly string[],
): Promise<Map<string, KnownEvent[]>> {
  const events = await rowsIn<KnownEvent>(
    tx,
    Prisma.sql`
      SELECT contact_id AS "contactId", id, kind, purpose_key AS "purposeKey", ground, occurred_at AS "occurredAt", recorded_at AS "recordedAt",
        valid_from AS "validFrom", valid_until AS "validUntil", confirm_until AS "confirmUntil", basis_id AS "basisId",
        special_ground AS "specialGround", by_guardian AS "byGuardian", despite_objection AS "despiteObjection", import_id AS "importId"
      FROM lawful_basis_event WHERE contact_id = ANY(${[...new Set(contactIds)]}::uuid[]) AND kind <> 'used'`,
  )
  return Map.groupBy(events, ({ contactId }) => contactId)
}

/**
 * Makes the periods of some contacts anew, from all their events, in three statements.
 *
 * @param only All events that there are, of contacts that have no periods yet.
 */
export async function project(
  tx: Transaction,
  contactIds: readonly string[],
  purposes: Purposes,
  only?: readonly KnownEvent[],
): Promise<void> {
  if (!only) tx.$later(Prisma.sql`DELETE FROM lawful_basis_period WHERE contact_id = ANY(${[...contactIds]}::uuid[])`)
  const events = only ? Map.groupBy(only, ({ contactId }) => contactId) : await readEvents(tx, contactIds)
  const rows = [...events].flatMap(([contactId, own]) => periodsOf(contactId, own, purposes))
  if (rows.length > 0) await tx.lawfulBasisPeriod.createMany({ data: rows })
}

/** The periods that follow from a contact's events, for every purpose that one of them is about. */
export function periodsOf(contactId: string, events: readonly KnownEvent[], purposes: Purposes): LawfulBasisPeriod[] {
  const noted = new Set(
    events.flatMap(({ kind, basisId, occurredAt }) => (kind === 'lapsed' ? [lapseKey(basisId, occurredAt)] : [])),
  )
  return [...new Set(events.map(({ purposeKey }) => purposeKey))].flatMap((purposeKey) =>
    timelineOf(events, purposes, purposeKey)
      .stretches.filter((one) => !isEmpty(one))
      .map((one) => ({
        contactId,
        id: uuidv7(),
        purposeKey,
        ground: one.ground,
        valid: one.valid,
        validFrom: one.from,
        validUntil: one.until,
        eventId: one.event.id,
        givenAt: one.event.occurredAt,
        byGuardian: one.byGuardian,
        specialGround: one.specialGround,
        expires: expires(one),
        lapseNoted: noted.has(lapseKey(one.event.id, one.until)),
      })),
  )
}

const lapseKey = (basisId: string | null, at: Date | null) => `${basisId} ${at?.getTime()}`

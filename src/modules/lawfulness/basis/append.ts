import { v7 as uuidv7 } from 'uuid'
import type { LawfulBasisEvent } from '#prisma/client.ts'
import type { Transaction } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { notFound } from '../../../graphql/errors.ts'
import type { Purposes } from '../law/types.ts'
import { type Evidence, sealEvidence } from './evidence.ts'
import { type KnownEvent, project } from './project.ts'

/** An event to be, with its evidence in the open. */
export type NewEvent = Pick<LawfulBasisEvent, 'contactId' | 'kind' | 'purposeKey' | 'occurredAt'> &
  Partial<Omit<LawfulBasisEvent, 'id' | 'evidence' | 'evidenceKind' | 'actorKind' | 'actorId' | 'recordedAt'>> & {
    id?: string
    evidence?: Evidence | undefined
  }

/**
 * Adds events, makes the periods of their contacts anew, and tells who listens. Returns the events as they are stored.
 *
 * @param options.known All events of their contacts so far, where somebody has just read them.
 */
export async function appendEvents(
  tx: Transaction,
  context: WorkContext,
  events: readonly NewEvent[],
  purposes: Purposes,
  { known }: { known?: readonly KnownEvent[] } = {},
): Promise<LawfulBasisEvent[]> {
  if (events.length === 0) return []
  const sealed = events.filter(({ evidence }) => evidence).map(({ contactId }) => contactId)
  const keys = sealed.length > 0 ? await context.keys.find([...new Set(sealed)]) : undefined
  const { kind: actorKind, id: actorId } = context.actor
  const recordedAt = new Date()
  const rows = events.map(({ evidence, ...event }): LawfulBasisEvent => {
    const row = { ...unsaid, id: uuidv7(), ...event, actorKind, actorId, recordedAt }
    if (!evidence) return row
    const key = keys?.get(event.contactId)
    if (!key || key === 'destroyed') throw notFound('Contact')
    return { ...row, evidenceKind: evidence.kind, evidence: sealEvidence(key, row, evidence.text) }
  })
  await tx.lawfulBasisEvent.createMany({ data: rows })
  const changing = rows.filter(deciding).map(({ contactId }) => contactId)
  // The first events of somebody new are all that there are: PostgreSQL, too, notes one moment for all of them.
  const only =
    known?.length === 0 && rows.every(({ contactId }) => tx.$isNew(contactId)) ? rows.filter(deciding) : undefined
  if (changing.length > 0) await project(tx, [...new Set(changing)], purposes, only)
  for (const listen of context.basisListeners ?? []) await listen(tx, context, rows, purposes)
  return rows
}

const deciding = ({ kind }: Pick<NewEvent, 'kind'>) => kind !== 'used'

const unsaid = {
  ground: null,
  validFrom: null,
  validUntil: null,
  confirmUntil: null,
  basisId: null,
  specialGround: null,
  byGuardian: false,
  despiteObjection: false,
  noticeId: null,
  source: '',
  evidenceKind: null,
  evidence: null,
  importId: null,
  copiedFrom: null,
}

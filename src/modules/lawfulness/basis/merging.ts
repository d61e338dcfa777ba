import { v7 as uuidv7 } from 'uuid'
import type { LawfulBasisEvent } from '#prisma/client.ts'
import type { Transaction } from '../../../database/transact.ts'
import { notFound } from '../../../graphql/errors.ts'
import type { Merging } from '../../contacts/merging.ts'
import { appendEvents, type NewEvent } from './append.ts'
import { openText } from './evidence.ts'
import { readPurposes } from './project.ts'

// Two contacts that are one person have one history: what somebody objected to under one entry holds under the other, too.

/** What a merge means for legal grounds, and what it means to take it back. */
export const basisMerging: Merging = {
  async merged(tx, context, { targetId, sourceId }) {
    const events = await standingEvents(tx, sourceId)
    if (events.length === 0) return
    const key = (await context.keys.find([sourceId])).get(sourceId)
    if (!key || key === 'destroyed') throw notFound('Contact')
    const ids = new Map(events.map(({ id }) => [id, uuidv7()]))
    const copies = events.map(
      ({ evidence, evidenceKind, recordedAt: _at, actorKind: _kind, actorId: _id, ...event }): NewEvent => ({
        ...event,
        contactId: targetId,
        id: ids.get(event.id) ?? uuidv7(),
        basisId: event.basisId && (ids.get(event.basisId) ?? null),
        copiedFrom: event.id,
        evidence:
          evidence && evidenceKind
            ? { kind: evidenceKind, text: openText(key, { contactId: sourceId, id: event.id }, evidence) }
            : undefined,
      }),
    )
    await appendEvents(tx, context, copies, await readPurposes(tx))
  },
  async unmerged(tx, context, { targetId, sourceId }) {
    const sources = await tx.lawfulBasisEvent.findMany({ where: { contactId: sourceId }, select: { id: true } })
    const from = new Set(sources.map(({ id }) => id))
    const copies = (await standingEvents(tx, targetId)).filter(({ copiedFrom }) => copiedFrom && from.has(copiedFrom))
    const occurredAt = new Date()
    const retractions = copies.map(
      ({ id: basisId, purposeKey, ground }): NewEvent => ({
        ...{ contactId: targetId, kind: 'retracted', purposeKey, ground, basisId, occurredAt },
      }),
    )
    await appendEvents(tx, context, retractions, await readPurposes(tx))
  },
}

/** A contact's events, but for those that were taken back, in the order in which they were recorded. */
async function standingEvents(tx: Transaction, contactId: string): Promise<LawfulBasisEvent[]> {
  const events = await tx.lawfulBasisEvent.findMany({
    where: { contactId },
    orderBy: [{ recordedAt: 'asc' }, { id: 'asc' }],
  })
  const retracted = new Set(events.flatMap(({ kind, basisId }) => (kind === 'retracted' ? [basisId] : [])))
  // What referred to something that was taken back would refer to nothing.
  return events.filter(
    ({ id, kind, basisId }) =>
      kind !== 'retracted' && !retracted.has(id) && (basisId === null || !retracted.has(basisId)),
  )
}

import { v7 as uuidv7 } from 'uuid'
import type { LawfulBasisEvent } from '#prisma/client.ts'
import type { BasisListener } from '../../lawfulness/basis/listener.ts'
import { lineOf, type Purposes } from '../../lawfulness/law/types.ts'
import { queueDeliveries, webhooksFor } from '../sending/enqueue.ts'
import { goesDown, isChangeKind } from './kinds.ts'
import { standingOf } from './standing.ts'

/**
 * Notes, in the unit of work that changes legal grounds, what others are to be told: a change for each purpose that an event
 * concerns, and a delivery of it for each webhook that wants it. However many events there are, these are a few statements.
 */
export const recordChanges: BasisListener = async (tx, context, events, purposes) => {
  const concerned = events.flatMap((event) =>
    isChangeKind(event.kind) ? purposesOf(event, purposes).map((purposeKey) => ({ event, purposeKey })) : [],
  )
  if (concerned.length === 0) return
  const contactIds = [...new Set(concerned.map(({ event }) => event.contactId))]
  const keys = [...new Set(concerned.map(({ purposeKey }) => purposeKey))]
  const [standing, webhooks] = await tx.$together(() =>
    Promise.all([standingOf(tx, context, contactIds, keys), webhooksFor(tx, keys)]),
  )
  const recordedAt = new Date()
  const changes = concerned.map(({ event, purposeKey }) => {
    const { contactId, id: eventId, kind, ground, occurredAt } = event
    const now = standing(contactId, purposeKey)
    return {
      ...{ contactId, id: uuidv7(), eventId, kind, purposeKey, ground, occurredAt, recordedAt },
      ...(now ?? { valid: false, since: occurredAt, until: null }),
    }
  })
  await tx.consentChange.createMany({ data: changes })
  await queueDeliveries(tx, context, changes, webhooks)
}

/** The purpose of an event, and those below it where the law goes down the tree. */
function purposesOf({ kind, purposeKey }: LawfulBasisEvent, purposes: Purposes): string[] {
  if (!goesDown(kind)) return [purposeKey]
  const below = [...purposes.keys()].filter((key) => key !== purposeKey && lineOf(purposes, key).includes(purposeKey))
  return [purposeKey, ...below]
}

import { transact } from '../../../database/transact.ts'
import type { Context } from '../../../graphql/context.ts'
import { readEvents, readPurposes } from '../../lawfulness/basis/project.ts'
import { holdsAt } from '../../lawfulness/law/decide.ts'
import { type Timeline, timelineOf } from '../../lawfulness/law/timeline.ts'
import type { LawEvent } from '../../lawfulness/law/types.ts'
import { asContact } from '../../mails/as-contact.ts'
import type { ConsentState } from '../guard/answer.ts'
import { findHandle } from '../requests/handles.ts'
import { findRequest } from '../requests/requests.ts'

/** Where a consent stands, for the person. */
export type OwnConsent = { purpose: string; state: ConsentState; since: Date; noticeId: string | null }

/** What came of the request with this handle, by purpose; nothing for a token that is unknown or over. */
export async function ownConsents(context: Context, token: string): Promise<OwnConsent[]> {
  return transact(asContact(context, null), 'lookAtHandle', async (tx) => {
    const request = await findRequest(tx, context, { token })
    if (request) {
      const { content, createdAt: since } = request
      return content.choices.map((choice) => ({ ...choice, state: 'pending_confirmation' as const, since }))
    }
    const handle = await findHandle(tx, token)
    if (!handle) return []
    const { contactId } = handle
    const [purposes, events] = [await readPurposes(tx), (await readEvents(tx, [contactId])).get(contactId) ?? []]
    const ids = events.map(({ id }) => id)
    const shown = await tx.lawfulBasisEvent.findMany({
      where: { contactId, id: { in: ids }, noticeId: { not: null } },
      select: { id: true, noticeId: true },
    })
    const now = new Date()
    return handle.purposes.flatMap((purpose) => {
      const found = standing(timelineOf(events, purposes, purpose), now)
      if (!found) return []
      const noticeId = shown.find(({ id }) => id === found.event.id)?.noticeId ?? null
      return [{ purpose, state: found.state, since: found.since, noticeId }]
    })
  })
}

/** Where consent stands by a purpose's timeline at a moment, since when, and by which event. */
export function standing<E extends LawEvent>(
  { stretches, pending, refusal }: Timeline<E>,
  at: Date,
): { state: ConsentState; since: Date; event: E } | undefined {
  const own = stretches.filter(({ ground }) => ground === 'consent')
  const held = own.find((one) => holdsAt(one, at))
  if (held) {
    const renewal = held.along.findLast(({ kind }) => kind === 'renewed')
    return { state: renewal ? 'renewed' : 'given', since: (renewal ?? held.event).occurredAt, event: held.event }
  }
  const [open] = pending.filter(({ confirmUntil }) => confirmUntil === null || confirmUntil > at)
  if (open) return { state: 'pending_confirmation', since: open.occurredAt, event: open }
  const bar = own.find((one) => !one.valid && (one.until === null || one.until > at))
  if (bar)
    return {
      state: bar.event.kind === 'refused' ? 'refused' : 'withdrawn',
      since: bar.event.occurredAt,
      event: bar.event,
    }
  const last = own.filter(({ valid }) => valid).at(-1)
  if (last?.until && last.until <= at) return { state: 'expired', since: last.until, event: last.event }
  return refusal && { state: 'refused', since: refusal.occurredAt, event: refusal }
}

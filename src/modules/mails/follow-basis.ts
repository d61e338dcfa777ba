import type { BasisEventKind } from '#prisma/client.ts'
import type { BasisListener } from '../lawfulness/basis/listener.ts'
import { readEvents } from '../lawfulness/basis/project.ts'
import { decide } from '../lawfulness/law/decide.ts'
import { cancelMails } from './queue.ts'

const ending: ReadonlySet<BasisEventKind> = new Set(['withdrawn', 'refused', 'objected', 'retracted'])

/**
 * Cancels what is queued to a contact for a purpose that they may not be processed for any more, in the unit of work that
 * ends it. What lapses by itself or is restricted is found out when the mail would be sent.
 */
export const followBasis: BasisListener = async (tx, context, events, purposes) => {
  const concerned = [...new Set(events.flatMap(({ kind, contactId }) => (ending.has(kind) ? [contactId] : [])))]
  if (concerned.length === 0) return
  const waiting = await tx.outgoingMail.findMany({
    where: { contactId: { in: concerned }, purposes: { isEmpty: false }, state: { in: ['queued', 'sending'] } },
    select: { contactId: true, purposes: true },
  })
  const served = Map.groupBy(waiting, ({ contactId }) => contactId ?? '')
  if (served.size === 0) return
  const ids = [...served.keys()]
  const known = await readEvents(tx, ids)
  const contacts = await tx.contact.findMany({ where: { id: { in: ids } }, select: { id: true, birthDate: true } })
  const at = new Date()
  for (const { id, birthDate } of contacts) {
    const own = new Set(served.get(id)?.flatMap((mail) => mail.purposes))
    const ended = [...own].filter(
      (purpose) => !decide(known.get(id) ?? [], purposes, { purpose, at, birthDate, restrictions: [] }).allowed,
    )
    if (ended.length > 0) await cancelMails(tx, context, { contactIds: [id], purposes: ended, reason: 'not_allowed' })
  }
}

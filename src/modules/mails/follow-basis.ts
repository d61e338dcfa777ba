import type { BasisEventKind } from '#prisma/client.ts'
import type { BasisListener } from '../lawfulness/basis/listener.ts'
import { readEvents } from '../lawfulness/basis/project.ts'
import { decide } from '../lawfulness/law/decide.ts'
import { cancelMails } from './queue.ts'

const ending: ReadonlySet<BasisEventKind> = new Set(['withdrawn', 'objected', 'retracted'])

/**
 * Cancels what is queued to a contact for a purpose that they may not be processed for any more, in the unit of work that
 * ends it. What lapses by itself is found out when the mail would be sent.
 */
export const followBasis: BasisListener = async (tx, context, events, purposes) => {
  const concerned = [...new Set(events.flatMap(({ kind, contactId }) => (ending.has(kind) ? [contactId] : [])))]
  if (concerned.length === 0) return
  const waiting = await tx.outgoingMail.findMany({
    where: { contactId: { in: concerned }, purposeKey: { not: null }, state: { in: ['queued', 'sending'] } },
    select: { contactId: true, purposeKey: true },
    distinct: ['contactId', 'purposeKey'],
  })
  if (waiting.length === 0) return
  const ids = [...new Set(waiting.flatMap(({ contactId }) => contactId ?? []))]
  const known = await readEvents(tx, ids)
  const births = new Map(
    (await tx.contact.findMany({ where: { id: { in: ids } }, select: { id: true, birthDate: true } })).map(
      ({ id, birthDate }) => [id, birthDate],
    ),
  )
  const at = new Date()
  const mayNot = (contactId: string, purpose: string) =>
    !decide(known.get(contactId) ?? [], purposes, { purpose, at, birthDate: births.get(contactId) ?? null }).allowed
  for (const contactId of ids) {
    const ended = waiting.flatMap((mail) =>
      mail.contactId === contactId && mail.purposeKey && mayNot(contactId, mail.purposeKey) ? [mail.purposeKey] : [],
    )
    if (ended.length > 0)
      await cancelMails(tx, context, { contactIds: [contactId], purposes: ended, reason: 'not_allowed' })
  }
}

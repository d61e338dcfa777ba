import { v7 as uuidv7 } from 'uuid'
import type { LegalHold } from '#prisma/client.ts'
import { type Transaction, transact } from '../../../database/transact.ts'
import type { Context } from '../../../graphql/context.ts'
import { invalidInput, LetheError, notFound } from '../../../graphql/errors.ts'
import { type ContactSelection, selectedContacts } from '../../contacts/list/list.ts'
import { seenAmong } from '../../contacts/sight.ts'
import { checkedReason } from './reason.ts'

const most = 10_000

/**
 * Keeps a contact from being erased, until it is lifted: a claim at law, an authority's order (Art. 17(3)(e), Art. 18(2) GDPR). It holds
 * from its commit on: an erasure that is at the contact comes first, or finds it. Throws NOT_FOUND, INVALID_INPUT.
 */
export const placeHold = (context: Context, contactId: string, reason: string): Promise<LegalHold> =>
  transact(
    context,
    'placeLegalHold',
    async (tx) => {
      const [seen] = await seenAmong(tx, context, [contactId.toLowerCase()])
      const contact = seen && (await tx.contact.findUnique({ where: { id: seen }, select: { id: true } }))
      if (!contact) throw notFound('Contact')
      const [hold] = await place(tx, context, [contact.id], checkedReason(reason))
      if (!hold) throw notFound('Contact')
      const { contactId: whose, id } = hold
      return tx.legalHold.findUniqueOrThrow({ where: { contactId_id: { contactId: whose, id } } })
    },
    { integrated: true },
  )

/**
 * The same for all contacts that a list would show now, at most 10,000: all of them, or none. Returns what they were placed as, and how
 * many. Throws INVALID_INPUT where it selects nobody, LIMIT_EXCEEDED where it selects more.
 */
export async function placeHolds(
  context: Context,
  selection: ContactSelection,
  reason: string,
): Promise<{ caseId: string; count: number }> {
  const chosen = await selectedContacts(context, selection)
  return transact(
    context,
    'placeLegalHolds',
    async (tx) => {
      const contacts = await tx.$queryRaw<{ id: string }[]>`
        SELECT chosen.contact_id AS id FROM (${chosen}) chosen ORDER BY 1 LIMIT ${most + 1}`
      if (contacts.length === 0) throw invalidInput([{ field: 'filter', message: 'It selects nobody.' }])
      if (contacts.length > most) {
        throw new LetheError('LIMIT_EXCEEDED', `At once, ${most} contacts can be held: narrow the filter.`, {
          limit: most,
        })
      }
      const ids = contacts.map(({ id }) => id)
      const placed = await place(tx, context, ids, checkedReason(reason))
      return { caseId: placed[0]?.caseId ?? '', count: placed.length }
    },
    { integrated: true },
  )
}

async function place(tx: Transaction, { actor }: Context, contactIds: readonly string[], reason: string) {
  const [caseId, placedAt] = [uuidv7(), new Date()]
  const placerId = actor.kind === 'user' ? actor.id : null
  const data = contactIds.map((contactId) => ({ contactId, id: uuidv7(), caseId, reason, placedAt, placerId }))
  await tx.legalHold.createMany({ data })
  return data.map((row) => ({ contactId: row.contactId, id: row.id, caseId }))
}

/**
 * Lifts a hold, for good: what was to be erased is erased again from now on. Throws NOT_FOUND; INVALID_INPUT where it was lifted.
 */
export const liftHold = (context: Context, id: string, reason: string): Promise<LegalHold> =>
  transact(
    context,
    'liftLegalHold',
    async (tx) => {
      const liftReason = checkedReason(reason)
      const hold = await tx.legalHold.findFirst({ where: { id } })
      const [seen] = hold ? await seenAmong(tx, context, [hold.contactId]) : []
      if (!hold || !seen) throw notFound('LegalHold')
      if (hold.liftedAt) throw invalidInput([{ field: 'id', message: 'It was lifted already.' }])
      const { contactId } = hold
      await context.resumeErasures?.(tx, [contactId])
      const data = lifted(context, liftReason)
      return tx.legalHold.update({ where: { contactId_id: { contactId, id } }, data })
    },
    { integrated: true },
  )

/** Lifts what was placed together, as far as it is in force and the caller sees the contacts. Returns how many. Throws NOT_FOUND for none. */
export const liftHolds = (context: Context, caseId: string, reason: string): Promise<number> =>
  transact(
    context,
    'liftLegalHolds',
    async (tx) => {
      const liftReason = checkedReason(reason)
      const select = { contactId: true, id: true }
      const holds = await tx.legalHold.findMany({ where: { caseId, liftedAt: null }, select })
      const seen = await seenAmong(
        tx,
        context,
        holds.map(({ contactId }) => contactId),
      )
      const own = holds.filter(({ contactId }) => seen.has(contactId))
      if (own.length === 0) throw notFound('LegalHold')
      await context.resumeErasures?.(tx, [...seen])
      const where = { contactId: { in: [...seen] }, caseId, liftedAt: null }
      return (await tx.legalHold.updateMany({ where, data: lifted(context, liftReason) })).count
    },
    { integrated: true },
  )

const lifted = ({ actor }: Context, liftReason: string) => ({
  ...{ liftedAt: new Date(), lifterId: actor.kind === 'user' ? actor.id : null, liftReason },
})

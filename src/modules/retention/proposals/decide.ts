import type { ErasureProposal } from '#prisma/client.ts'
import { type Transaction, transact } from '../../../database/transact.ts'
import type { Context } from '../../../graphql/context.ts'
import { type Fault, invalidInput, LetheError, notFound } from '../../../graphql/errors.ts'
import { checkText } from '../../check-text.ts'
import { seenAmong } from '../../contacts/sight.ts'
import { addDuration } from '../../lawfulness/duration.ts'
import { type ErasureGround, erasureGrounds } from '../../module.ts'
import { erasureHold } from '../holds/in-force.ts'
import { executing } from '../rights.ts'

/** Proposals that can be accepted at once. */
export const mostAtOnce = 500

/**
 * Accepts proposals: the erasure of each is asked for, and goes the way of all others; it executes itself once it is approved, if the caller
 * may have erasures executed. Throws NOT_FOUND for what is no open proposal about
 * a contact that the caller sees, CONFLICT for one whose contact a legal hold keeps; then nothing is accepted.
 */
export async function acceptProposals(context: Context, ids: readonly string[]): Promise<ErasureProposal[]> {
  const wanted = [...new Set(ids)]
  if (wanted.length > mostAtOnce) {
    throw new LetheError('LIMIT_EXCEEDED', `At once, ${mostAtOnce} can be accepted.`, { limit: mostAtOnce })
  }
  const { requestErasure } = context
  if (!requestErasure) throw new Error('no module erases')
  const automatic = context.rights.canWrite(executing)
  return transact(
    context,
    'acceptErasureProposals',
    async (tx) => {
      const open = await openProposals(tx, context, wanted)
      const contactIds = open.map(({ contactId }) => contactId)
      if ((await erasureHold(tx, contactIds)).size > 0) {
        throw new LetheError('CONFLICT', 'A legal hold keeps one of these contacts: lift it first, or leave them out.')
      }
      const alike = ({ ruleKey, ground, categories }: ErasureProposal) => JSON.stringify([ruleKey, ground, categories])
      for (const some of Map.groupBy(open, alike).values()) {
        const [first] = some
        if (!first) continue
        const categories = first.categories.length > 0 ? first.categories : null
        const { erasureId } = await requestErasure(tx, context, {
          ...{
            contactIds: some.map(({ contactId }) => contactId),
            ground: known(first.ground),
            categories,
            related: {},
          },
          ...{ origin: 'proposal', ruleKey: first.ruleKey, automatic },
        })
        await decide(tx, context, some, { state: 'accepted', erasureId })
      }
      return readAgain(tx, open)
    },
    { integrated: true },
  )
}

/**
 * Refuses a proposal: the contact is kept, for a reason, and not proposed again before `keptUntil` (by default, a year). Throws NOT_FOUND,
 * INVALID_INPUT.
 */
export async function refuseProposal(
  context: Context,
  id: string,
  given: { reason: string; keptUntil?: Date | null | undefined },
): Promise<ErasureProposal> {
  const faults: Fault[] = []
  const reason = checkText(given.reason, 'reason', { max: 500 }, faults)
  if (faults.length === 0 && !reason) faults.push({ field: 'reason', message: 'Say why the contact is kept.' })
  const keptUntil = given.keptUntil ?? addDuration(new Date(), 'P1Y')
  if (keptUntil <= new Date()) faults.push({ field: 'keptUntil', message: 'Name a moment that is still to come.' })
  if (faults.length > 0) throw invalidInput(faults)
  return transact(
    context,
    'refuseErasureProposal',
    async (tx) => {
      const open = await openProposals(tx, context, [id])
      await decide(tx, context, open, { state: 'refused', reason, keptUntil })
      const [refused] = await readAgain(tx, open)
      if (!refused) throw notFound('ErasureProposal')
      return refused
    },
    { integrated: true },
  )
}

async function openProposals(tx: Transaction, context: Context, ids: readonly string[]): Promise<ErasureProposal[]> {
  const found = await tx.erasureProposal.findMany({ where: { id: { in: [...ids] }, state: 'open' } })
  const seen = await seenAmong(
    tx,
    context,
    found.map(({ contactId }) => contactId),
  )
  const open = found.filter(({ contactId }) => seen.has(contactId))
  if (open.length === 0 || open.length < ids.length) throw notFound('ErasureProposal')
  return open
}

type Decision = { state: 'accepted'; erasureId: string } | { state: 'refused'; reason: string; keptUntil: Date }

const keysOf = (rows: readonly ErasureProposal[]) => ({
  contactId: { in: rows.map(({ contactId }) => contactId) },
  id: { in: rows.map(({ id }) => id) },
})

const decide = (tx: Transaction, { actor }: Context, rows: readonly ErasureProposal[], decision: Decision) =>
  tx.erasureProposal.updateMany({
    where: keysOf(rows),
    data: { ...decision, decidedAt: new Date(), deciderId: actor.kind === 'user' ? actor.id : null },
  })

const readAgain = (tx: Transaction, rows: readonly ErasureProposal[]) =>
  tx.erasureProposal.findMany({ where: keysOf(rows), orderBy: { id: 'asc' } })

function known(text: string): ErasureGround {
  const ground = erasureGrounds.find((one) => one === text)
  if (!ground) throw new Error(`there is no ground ${text}`)
  return ground
}

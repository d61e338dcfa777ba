import type { CorrectionProposal } from '#prisma/client.ts'
import { type Transaction, transact } from '../../../database/transact.ts'
import type { Context } from '../../../graphql/context.ts'
import { type Fault, forbiddenInput, invalidInput, LetheError, notFound } from '../../../graphql/errors.ts'
import { checkText } from '../../check-text.ts'
import { answering } from '../../contacts/sight.ts'
import { readForUpdate, readSeen, type WithPoints } from '../../contacts/update.ts'
import { currentDefinitions } from '../../fields/definitions.ts'
import { mailDecision } from '../mails.ts'
import { contactKey } from '../seal.ts'
import { applyChanges } from './change.ts'
import { rightOf } from './modes.ts'
import { changeIn, sealReason } from './propose.ts'

type Named = { contactId: string; id: string }

/**
 * Makes what a contact proposed hold, with the checks of any update. Throws NOT_FOUND; FORBIDDEN without the right of the
 * field; CONFLICT when it was decided already; INVALID_INPUT where it doesn't fit any more.
 */
export function acceptCorrection(context: Context, named: Named): Promise<CorrectionProposal> {
  return decide(context, 'acceptCorrection', named, async ({ tx, found, proposal }) => {
    const change = changeIn(await contactKey(context.keys, named.contactId), proposal)
    await applyChanges({ ...context, within: tx }, found, [change])
    return { state: 'accepted' }
  })
}

/** Leaves the data as it is, and tells the contact why. Throws as `acceptCorrection` does. */
export function rejectCorrection(context: Context, { reason, ...named }: Named & { reason: string }) {
  return decide(context, 'rejectCorrection', named, async ({ proposal }) => {
    const faults: Fault[] = []
    const text = checkText(reason, 'reason', { max: 1000, multiline: true }, faults)
    if (!text && faults.length === 0) faults.push({ field: 'reason', message: 'Say why: the contact is told.' })
    if (faults.length > 0) throw invalidInput(faults)
    return { state: 'rejected', reason: sealReason(await contactKey(context.keys, named.contactId), proposal, text) }
  })
}

type Matter = { tx: Transaction; found: WithPoints; proposal: CorrectionProposal }
type Decision = { state: 'accepted' | 'rejected'; reason?: Uint8Array<ArrayBuffer> }

async function decide(
  context: Context,
  operation: 'acceptCorrection' | 'rejectCorrection',
  { contactId, id }: Named,
  judge: (matter: Matter) => Promise<Decision>,
): Promise<CorrectionProposal> {
  return transact(
    context,
    operation,
    async (tx) => {
      await currentDefinitions(tx)
      // Of a contact that was merged nothing can change any more; that it won't can still be said.
      const found =
        operation === 'acceptCorrection'
          ? await readForUpdate(tx, answering(context), contactId, undefined, 'contactId')
          : await readSeen(tx, answering(context), contactId)
      if (!found) throw notFound('Contact')
      const where = { contactId_id: { contactId: found.contact.id, id } }
      const proposal = await tx.correctionProposal.findUnique({ where })
      if (!proposal || proposal.state === 'unconfirmed') throw notFound('correction')
      const right = rightOf(proposal.field) ?? '*'
      if (!context.rights.canWrite(right)) throw forbiddenInput([{ path: 'id', access: 'write', right }])
      if (proposal.state !== 'open') throw new LetheError('CONFLICT', 'This was decided already; read it again.')
      const decided = { ...(await judge({ tx, found, proposal })), decidedAt: new Date() }
      // Of several at once, PostgreSQL lets one through; the others begin again, and find it decided.
      await tx.correctionProposal.update({ where, data: decided })
      await mailDecision(tx, context, found, decided.state)
      return { ...proposal, reason: null, ...decided }
    },
    { integrated: true },
  )
}

import type { CorrectionProposal } from '#prisma/client.ts'
import type { Database } from '../../../database/client.ts'
import { type Transaction, transact } from '../../../database/transact.ts'
import type { Context, WorkContext } from '../../../graphql/context.ts'
import { LetheError } from '../../../graphql/errors.ts'
import { readForUpdate } from '../../contacts/update.ts'
import { currentDefinitions } from '../../fields/definitions.ts'
import { readContactToken } from '../../mails/contact-token.ts'
import { presentContact } from '../../mails/survivor.ts'
import { asContact } from '../access/sessions.ts'
import { mailAddressChanged } from '../mails.ts'
import { contactKey } from '../seal.ts'
import { applyChanges } from './change.ts'
import { changeIn } from './propose.ts'

/** The address that a link is to confirm, which changes nothing; undefined for one that is of no use. */
export async function addressToConfirm(context: Context, token: string): Promise<string | undefined> {
  const proposal = await findUnconfirmed(context.database, token)
  return proposal && (await newAddressOf(context, proposal)).address
}

/**
 * Confirms a new e-mail address: it holds now, verified; or, where staff decides over it, waits for them. Throws LINK_INVALID,
 * INVALID_INPUT where it doesn't fit any more.
 */
export async function confirmAddress(context: Context, token: string): Promise<'done' | 'proposed'> {
  const found = await findUnconfirmed(context.database, token)
  if (!found) throw invalid()
  const own = asContact(context, found.contactId)
  return transact(own, 'confirmOwnAddress', async (tx) => {
    await currentDefinitions(tx)
    const proposal = await findUnconfirmed(tx, token)
    // Merged at this very moment: who comes again comes as the one that is left.
    if (proposal?.contactId !== found.contactId) throw invalid()
    const state = proposal.direct ? 'accepted' : 'open'
    await tx.correctionProposal.update({
      where: { contactId_id: { contactId: proposal.contactId, id: proposal.id } },
      data: { state, tokenHash: null, ...(proposal.direct && { decidedAt: new Date() }) },
    })
    if (!proposal.direct) return 'proposed'
    await putAddress(tx, own, proposal)
    return 'done'
  })
}

async function putAddress(tx: Transaction, context: WorkContext, proposal: CorrectionProposal) {
  const { contactId } = proposal
  const within = { ...context, within: tx }
  const before = await readForUpdate(tx, context, contactId)
  const { change, address } = await newAddressOf(context, proposal)
  await applyChanges(within, before, [{ ...change, verified: true }])
  const after = await readForUpdate(tx, context, contactId)
  const known = after.points.find(
    ({ kind, value }) => kind === 'email' && value.toLowerCase() === address.trim().toLowerCase(),
  )
  if (known && !known.verifiedAt) {
    await applyChanges(within, after, [{ of: 'point', kind: 'email', id: known.id, parts: {}, verified: true }])
  }
  const former = change.id && before.points.find(({ id }) => id === change.id)?.value
  if (former) await mailAddressChanged(tx, context, before.contact, former)
}

async function newAddressOf({ keys }: Pick<WorkContext, 'keys'>, proposal: CorrectionProposal) {
  const change = changeIn(await contactKey(keys, proposal.contactId), proposal)
  const address = change.of === 'point' ? change.parts?.address : undefined
  if (change.of !== 'point' || address === undefined) throw new Error(`${proposal.id} is about no address`)
  return { change, address }
}

/** What a link is to confirm; of a contact who was merged, with the one that is left. */
async function findUnconfirmed(from: Database | Transaction, token: string): Promise<CorrectionProposal | undefined> {
  const place = readContactToken(token)
  const contact = place && (await presentContact(from, place.contactId))
  if (!contact) return undefined
  const { tokenHash } = place
  const open = { state: 'unconfirmed', expiresAt: { gt: new Date() } }
  return (
    (await from.correctionProposal.findFirst({ where: { contactId: contact.id, tokenHash, ...open } })) ?? undefined
  )
}

const invalid = () => new LetheError('LINK_INVALID', 'This link was used already, is too old, or was never made.')

import { v7 as uuidv7 } from 'uuid'
import type { CorrectionProposal } from '#prisma/client.ts'
import type { Json } from '../../../database/json.ts'
import { type Transaction, transact } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { LetheError } from '../../../graphql/errors.ts'
import type { ContactKey } from '../../../keys/keys.ts'
import { readForUpdate, type WithPoints } from '../../contacts/update.ts'
import { currentDefinitions } from '../../fields/definitions.ts'
import { takeAttempt } from '../../identity/sign-in/attempt-level.ts'
import { newContactToken } from '../../mails/contact-token.ts'
import { mailAddressQuestion } from '../mails.ts'
import { contactKey, openText, sealText } from '../seal.ts'
import { applyChanges, type Change, changesNothing, faultsOf, fieldOf, readChange, refuse } from './change.ts'
import { readModes } from './modes.ts'

/** What became of a correction. `unconfirmed`: a mail went to the new address, to find out whether it is the contact's. */
export type Outcome = 'done' | 'proposed' | 'unconfirmed' | 'unchanged'

const hour = 60 * 60_000
const timeToConfirm = 24 * hour
/** How many may wait for staff at once, of one contact. */
const mostOpen = 30

/**
 * Corrects a contact's own data: at once where the modes say so, or as proposals, one for each field. All of it happens, or
 * nothing. A new e-mail address has to be confirmed by a mail to it before anything becomes of it.
 *
 * @param options.certain False where it may not be the contact who acts: then staff decides over everything.
 * @returns What became of each change, in order. Throws INVALID_INPUT with every fault, FORBIDDEN for a field that contacts
 *   don't correct, TOO_MANY_ATTEMPTS for who makes us write to addresses all the time.
 */
export async function correct(
  context: WorkContext,
  contactId: string,
  changes: readonly Change[],
  { certain }: { certain: boolean },
): Promise<Outcome[]> {
  const asked = context.mail ? changes.filter(isNewAddress) : []
  if (asked.length > 0) await takeAttempt(context.database, counters(context, contactId, asked))
  const key = await contactKey(context.keys, contactId)
  return transact(context, 'correctOwnData', async (tx) => {
    const definitions = await currentDefinitions(tx)
    const found = await readForUpdate(tx, context, contactId)
    const modes = await readModes(tx, definitions)
    const outcomes = changes.map((one): Outcome => {
      const mode = modes.of(fieldOf(one))
      if (mode === 'none') throw new LetheError('FORBIDDEN', `${fieldOf(one)} can't be corrected here.`)
      if (changesNothing(found, one)) return 'unchanged'
      if (isNewAddress(one) && context.mail) return 'unconfirmed'
      return mode === 'direct' && certain && !isNewAddress(one) ? 'done' : 'proposed'
    })
    const having = (outcome: Outcome) => changes.filter((_one, index) => outcomes[index] === outcome)
    const meant = changes.filter((_one, index) => outcomes[index] !== 'unchanged')
    refuse(faultsOf(context, found, definitions, meant))
    const done = having('done')
    if (done.length > 0) await applyChanges({ ...context, within: tx }, found, done)
    const put = { tx, context, key, found }
    for (const one of having('proposed')) await propose(put, one, { state: 'open', certain })
    for (const one of having('unconfirmed')) {
      const direct = certain && modes.of(fieldOf(one)) === 'direct'
      await propose(put, one, { state: 'unconfirmed', direct, certain })
    }
    return outcomes
  })
}

type Put = { tx: Transaction; context: WorkContext; key: ContactKey; found: WithPoints }

/** Puts a proposal there, in the place of what was proposed for the same before, unless that was more certain. Throws LIMIT_EXCEEDED where too much waits. */
export async function propose(
  { tx, context, key, found: { contact } }: Put,
  change: Change,
  { state, direct = false, certain }: { state: 'open' | 'unconfirmed'; direct?: boolean; certain: boolean },
) {
  const contactId = contact.id
  const field = fieldOf(change)
  const waiting = await tx.correctionProposal.findMany({ where: { contactId, state: { in: ['open', 'unconfirmed'] } } })
  const replaced = waiting.filter(
    (one) => one.field === field && (certain || !one.certain) && isSameMatter(changeIn(key, one), change),
  )
  const where = { contactId, id: { in: replaced.map(({ id }) => id) } }
  if (replaced.length > 0) {
    await tx.correctionProposal.updateMany({ where, data: { state: 'replaced', decidedAt: new Date() } })
  }
  if (waiting.length - replaced.length >= mostOpen) {
    throw new LetheError('LIMIT_EXCEEDED', 'Too much waits to be looked at; wait until some of it is.')
  }
  const id = uuidv7()
  const now = Date.now()
  const { token, tokenHash } = newContactToken(contactId)
  const expiresAt = new Date(now + timeToConfirm)
  await tx.correctionProposal.create({
    data: {
      ...{ contactId, id, field, state, direct, certain, proposedAt: new Date(now) },
      change: sealChange(key, { contactId, id }, change),
      ...(state === 'unconfirmed' && { tokenHash, expiresAt }),
    },
  })
  if (state === 'unconfirmed' && isNewAddress(change)) {
    const url = `${context.publicUrl}/my/address?t=${token}`
    await mailAddressQuestion(tx, context, contact, change.parts.address, { url, expiresAt })
  }
}

type NewAddress = Extract<Change, { of: 'point' }> & { kind: 'email'; parts: { address: string } }

const isNewAddress = (one: Change): one is NewAddress =>
  one.of === 'point' && one.kind === 'email' && one.parts?.address !== undefined

/** Of the same point, or column, or custom field: who corrects it again means the later one. */
const isSameMatter = (one: Change, other: Change) =>
  one.of !== 'point' || other.of !== 'point' ? one.of === other.of : one.id !== undefined && one.id === other.id

/** What a proposal says, as it is kept. */
export const sealChange = (key: ContactKey, place: Parameters<typeof placeOf>[0], change: Change) =>
  sealText(key, placeOf(place), JSON.stringify(change))

const placeOf = ({ contactId, id }: Pick<CorrectionProposal, 'contactId' | 'id'>) =>
  ({ table: 'correction_proposal', column: 'change', contactId, id }) as const

/** What a proposal says, as JSON. */
export const changeJson = (key: ContactKey, proposal: CorrectionProposal): Json =>
  JSON.parse(openText(key, placeOf(proposal), proposal.change))

/** What a proposal says. */
export const changeIn = (key: ContactKey, proposal: CorrectionProposal): Change =>
  readChange(openText(key, placeOf(proposal), proposal.change))

const reasonPlace = ({ contactId, id }: Pick<CorrectionProposal, 'contactId' | 'id'>) =>
  ({ table: 'correction_proposal', column: 'reason', contactId, id }) as const

/** Why it was rejected, sealed. */
export const sealReason = (key: ContactKey, proposal: CorrectionProposal, reason: string): Uint8Array<ArrayBuffer> =>
  sealText(key, reasonPlace(proposal), reason)

/** Why it was rejected; null if it wasn't. */
export const reasonIn = (key: ContactKey, proposal: CorrectionProposal): string | null =>
  proposal.reason && openText(key, reasonPlace(proposal), proposal.reason)

// Nobody uses us to write to others.
const policies = {
  contact: { capacity: 6, period: hour / 2, free: 6 },
  address: { capacity: 3, period: hour, free: 3 },
} as const

const counters = ({ secrets }: WorkContext, contactId: string, asked: readonly NewAddress[]) => {
  const counter = (kind: keyof typeof policies, subject: string) => ({
    key: `self-service-mail-${kind}:${secrets.fingerprint('attempts', `self-service mail ${kind} ${subject}`)}`,
    policy: policies[kind],
  })
  return [
    ...asked.map(({ parts }) => counter('address', parts.address.trim().toLowerCase())),
    ...asked.map(() => counter('contact', contactId)),
  ]
}

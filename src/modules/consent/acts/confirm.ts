import { v7 as uuidv7 } from 'uuid'
import type { Notice, Purpose } from '#prisma/client.ts'
import { type Transaction, transact } from '../../../database/transact.ts'
import type { Context, WorkContext } from '../../../graphql/context.ts'
import { LetheError } from '../../../graphql/errors.ts'
import { networkOf } from '../../identity/sign-in/attempts.ts'
import { hashToken } from '../../identity/sign-in/sessions.ts'
import { appendEvents, type NewEvent } from '../../lawfulness/basis/append.ts'
import { textIn, textsIn } from '../../lawfulness/texts.ts'
import { asContact } from '../../mails/as-contact.ts'
import { lookAt, use } from '../../mails/links.ts'
import { mailConfirmed } from '../../mails/mails.ts'
import { presentContact } from '../../mails/survivor.ts'
import type { Answer, ConsentState, Outcome } from '../guard/answer.ts'
import { askerOf, scopeOf } from '../guard/asker.ts'
import { admitCall, inTurn } from '../guard/limits.ts'
import { once } from '../guard/once.ts'
import type { ProblemCode } from '../problems.ts'
import { fittingFields } from '../requests/fields.ts'
import { storeHandle } from '../requests/handles.ts'
import { siteOf } from '../requests/mail.ts'
import { complete, contactWith, makeContact } from '../requests/person.ts'
import { closeRequest, findRequest, type OpenRequest, type RequestContent } from '../requests/requests.ts'
import { as, consentEvent, isHeld, isSound, requestEvent, shortened, stageOf } from './record-events.ts'

/** What the person decides: consent for the purposes named, and none for all others of the request. */
export type Decision = {
  /** Absent: for all of them. */
  given?: readonly string[]
  /** What was used, for the evidence. */
  how: string
  /** Who is signed in meanwhile, if anybody is. */
  by?: WorkContext['actor']
}

type Caller = WorkContext & Partial<Pick<Context, 'address'>>

/** Confirms a request with the token of its mail, for callers of the API. Throws LINK_INVALID. */
export async function confirmConsent(
  context: Context,
  { token, purposes, idempotencyKey }: { token: string; purposes?: readonly string[]; idempotencyKey: string },
): Promise<Answer> {
  const body = { tokenHash: hashToken(token), purposes }
  const call = { scope: scopeOf(context, token), operation: 'confirmConsent', key: idempotencyKey, body }
  return once(context, call, async () => {
    const asker = await askerOf(context)
    const work = await workOf(asContact(context, null), token)
    const decision = { ...(purposes && { given: purposes }), how: 'API', by: context.actor }
    return { admit: () => admitCall(context, asker), run: (tx) => decide(tx, work, token, decision), work }
  })
}

/** Gives consent for some purposes of a request, and refuses it for the others. Throws LINK_INVALID. */
export async function confirmRequest(
  context: Caller,
  token: string,
  decision: Decision,
): Promise<Record<string, ConsentState>> {
  const work = await workOf(context, token)
  const { outcomes } = await transact(work, 'confirmConsent', (tx) => decide(tx, work, token, decision), {
    integrated: true,
  })
  return Object.fromEntries(outcomes.map(({ purpose, state }) => [purpose, state]))
}

/** The work of the person whom the link was sent to: of the contact, if they are one already. */
async function workOf(context: Caller, token: string): Promise<Caller> {
  const contactId = await transact(context, 'lookAtRequest', async (tx) => {
    const request = await requestOf(tx, context, token)
    return request && contactOf(tx, request)
  })
  return { ...context, actor: { kind: 'contact', id: contactId ?? null } }
}

/** The open request that a link confirms. */
async function requestOf(tx: Transaction, context: WorkContext, token: string): Promise<OpenRequest | undefined> {
  const link = await lookAt(tx, token, 'confirm')
  return 'dead' in link || !link.requestId ? undefined : findRequest(tx, context, { id: link.requestId })
}

/** Whom it is about; undefined: nobody here yet. */
async function contactOf(tx: Transaction, { content }: OpenRequest): Promise<string | undefined> {
  if (!content.contactId) return contactWith(tx, content.email)
  return (await presentContact(tx, content.contactId))?.id
}

type Planned = Decided & { asked?: NewEvent; events: NewEvent[]; state?: 'given' | 'renewed' }

type Decided = {
  purpose: string
  row: Purpose | undefined
  notice: Notice | null
  yes: boolean
  problem: ProblemCode | undefined
}

async function decide(tx: Transaction, context: Caller, token: string, decision: Decision): Promise<Answer> {
  const request = await requestOf(tx, context, token)
  if (!request) throw new LetheError('LINK_INVALID', 'This link was used already, is too old, or was never made.')
  const { content, createdAt } = request
  await inTurn(tx, request.personHash)
  const contactId = await contactOf(tx, request)
  const isLost = content.contactId !== undefined && contactId === undefined
  const stage = await stageOf(tx, contactId)
  const at = new Date()
  const source = [content.site, content.page].filter(Boolean).join(' ')
  const chosen = await chosenIn(tx, request, decision.given)
  if (chosen.some(({ yes }) => yes)) refuseOneself(content.actor, decision.by)
  const planned = chosen.map((one): Planned => {
    const { purpose, row, notice, yes } = one
    if (!row || isLost) return { ...one, events: [] }
    const about = { contactId: stage.contact.id, purpose: row, notice, source }
    const asked = requestEvent({ ...about, at: createdAt }, request.expiresAt)
    if (!yes) return { ...one, asked, events: [refusedEvent(asked, at)] }
    const evidence = {
      kind: 'double_opt_in' as const,
      text: evidenceOf(request, context, { notice, at, how: decision.how }),
    }
    const confirmed = consentEvent('confirmed', { ...about, at }, { basisId: asked.id, evidence })
    if (row.retiredAt) return { ...one, problem: 'PURPOSE_ENDED' as const, events: [] }
    if (!isSound(stage, [asked], confirmed)) return { ...one, problem: 'NOT_CONFIRMABLE' as const, events: [] }
    return {
      ...one,
      asked,
      events: [confirmed],
      state: isHeld(stage, purpose, at) ? ('renewed' as const) : ('given' as const),
    }
  })
  const given = planned.filter(({ state }) => state)
  // Nobody becomes a contact by saying no.
  const fields = given.length > 0 ? await fittingFields(tx, context, content.fields, contactId) : []
  const particulars = { ...content, fields }
  const person = contactId ?? (given.length > 0 ? await newContact(tx, context, particulars, source) : undefined)
  if (person) {
    const own = (event: NewEvent): NewEvent => ({ ...event, contactId: person })
    const asked = planned.flatMap(({ asked }) => asked ?? []).map(own)
    await appendEvents(tx, as(context, content.actor), asked, stage.purposes)
    await appendEvents(tx, context, planned.flatMap(({ events }) => events).map(own), stage.purposes)
    if (contactId && given.length > 0) await complete(tx, context, contactId, particulars, { replace: false })
  }
  const outcomes = planned.map(
    ({ purpose, yes, problem, state, events: [event] }): Outcome => ({
      purpose,
      state: state ?? (yes || isLost ? 'not_decided' : 'refused'),
      ...(isLost ? { problem: 'NOT_RECORDABLE' as const } : problem && { problem }),
      ...(person && event?.id && { eventId: event.id }),
    }),
  )
  await use(tx, token, 'confirm', Object.fromEntries(outcomes.map(({ purpose, state }) => [purpose, state])))
  await closeRequest(tx, request.id)
  if (person && request.tokenHash) {
    const { tokenHash, clientId } = request
    await storeHandle(tx, { contactId: person, tokenHash, clientId, purposes: chosen.map(({ purpose }) => purpose) })
  }
  if (person && given.length > 0 && context.mail) await tell(tx, context, request, { contactId: person, given })
  return { outcomes, ...(person && { contactId: person }), requestId: context.requestId }
}

const refusedEvent = ({ contactId, purposeKey, id, source = '' }: NewEvent & { id: string }, at: Date): NewEvent => ({
  ...{ contactId, purposeKey, kind: 'refused', ground: 'consent', occurredAt: at, basisId: id, source, id: uuidv7() },
})

/** Who asked for a consent, signed in or with a key, can't be who confirms it. */
function refuseOneself(asked: WorkContext['actor'], by: WorkContext['actor'] | undefined) {
  if (!by?.id || by.kind !== asked.kind || by.id !== asked.id) return
  throw new LetheError(
    'FORBIDDEN',
    'You asked for this consent yourself, so you can’t confirm it: the person has to, by the link of their mail.',
  )
}

/** The purposes of a request as they are now, with the texts that were shown. */
async function chosenIn(
  tx: Transaction,
  { content }: OpenRequest,
  given: readonly string[] | undefined,
): Promise<Decided[]> {
  const keys = content.choices.map(({ purpose }) => purpose)
  const purposes = await tx.purpose.findMany({ where: { key: { in: keys } } })
  const notices = await tx.notice.findMany({
    where: { id: { in: content.choices.flatMap(({ noticeId }) => noticeId ?? []) } },
  })
  return content.choices.map(({ purpose, noticeId }) => ({
    purpose,
    row: purposes.find(({ key }) => key === purpose),
    notice: notices.find(({ id }) => id === noticeId) ?? null,
    yes: given?.includes(purpose) ?? true,
    problem: undefined,
  }))
}

const newContact = (tx: Transaction, context: WorkContext, content: RequestContent, source: string) =>
  // What has to be given of a new contact was asked of the partner, with the scopes it had: nobody can ask the person for it here.
  makeContact(tx, { ...context, partner: true }, content.email, content, source.slice(0, 200), {
    incomplete: true,
    readmit: true,
  })

/** What proves a double opt-in: both times, from where, and on what text. Kept sealed under the contact's key. */
function evidenceOf(
  { createdAt, content }: OpenRequest,
  { address }: Caller,
  { notice, at, how }: { notice: Notice | null; at: Date; how: string },
): string {
  const { site, page = null, network = null, email, actor } = content
  return JSON.stringify({
    method: 'double opt-in by e-mail',
    ...{
      address: email,
      site,
      page,
      notice: notice && { version: notice.version, language: notice.language, sha256: notice.sha256 },
    },
    requested: { at: createdAt.toISOString(), from: network, by: actor.kind },
    confirmed: { at: at.toISOString(), from: address ? shortened(networkOf(address)) : null, how },
  })
}

async function tell(
  tx: Transaction,
  context: WorkContext,
  { content }: OpenRequest,
  { contactId, given }: { contactId: string; given: readonly { purpose: string; row: Purpose | undefined }[] },
) {
  const { email: to, language, site, page } = content
  const names = given.map(({ purpose, row }) => textIn(textsIn(row?.names), language) || purpose)
  const asked = { site: siteOf(context, site), purposes: names, ...(page && { page }) }
  await mailConfirmed(
    tx,
    context,
    { to, language },
    { contactId, asked, purposes: given.map(({ purpose }) => purpose) },
  )
}

import type { Purpose } from '#prisma/client.ts'
import type { Transaction } from '../../../database/transact.ts'
import type { Context } from '../../../graphql/context.ts'
import { type Fault, invalidInput, notFound } from '../../../graphql/errors.ts'
import { type MailLanguage, mailLanguage } from '../../../mail/layout.ts'
import { checkText } from '../../check-text.ts'
import { checkDraft } from '../../contacts/check.ts'
import { seenAmong } from '../../contacts/sight.ts'
import { definitionsOf } from '../../fields/definitions.ts'
import type { FieldDraft } from '../../fields/given.ts'
import { networkOf } from '../../identity/sign-in/attempts.ts'
import { hashToken, newToken } from '../../identity/sign-in/sessions.ts'
import { appendEvents } from '../../lawfulness/basis/append.ts'
import type { Evidence } from '../../lawfulness/basis/evidence.ts'
import { checkStatement } from '../../lawfulness/basis/stage.ts'
import type { Purposes } from '../../lawfulness/law/types.ts'
import type { Answer, Outcome } from '../guard/answer.ts'
import { type Asker, askerOf, scopeOf } from '../guard/asker.ts'
import { answerProgram } from '../guard/honeypot.ts'
import { admitCall, inTurn, mayMail } from '../guard/limits.ts'
import { once } from '../guard/once.ts'
import { spendProof } from '../guard/work.ts'
import { checkFields } from '../requests/fields.ts'
import { storeHandle } from '../requests/handles.ts'
import { mailRequest, requireMail } from '../requests/mail.ts'
import { complete, contactWith, emailIn, makeContact } from '../requests/person.ts'
import { type Choice, checkCount, type Judged, judge, readRegister } from '../requests/purposes.ts'
import { personHashOf, storeRequest } from '../requests/requests.ts'
import { checkPage } from './page.ts'
import { consentEvent, isHeld, isSound, shortened, stageOf } from './record-events.ts'

/** What a person says on a partner's page, or what a partner's server or staff say of them. */
export type Giving = {
  idempotencyKey: string
  person: { email?: string; contactId?: string }
  purposes: readonly Choice[]
  fields: readonly FieldDraft[]
  givenName?: string | null | undefined
  familyName?: string | null | undefined
  language?: string | null | undefined
  page?: string | null | undefined
  evidence?: Evidence | null | undefined
  honeypot?: string | null | undefined
  proofOfWork?: string | null | undefined
}

/** The same, checked. */
type Said = {
  email?: string
  contactId?: string
  page: string | undefined
  language: MailLanguage
  names: { givenName?: string; familyName?: string }
  evidence: Evidence | undefined
  source: string
}

/**
 * Asks a person by mail to confirm consent (double opt-in), or records at once what they gave elsewhere, with evidence. Each purpose is
 * decided on its own. Without evidence nothing depends on whether there is such a contact.
 */
export async function giveConsent(context: Context, giving: Giving): Promise<Answer> {
  const { idempotencyKey: key, honeypot, ...rest } = giving
  const scope = scopeOf(context)
  if (honeypot) return trapped(context, scope, giving)
  return once(context, { scope, operation: 'giveConsent', key, body: rest }, async () => {
    const asker = await askerOf(context)
    const said = checked(context, asker, giving)
    if (!said.evidence) requireMail(context)
    await definitionsOf(context) // They are at hand, then, for a contact that is made.
    const mayAsk = said.contactId ? () => true : asker.mayAsk
    const ahead = (tx: Transaction) => readAhead(tx, context, said)
    const run = async (tx: Transaction, found: Ahead | undefined) => {
      await spendProof(tx, context, asker, giving.proofOfWork)
      // Whoever asks without evidence learns nothing of who is known: so it is the same for everybody.
      await checkFields(tx, context, giving.fields, { complete: !said.evidence && said.contactId === undefined })
      const { register, known } = found ?? (await ahead(tx))
      const judged = await judge(tx, register, mayAsk, giving.purposes)
      const asking = { said, register, judged, known, fields: giving.fields }
      const { evidence } = said
      return evidence ? attest(tx, context, asker, { ...asking, evidence }) : ask(tx, context, asker, asking)
    }
    return { admit: () => admitCall(context, asker), ahead, run }
  })
}

type Ahead = { register: ReadonlyMap<string, Purpose>; known: string | undefined }

/** The register, and of whoever gives consent elsewhere, in their turn, which contact they are. */
async function readAhead(tx: Transaction, context: Context, { email, contactId, evidence }: Said): Promise<Ahead> {
  if (!evidence || email === undefined) return { register: await readRegister(tx), known: contactId }
  const turn = inTurn(tx, personHashOf(context.secrets, email))
  const [register, known] = await Promise.all([readRegister(tx), contactWith(tx, email), turn])
  return { register, known }
}

async function trapped(context: Context, scope: string, giving: Giving): Promise<Answer> {
  const asker = await askerOf(context)
  checked(context, asker, giving)
  await admitCall(context, asker)
  return answerProgram(context, asker, { scope, ...giving })
}

function checked(context: Context, asker: Asker, giving: Giving): Said {
  checkCount(giving.purposes)
  const { person, givenName, familyName } = giving
  const faults: Fault[] = []
  const page = checkPage(context, asker, giving.page)
  const { columns } = checkDraft({ givenName, familyName }).contact
  faults.push(
    ...checkDraft({ givenName, familyName }).faults.map((fault) => ({ ...fault, field: `input.${fault.field}` })),
  )
  const where = page ? ` (${page})` : ''
  const statement = checkStatement({ source: `${asker.client?.name ?? ''}${where}`, evidence: giving.evidence }, faults)
  if (giving.evidence && statement.evidence?.text === '' && faults.length === 0)
    faults.push({ field: 'input.evidence.text', message: 'Say what proves it (Art. 7(1) GDPR).' })
  const email = person.email === undefined ? undefined : emailIn(context, person.email)
  if (faults.length > 0) throw invalidInput(faults)
  return {
    ...(email !== undefined && { email }),
    ...(person.contactId !== undefined && { contactId: person.contactId }),
    page,
    language: mailLanguage(checkText(giving.language, 'input.language', { max: 20 }, faults).slice(0, 2) || 'en'),
    names: {
      ...(columns.givenName && { givenName: columns.givenName }),
      ...(columns.familyName && { familyName: columns.familyName }),
    },
    evidence: statement.evidence,
    source: statement.source,
  }
}

type Asking = {
  said: Said
  register: Purposes
  judged: readonly Judged[]
  known: string | undefined
  fields: readonly FieldDraft[]
}

/** Keeps what was said until it is confirmed, and mails the link. The same for everybody: no contact is looked up. */
async function ask(tx: Transaction, context: Context, asker: Asker, { said, judged, fields }: Asking): Promise<Answer> {
  const { page, names, contactId, language } = said
  const email = said.email ?? (await addressOf(tx, context, contactId ?? ''))
  const good = judged.filter(({ problem }) => !problem)
  const outcomes = judged.map(({ key: purpose, problem }): Outcome => {
    return problem ? { purpose, state: 'not_decided', problem } : { purpose, state: 'pending_confirmation' }
  })
  // Whoever asks for somebody they see by name needs no handle, and must not get one: the person alone confirms.
  const token = contactId ? undefined : newToken()
  if (good.length > 0) {
    const content = {
      actor: context.actor,
      ...{ site: asker.client?.name ?? '', email, language, ...names, fields: [...fields] },
      ...(page && { page }),
      ...(contactId && { contactId }),
      ...(asker.publishable && { network: shortened(networkOf(context.address)) }),
      choices: good.map(({ key: purpose, notice }) => ({ purpose, noticeId: notice?.id ?? null })),
    }
    const request = await storeRequest(tx, context, content, { clientId: asker.client?.id ?? null, token })
    if (contactId || (await mayMail(tx, context, request.personHash)))
      await mailRequest(tx, context, request, { asker, judged: good })
  }
  return { outcomes, ...(token && { token }), requestId: context.requestId }
}

/** The address that staff reach a contact at. Throws NOT_FOUND, or INVALID_INPUT if there is none. */
async function addressOf(tx: Transaction, context: Context, contactId: string): Promise<string> {
  const [seen] = await seenAmong(tx, context, [contactId])
  const contact = seen && (await tx.contact.findUnique({ where: { id: seen } }))
  if (!contact || contact.mergedIntoId) throw notFound('Contact')
  const orderBy = [{ primary: 'desc' as const }, { id: 'asc' as const }]
  const point = await tx.contactPoint.findFirst({ where: { contactId, kind: 'email', undeliverableAt: null }, orderBy })
  if (point) return point.value
  const message =
    'This contact has no e-mail address to ask at that mails arrive at: record what they say with evidence.'
  throw invalidInput([{ field: 'input.person.contactId', message }])
}

/** Records what a person gave elsewhere, as whoever asks attests with evidence. */
async function attest(
  tx: Transaction,
  context: Context,
  asker: Asker,
  { said, evidence, register, judged, known, fields }: Asking & { evidence: Evidence },
): Promise<Answer> {
  const { email, names, source } = said
  if (email === undefined) await requireSeen(tx, context, known ?? '')
  const at = new Date()
  const stage = await stageOf(tx, known, register)
  const events = judged.map((one) => {
    const { purpose, notice = null } = one
    if (!purpose) return { ...one, event: undefined }
    const event = consentEvent('given', { contactId: stage.contact.id, purpose, notice, at, source }, { evidence })
    return isSound(stage, [], event)
      ? { ...one, event }
      : { ...one, problem: 'NOT_CONFIRMABLE' as const, event: undefined }
  })
  const outcomes = events.map(({ key: purpose, problem, event }): Outcome => {
    if (!event) return { purpose, state: 'not_decided', ...(problem && { problem }) }
    return { purpose, state: isHeld(stage, purpose, at) ? 'renewed' : 'given', eventId: event.id }
  })
  const sound = events.flatMap(({ event }) => event ?? [])
  if (sound.length === 0) return { outcomes, requestId: context.requestId }
  const particulars = { ...names, language: said.language, fields }
  const contactId = known ?? (await makeContact(tx, context, email ?? '', particulars, source))
  if (known) await complete(tx, context, known, particulars, { replace: true })
  const own = sound.map((event) => ({ ...event, contactId }))
  await appendEvents(tx, context, own, stage.purposes, { known: stage.events })
  const token = email === undefined ? undefined : newToken()
  const purposes = own.map(({ purposeKey }) => purposeKey)
  if (token)
    await storeHandle(tx, { contactId, tokenHash: hashToken(token), purposes, clientId: asker.client?.id ?? null })
  return { outcomes, contactId, ...(token && { token }), requestId: context.requestId }
}

async function requireSeen(tx: Transaction, context: Context, contactId: string) {
  const [seen] = await seenAmong(tx, context, [contactId])
  const contact = seen && (await tx.contact.findUnique({ where: { id: seen } }))
  if (!contact || contact.mergedIntoId) throw notFound('Contact')
}

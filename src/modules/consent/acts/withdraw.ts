import { type Transaction, transact } from '../../../database/transact.ts'
import type { Context, WorkContext } from '../../../graphql/context.ts'
import { type Fault, invalidInput, LetheError, notFound } from '../../../graphql/errors.ts'
import { mailLanguage } from '../../../mail/layout.ts'
import { seenAmong } from '../../contacts/sight.ts'
import type { Evidence } from '../../lawfulness/basis/evidence.ts'
import { checkMoment, checkStatement } from '../../lawfulness/basis/stage.ts'
import { asContact } from '../../mails/as-contact.ts'
import type { Answer, Outcome } from '../guard/answer.ts'
import { type Asker, askerOf, scopeOf } from '../guard/asker.ts'
import { admitCall, inTurn, mayMail } from '../guard/limits.ts'
import { once } from '../guard/once.ts'
import { spendProof } from '../guard/work.ts'
import { findHandle } from '../requests/handles.ts'
import { requireMail } from '../requests/mail.ts'
import { contactsWith, emailIn } from '../requests/person.ts'
import { checkCount, type Judged, judgeKeys, withParts } from '../requests/purposes.ts'
import { dropFrom, dropFromAll, findRequest, personHashOf } from '../requests/requests.ts'
import { storeWish } from '../requests/wishes.ts'
import { endConsents, type Saying } from './end.ts'
import { checkPage } from './page.ts'

/** That a person does not consent (any more). */
export type Ending = {
  idempotencyKey: string
  person: { email?: string; token?: string; contactId?: string }
  purposes: readonly string[]
  at?: Date | null | undefined
  source?: string | null | undefined
  evidence?: Evidence | null | undefined
  page?: string | null | undefined
  language?: string | null | undefined
  proofOfWork?: string | null | undefined
}

/**
 * Ends consent, or records that there is none. With the token of a request or by a partner's server it acts at once; a page that
 * knows no more than an e-mail address has a link mailed, as anybody can type one. Each purpose is decided on its own.
 */
export async function endConsent(context: Context, kind: 'withdrawn' | 'refused', ending: Ending): Promise<Answer> {
  const { idempotencyKey: key, ...body } = ending
  const { token, contactId } = ending.person
  const operation = kind === 'withdrawn' ? 'withdrawConsent' : 'refuseConsent'
  return once(context, { scope: scopeOf(context, token), operation, key, body }, async () => {
    checkCount(ending.purposes)
    const asker = await askerOf(context)
    const about = { kind, keys: ending.purposes, saying: checked(context, asker, ending) }
    const admit = () => admitCall(context, asker)
    if (token !== undefined) {
      const work = await workOf(context, token)
      return { admit, work, run: (tx) => byToken(tx, work, token, about) }
    }
    if (contactId !== undefined) return { admit, run: (tx) => ofContact(tx, context, contactId, about) }
    const email = emailIn(context, ending.person.email ?? '')
    if (!asker.publishable) return { admit, run: (tx) => byServer(tx, context, asker, email, about) }
    if (kind === 'refused') throw invalidInput([{ field: 'input.person.email', message: tokenNeeded }])
    requireMail(context)
    const language = mailLanguage(ending.language ?? 'en')
    return {
      admit,
      run: async (tx) => {
        await spendProof(tx, context, asker, ending.proofOfWork)
        const judged = await judgeKeys(tx, asker.mayAsk, ending.purposes)
        const purposes = judged.flatMap(({ key, problem }) => (problem ? [] : [key]))
        const { publicUrl } = context
        // Who it is is looked up later, by a worker: the call is the same for whoever is known and whoever is not.
        if (purposes.length > 0 && (await mayMail(tx, context, personHashOf(context.secrets, email))))
          await storeWish(tx, context, { email, purposes, language, publicUrl })
        return { outcomes: judged.map(asLinked), requestId: context.requestId }
      },
    }
  })
}

const tokenNeeded =
  'From a page, a refusal is about this visitor’s own request: pass the token that giveConsent answered. Who asked for nothing has nothing to refuse.'

const asLinked = ({ key: purpose, problem }: Judged): Outcome =>
  problem ? { purpose, state: 'not_decided', problem } : { purpose, state: 'pending_confirmation' }

function checked(context: Context, asker: Asker, { at, source, evidence, page }: Ending): Saying {
  const faults: Fault[] = []
  const where = [asker.client?.name, checkPage(context, asker, page)].filter(Boolean).join(' ')
  const statement = checkStatement({ source: source ?? where, evidence }, faults)
  if (at) checkMoment(at, 'at', faults)
  if (faults.length > 0) throw invalidInput(faults.map((fault) => ({ ...fault, field: `input.${fault.field}` })))
  return { ...statement, ...(at && { at }) }
}

type About = { kind: 'withdrawn' | 'refused'; keys: readonly string[]; saying: Saying }

/** The work of whoever has the handle of a contact's consents. */
async function workOf(context: Context, token: string): Promise<WorkContext> {
  const own = asContact(context, null)
  const handle = await transact(own, 'lookAtHandle', (tx) => findHandle(tx, token))
  return asContact(context, handle?.contactId ?? null)
}

async function byToken(
  tx: Transaction,
  work: WorkContext,
  token: string,
  { kind, keys, saying }: About,
): Promise<Answer> {
  const request = await findRequest(tx, work, { token })
  const handle = request ? undefined : await findHandle(tx, token)
  if (!request && !handle) throw new LetheError('LINK_INVALID', 'This token is unknown or too old.')
  const { requestId } = work
  const own = request ? request.content.choices.map(({ purpose }) => purpose) : (handle?.purposes ?? [])
  const foreign = (purpose: string): Outcome => ({ purpose, state: 'not_decided', problem: 'NOT_OF_THIS_REQUEST' })
  const mine = [...new Set(keys)].filter((key) => own.includes(key))
  if (request) await dropFrom(tx, work, request, kind === 'withdrawn' ? await withParts(tx, mine) : mine)
  const ended = handle
    ? await endConsents(tx, work, handle.contactId, { kind, purposes: mine, saying, tells: (key) => own.includes(key) })
    : mine.map((purpose): Outcome => ({ purpose, state: kind }))
  return { outcomes: inOrder(keys, ended, foreign), ...(handle && { contactId: handle.contactId }), requestId }
}

/** Throws NOT_FOUND for a contact that the caller doesn't see. */
async function ofContact(
  tx: Transaction,
  context: Context,
  id: string,
  { kind, keys, saying }: About,
): Promise<Answer> {
  const [contactId] = await seenAmong(tx, context, [id])
  if (!contactId) throw notFound('Contact')
  const judged = await judgeKeys(tx, () => true, keys)
  const purposes = judged.flatMap(({ key, problem }) => (problem ? [] : [key]))
  const points = await tx.contactPoint.findMany({ where: { contactId, kind: 'email' } })
  await dropFromAll(
    tx,
    context,
    points.map(({ value }) => value),
    kind === 'withdrawn' ? await withParts(tx, purposes) : purposes,
  )
  const ended = await endConsents(tx, context, contactId, { kind, purposes, saying, tells: () => true })
  return { outcomes: inOrder(keys, ended, unknownIn(judged)), contactId, requestId: context.requestId }
}

/** A partner's server speaks for a person by their address. Nobody becomes a contact by saying no, and the answer is the same. */
async function byServer(
  tx: Transaction,
  context: Context,
  asker: Asker,
  email: string,
  { kind, keys, saying }: About,
): Promise<Answer> {
  const judged = await judgeKeys(tx, asker.mayAsk, keys)
  const purposes = judged.flatMap(({ key, problem }) => (problem ? [] : [key]))
  await inTurn(tx, personHashOf(context.secrets, email))
  await dropFromAll(tx, context, [email], kind === 'withdrawn' ? await withParts(tx, purposes) : purposes)
  const [contactId, ...others] = await contactsWith(tx, email)
  const ending = { kind, purposes, saying, tells: asker.mayAsk }
  const ended = contactId
    ? await endConsents(tx, context, contactId, ending)
    : purposes.map((purpose): Outcome => ({ purpose, state: kind }))
  // Whoever is here twice says it for both.
  for (const other of others) await endConsents(tx, context, other, ending)
  return {
    outcomes: inOrder(keys, ended, unknownIn(judged)),
    ...(contactId && { contactId }),
    requestId: context.requestId,
  }
}

const unknownIn =
  (judged: readonly Judged[]) =>
  (purpose: string, index: number): Outcome => ({
    purpose,
    state: 'not_decided',
    problem: judged[index]?.problem ?? 'PURPOSE_NOT_ALLOWED',
  })

/** As it was asked; what a withdrawal ended besides comes after that. */
function inOrder(
  keys: readonly string[],
  ended: readonly Outcome[],
  otherwise: (purpose: string, index: number) => Outcome,
): Outcome[] {
  const asked = keys.map((key, index) => {
    const found = keys.indexOf(key) === index ? ended.find(({ purpose }) => purpose === key) : undefined
    return (
      found ??
      (keys.indexOf(key) < index
        ? { ...otherwise(key, index), problem: 'PURPOSE_TWICE' as const }
        : otherwise(key, index))
    )
  })
  return [...asked, ...ended.filter(({ purpose }) => !keys.includes(purpose))]
}

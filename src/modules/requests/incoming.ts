import { createHash, randomUUID } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { IncomingRequest, SubjectRequest } from '#prisma/client.ts'
import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { type Fault, invalidInput, LetheError, notFound } from '../../graphql/errors.ts'
import { uuidOrNobody } from '../../graphql/ids.ts'
import { checkText } from '../check-text.ts'
import { checkPoint } from '../contacts/check-points.ts'
import { isBound } from '../contacts/sight.ts'
import { readForUpdate } from '../contacts/update.ts'
import { endOfPeriod, usualMonths } from './deadline.ts'
import { isRequestChannel, isRequestKind, known, type RequestChannel, type RequestKind } from './kinds.ts'
import { alert, tellUnknown, userOf } from './mails.ts'
import { check, takeDown } from './steps.ts'

// Requests of persons of whom nobody knows yet whether they are contacts. Whoever brings one hears nothing about that: it is taken
// down in the same way, and only later, by others, is it found out whose it is.

/** What somebody says of themself, with what they ask for. */
export type Said = {
  name?: string | null | undefined
  email?: string | null | undefined
  /** Where else they can be reached: an address, a telephone number, a number of a customer. */
  details?: string | null | undefined
  statement?: string | null | undefined
  /** Of mails to them: `de`, `en`. */
  language?: string | null | undefined
}

export type Report = Said & {
  kinds: readonly RequestKind[]
  channel: RequestChannel
  receivedAt?: Date | null | undefined
  /** The same key with the same content is the same request. */
  idempotencyKey?: string | null | undefined
}

const said = z.object({
  name: z.string(),
  email: z.string(),
  details: z.string(),
  statement: z.string(),
  language: z.string(),
})

/** As it is kept, sealed with the installation's key. */
export type Kept = z.infer<typeof said>

/**
 * Takes down the request of somebody, known here or not, and tells nothing about them. Throws INVALID_INPUT;
 * IDEMPOTENCY_KEY_REUSED for the same key with something else.
 */
export async function reportRequest(context: WorkContext, report: Report): Promise<IncomingRequest> {
  const { kinds, receivedAt } = check(report, 'input.')
  const kept = checkSaid(report)
  const { channel } = report
  const { secrets, actor } = context
  const scope = `${actor.kind}:${actor.id ?? ''}`
  const keyHash = hashOf(checkKey(report.idempotencyKey) ?? randomUUID())
  const body = JSON.stringify([kinds, channel, report.receivedAt ?? null, kept])
  const bodyHash = secrets.fingerprint('incoming request', body)
  const dueAt = endOfPeriod(receivedAt, { months: usualMonths }, context.workingDays)
  const work = async (tx: Transaction) => {
    const before = await tx.incomingRequest.findUnique({ where: { scope_keyHash: { scope, keyHash } } })
    if (before && before.bodyHash === bodyHash) return before
    if (before) throw new LetheError('IDEMPOTENCY_KEY_REUSED', 'This key came with another request before.')
    const id = uuidv7()
    const row = { id, kinds, receivedAt, channel, dueAt, scope, keyHash, bodyHash, status: 'open' }
    const sealed = secrets.seal(placeOf(id), JSON.stringify(kept))
    await alert(tx, context, 'incoming', { kinds, dueAt })
    return tx.incomingRequest.create({ data: { ...row, said: sealed } })
  }
  return transact(context, 'reportSubjectRequest', work, { isolation: 'Serializable' })
}

/** What somebody said of themself; nothing once that was forgotten. */
export const saidIn = ({ secrets }: WorkContext, { id, said: sealed }: IncomingRequest): Kept | undefined =>
  sealed ? said.parse(JSON.parse(secrets.open(placeOf(id), sealed))) : undefined

/**
 * Says whose a request is: it becomes one of the contact, with the day on which it came, and what was said besides is forgotten. Throws
 * NOT_FOUND, CONFLICT if that was said already.
 */
export async function matchRequest(context: WorkContext, id: string, contactId: string): Promise<SubjectRequest[]> {
  return transact(
    context,
    'matchIncomingRequest',
    async (tx) => {
      const incoming = await undecidedOne(tx, context, id)
      const { contact } = await readForUpdate(tx, context, contactId, undefined, 'contactId')
      const { statement = '' } = saidIn(context, incoming) ?? {}
      const asking = {
        ...{ contactId: contact.id, receivedAt: incoming.receivedAt, statement },
        kinds: incoming.kinds.map((kind) => known(isRequestKind, kind)),
        channel: known(isRequestChannel, incoming.channel),
      }
      const requests = await takeDown(tx, context, asking, statement)
      await forget(tx, context, incoming, 'matched')
      return requests
    },
    { isolation: 'Serializable' },
  )
}

/** Answers that nothing is held of this person, by mail if they gave an address, and forgets what they said. Throws NOT_FOUND, CONFLICT. */
export async function denyUnmatched(context: WorkContext, id: string): Promise<IncomingRequest> {
  return transact(
    context,
    'denyIncomingRequest',
    async (tx) => {
      const incoming = await undecidedOne(tx, context, id)
      const kept = saidIn(context, incoming)
      const kinds = incoming.kinds.map((kind) => known(isRequestKind, kind))
      if (kept?.email) {
        const about = { to: kept.email, language: kept.language, kinds }
        await tellUnknown(tx, context, about, ({ texts, rights, day, close }) =>
          texts.noMatch({ rights, at: day(incoming.receivedAt) }, close),
        )
      }
      return forget(tx, context, incoming, 'denied')
    },
    { integrated: true },
  )
}

const forget = (tx: Transaction, context: WorkContext, { id }: IncomingRequest, status: 'matched' | 'denied') =>
  tx.incomingRequest.update({
    where: { id },
    data: { status, said: null, decidedAt: new Date(), deciderId: userOf(context) },
  })

/** Throws NOT_FOUND, also for callers who don't see all contacts: it may be anybody's. */
async function undecidedOne(tx: Transaction, context: WorkContext, id: string): Promise<IncomingRequest> {
  const found = isBound(context) ? null : await tx.incomingRequest.findUnique({ where: { id: uuidOrNobody(id) } })
  if (!found) throw notFound('request')
  if (found.status !== 'open') throw new LetheError('CONFLICT', 'It was decided already whose this request is.')
  return found
}

function checkSaid(report: Said): Kept {
  const faults: Fault[] = []
  const line = (field: 'name' | 'language', max: number) => checkText(report[field], `input.${field}`, { max }, faults)
  const lines = (field: 'details' | 'statement') =>
    checkText(report[field], `input.${field}`, { max: 4000, multiline: true }, faults)
  const kept = { name: line('name', 200), language: line('language', 35), details: lines('details') }
  const statement = lines('statement')
  const { point, faults: found } = report.email
    ? checkPoint('email', { address: report.email }, 'input')
    : { point: undefined, faults: [] }
  faults.push(...found.map((fault) => ({ ...fault, field: 'input.email' })))
  const email = point?.value ?? ''
  if (!kept.name && !email && !kept.details && faults.length === 0) {
    faults.push({ field: 'input.email', message: 'Say who asks: an e-mail address, a name, or other details.' })
  }
  if (faults.length > 0) throw invalidInput(faults)
  return { ...kept, statement, email }
}

function checkKey(key: string | null | undefined): string | undefined {
  if (key === null || key === undefined) return undefined
  const faults: Fault[] = []
  const clean = checkText(key, 'input.idempotencyKey', { max: 200 }, faults)
  if (!clean && faults.length === 0) faults.push({ field: 'input.idempotencyKey', message: 'Must not be empty.' })
  if (faults.length > 0) throw invalidInput(faults)
  return clean
}

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')

const placeOf = (id: string) => `incoming_request.said ${id}`

import { v7 as uuidv7 } from 'uuid'
import type { Erasure, Prisma } from '#prisma/client.ts'
import { type Transaction, transact } from '../../database/transact.ts'
import type { Context, WorkContext } from '../../graphql/context.ts'
import { type Fault, invalidInput, LetheError, notFound } from '../../graphql/errors.ts'
import { type ContactSelection, selectedContacts } from '../contacts/list/list.ts'
import { answering, seenContacts } from '../contacts/sight.ts'
import { readForUpdate } from '../contacts/update.ts'
import type { ErasureGround } from '../module.ts'
import { isUndecided } from '../requests/status.ts'
import type { RequestErasure } from '../retention/request-erasure.ts'
import { enqueue } from './queue.ts'
import { isPending } from './register.ts'
import { approvalsNeeded } from './settings.ts'
import { pending } from './state.ts'

/** What is to be erased, and why. */
export type Wish = {
  ground: ErasureGround
  /** Of what modules hold; null: the whole contact. Checked by the caller. */
  categories: readonly string[] | null
  /** What becomes of related records without personal data, by kind. */
  related: Readonly<Record<string, 'keep' | 'erase'>>
  /** Whether the person may not be entered again. Default: after an objection. */
  fingerprints?: boolean | null | undefined
  /** Executes itself as soon as it is approved. */
  automatic?: boolean
  /** A rule that people made decided it. */
  byRule?: boolean
}

/**
 * Asks for the erasure of a contact. Where no approvals are needed, it is approved. Throws NOT_FOUND; CONFLICT while another one waits;
 * INVALID_INPUT for a contact that was merged, fingerprints where no ground allows them, or a request that asks for something else.
 */
export const requestErasure = (
  context: WorkContext,
  { contactId, requestId, ...wish }: Wish & { contactId: string; requestId?: string | null | undefined },
): Promise<Erasure> =>
  transact(
    context,
    'requestErasure',
    async (tx) => {
      const { contact } = await readForUpdate(tx, answering(context), contactId, undefined, 'input.contactId')
      if (requestId) await requireFitting(tx, contact.id, requestId)
      return register(tx, context, wish, { contactIds: [contact.id], requestId: requestId ?? null })
    },
    // Two at once: the second one finds the first.
    context.within ? {} : { isolation: 'Serializable' },
  )

/** The same for all contacts that a list would show now; later ones are not of it. Throws INVALID_INPUT where there is none. */
export async function requestErasureOfSet(context: Context, selection: ContactSelection, wish: Wish): Promise<Erasure> {
  if (!isSelective(selection))
    throw invalidInput([{ field: 'input.filter', message: 'Say which contacts: without, it would be all.' }])
  const chosen = await selectedContacts(context, selection)
  return transact(context, 'requestErasureOfSet', (tx) => registerSet(tx, context, wish, chosen))
}

/** Registers the erasure of all whom a statement gives (`contact_id`), as one, in the caller's unit of work. Throws INVALID_INPUT where it gives nobody. */
export async function registerSet(
  tx: Transaction,
  context: WorkContext,
  wish: Wish,
  chosen: Prisma.Sql,
): Promise<Erasure> {
  const erasure = await write(tx, context, wish, { kind: 'set', contacts: 0, requestId: null })
  const contacts = await tx.$executeRaw`
    INSERT INTO erasure_subject (contact_id, erasure_id) SELECT chosen.contact_id, ${erasure.id}::uuid FROM (${chosen}) chosen`
  if (contacts === 0) throw invalidInput([{ field: 'input.filter', message: 'It selects nobody.' }])
  return tx.erasure.update({ where: { id: erasure.id }, data: { contacts } })
}

/** Whether a selection leaves anybody out. */
export const isSelective = ({ filter, search }: ContactSelection): boolean =>
  Object.keys(filter ?? {}).length > 0 || Boolean(search?.trim())

/** Registers an erasure in the caller's unit of work. Those of the contacts that are gone, or merged, are left out. Throws NOT_FOUND if all are. */
export async function register(
  tx: Transaction,
  context: WorkContext,
  wish: Wish,
  { contactIds, requestId = null }: { contactIds: readonly string[]; requestId?: string | null },
): Promise<Erasure> {
  const there = await tx.$queryRaw<{ id: string }[]>`
    SELECT c.contact_id AS id FROM ${seenContacts(answering(context))} c
    WHERE c.contact_id = ANY(${[...contactIds]}::uuid[]) AND c.merged_into_id IS NULL`
  const seen = there.map(({ id }) => id)
  const [first] = seen
  if (first === undefined) throw notFound('Contact')
  if (seen.length === 1 && wish.categories === null) await refuseSecond(tx, first)
  const kind = seen.length === 1 ? 'contact' : 'set'
  const erasure = await write(tx, context, wish, { kind, contacts: seen.length, requestId })
  await tx.$executeRaw`
    INSERT INTO erasure_subject (contact_id, erasure_id) SELECT id, ${erasure.id}::uuid FROM unnest(${seen}::uuid[]) AS s(id)`
  return erasure
}

async function write(
  tx: Transaction,
  context: WorkContext,
  wish: Wish,
  about: { kind: 'contact' | 'set'; contacts: number; requestId: string | null },
): Promise<Erasure> {
  const now = new Date()
  const { actor } = context
  const approved = wish.byRule || approvalsNeeded(context) === 0
  const automatic = wish.automatic ?? false
  const id = uuidv7()
  const erasure = await tx.erasure.create({
    data: {
      ...{ id, ...about, ground: wish.ground, categories: [...(wish.categories ?? [])], related: { ...wish.related } },
      fingerprints: fingerprintsFor(wish),
      ...{ requesterKind: actor.kind, requesterId: actor.id, requestedAt: now },
      ...{ automatic, approvedAt: approved ? now : null },
      state: approved ? (automatic ? 'queued' : 'approved') : 'requested',
    },
  })
  if (approved && automatic) await enqueue(tx, id)
  return erasure
}

/**
 * Who objected may be kept out by what can't be read (Art. 21(3) and 17(3)(e) GDPR); of whom is erased for another reason, nothing may
 * stay.
 */
export function fingerprintsFor({ ground, categories, fingerprints }: Wish): boolean {
  const allowed = ground === 'objection' && categories === null
  if (!fingerprints || allowed) return fingerprints ?? allowed
  const message = 'Only of somebody who objected, and is erased as a whole, may something stay by which they are known.'
  throw invalidInput([{ field: 'input.fingerprints', message }])
}

async function refuseSecond(tx: Transaction, contactId: string) {
  const mine = await tx.erasureSubject.findMany({ where: { contactId } })
  const where = { id: { in: mine.map(({ erasureId }) => erasureId) }, kind: 'contact', ...isPending }
  if (await tx.erasure.findFirst({ where: { ...where, categories: { isEmpty: true } } }))
    throw new LetheError('CONFLICT', 'Somebody asked for the erasure of this contact already.')
}

async function requireFitting(tx: Transaction, contactId: string, id: string) {
  const request = await tx.subjectRequest.findUnique({ where: { contactId_id: { contactId, id } } })
  if (!request) throw notFound('SubjectRequest')
  const faults: Fault[] = []
  const field = 'input.requestId'
  if (request.kind !== 'erasure')
    faults.push({ field, message: `The request is for ${request.kind}, not for erasure.` })
  else if (!isUndecided(request.status)) faults.push({ field, message: 'The request was decided already.' })
  if (faults.length > 0) throw invalidInput(faults)
}

/**
 * Takes what a rule of retention says is to be erased, as `RequestErasure` wants it. By the rule itself it counts as approved: people agreed
 * to that. Whoever is about to be erased already is left out.
 */
export const requestByRule: RequestErasure = async (tx, context, { contactIds, origin, ruleKey: _, ...asked }) => {
  const waiting = await tx.$queryRaw<{ contactId: string; erasureId: string }[]>`
    SELECT s.contact_id AS "contactId", s.erasure_id AS "erasureId" FROM erasure_subject s JOIN erasure e ON e.id = s.erasure_id
    WHERE s.contact_id = ANY(${[...contactIds]}::uuid[]) AND e.state = ANY(${[...pending]}::text[])
      AND e.categories IN ('{}', ${[...(asked.categories ?? [])]}::text[])`
  const there = new Map(waiting.map(({ contactId, erasureId }) => [contactId, erasureId]))
  const missing = contactIds.filter((id) => !there.has(id))
  const [known] = there.values()
  if (missing.length === 0 && known) return { erasureId: known }
  const { id } = await register(tx, context, { ...asked, byRule: origin === 'rule' }, { contactIds: missing })
  return { erasureId: id }
}

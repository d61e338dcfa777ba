import { v7 as uuidv7 } from 'uuid'
import type { AccessPackage } from '#prisma/client.ts'
import type { Database } from '../../database/client.ts'
import { type Transaction, transact } from '../../database/transact.ts'
import type { Context, WorkContext } from '../../graphql/context.ts'
import { invalidInput, LetheError, notFound } from '../../graphql/errors.ts'
import { answering, seenAmong, sees } from '../contacts/sight.ts'
import { readForUpdate } from '../contacts/update.ts'
import { isUndecided } from '../requests/status.ts'
import { noteDelivered, unverified } from '../requests/steps.ts'
import { lifetimes } from './produce.ts'

/** The right to see, make, get and hand over packages. */
export const packagesRight = 'disclosure.packages'

export const packageKinds = ['access', 'portability'] as const
export type PackageKind = (typeof packageKinds)[number]
export const isPackageKind = (text: unknown): text is PackageKind => packageKinds.some((kind) => kind === text)

export const languages = ['de', 'en'] as const
export type Language = (typeof languages)[number]
export const isLanguage = (text: unknown): text is Language => languages.some((language) => language === text)

/** How a person got a package: by a link, or from staff. */
export const deliveries = ['download', 'mail', 'letter', 'in_person'] as const
export type Delivery = (typeof deliveries)[number]

type Order = { contactId: string; requestId: string | null; kind: PackageKind; language: Language | null }

/**
 * Queues the making of a package. Throws NOT_FOUND; INVALID_INPUT for a contact that was merged, or a request that asks for something
 * else; CONFLICT while another one of the kind is being made.
 */
export const discloseContact = (context: WorkContext, order: Order): Promise<AccessPackage> =>
  transact(context, 'discloseContact', async (tx) => {
    const { contact } = await readForUpdate(tx, answering(context), order.contactId, undefined, 'contactId')
    const { requestId, kind } = order
    const contactId = contact.id
    if (requestId) {
      const request = await tx.subjectRequest.findUnique({ where: { contactId_id: { contactId, id: requestId } } })
      if (!request) throw notFound('SubjectRequest')
      if (request.kind !== kind)
        throw invalidInput([
          { field: 'input.requestId', message: `The request is for ${request.kind}, not for ${kind}.` },
        ])
    }
    if (await tx.accessPackage.findFirst({ where: { contactId, kind, state: 'queued' } }))
      throw new LetheError('CONFLICT', 'Such a package is being made already.')
    const id = uuidv7()
    const { kind: actorKind, id: actorId } = context.actor
    const language = order.language ?? languageOf(context, contact.language)
    const row = { contactId, id, requestId, kind, language, actorKind, actorId, createdAt: new Date() }
    const made = await tx.accessPackage.create({ data: row })
    await tx.accessPackageWork.create({ data: { contactId, id, dueAt: new Date(0) } })
    return made
  })

/** The contact's own, if reports are written in it; otherwise that of the country that we are in. */
export function languageOf({ country }: Pick<WorkContext, 'country'>, language: string): Language {
  const [base] = language.toLowerCase().split('-')
  if (isLanguage(base)) return base
  return base === '' && ['DE', 'AT', 'CH', 'LI'].includes(country) ? 'de' : 'en'
}

/** A package about a contact that the caller sees; null if there is none. */
export async function findPackage(context: Context, id: string): Promise<AccessPackage | null> {
  const found = await context.database.accessPackage.findFirst({ where: { id } })
  return found && (await sees(context, found.contactId)) ? found : null
}

/** For a change of it. Throws NOT_FOUND. */
export async function packageFor(tx: Transaction, context: WorkContext, id: string): Promise<AccessPackage> {
  const found = await tx.accessPackage.findFirst({ where: { id } })
  const [seen] = found ? await seenAmong(tx, answering(context), [found.contactId]) : []
  if (!found || !seen) throw notFound('AccessPackage')
  return found
}

/** Throws CONFLICT unless there is a file to hand out. */
export function requireFile({ state }: AccessPackage): void {
  if (state === 'ready' || state === 'delivered') return
  const why = state === 'queued' ? 'The package is still being made.' : 'The package is gone: make a new one.'
  throw new LetheError('CONFLICT', why)
}

/** Notes that the person has it; the request that it answers is told. Once it was noted, it stays as it is. */
export async function deliver(
  tx: Transaction,
  context: WorkContext,
  found: AccessPackage,
  how: Delivery,
): Promise<void> {
  const { contactId, id, requestId } = found
  requireFile(found)
  if (found.state === 'delivered') return
  const deliveredAt = new Date()
  const expiresAt = new Date(deliveredAt.getTime() + lifetimes(context).delivered)
  await tx.accessPackage.update({
    where: { contactId_id: { contactId, id } },
    data: { state: 'delivered', deliveredAt, deliveredHow: how, expiresAt },
  })
  // A request that was decided meanwhile waits for nothing any more.
  const request = await requestOf(tx, found)
  if (requestId && request && isUndecided(request.status))
    await noteDelivered(tx, context, { contactId, requestId, packageId: id, how })
}

/** Throws CONFLICT while nobody knows whether it is the person who asks: then nothing may be handed out. */
export async function requireVerified(tx: Transaction | Database, found: AccessPackage): Promise<void> {
  const request = await requestOf(tx, found)
  if (request && !request.verifiedAt) throw unverified()
}

// It may have gone along in a merge since.
const requestOf = async (tx: Transaction | Database, { contactId, requestId: id }: AccessPackage) =>
  id ? tx.subjectRequest.findFirst({ where: { id, OR: [{ contactId }, { movedFrom: { has: contactId } }] } }) : null

/** Notes that staff handed a package over. Throws NOT_FOUND, CONFLICT. */
export const markDelivered = (context: WorkContext, id: string, how: Delivery): Promise<AccessPackage> =>
  transact(context, 'markAccessPackageDelivered', async (tx) => {
    const found = await packageFor(tx, context, id)
    await deliver(tx, context, found, how)
    return tx.accessPackage.findUniqueOrThrow({ where: { contactId_id: { contactId: found.contactId, id } } })
  })

/** Erases the file of a package now, or stops its making. Throws NOT_FOUND. */
export async function erasePackage(context: WorkContext, id: string): Promise<AccessPackage> {
  const { made, storageKey } = await transact(context, 'eraseAccessPackage', async (tx) => {
    const found = await packageFor(tx, context, id)
    const where = { contactId_id: { contactId: found.contactId, id } }
    await tx.accessPackageWork.deleteMany({ where: { contactId: found.contactId, id } })
    return { made: await tx.accessPackage.update({ where, data: erased }), storageKey: found.storageKey }
  })
  if (storageKey) await context.storage.remove(storageKey)
  return made
}

/** What is left of a package whose file is gone. */
export const erased = { state: 'expired', contentKey: null, storageKey: '', tokenHash: null, linkUntil: null } as const

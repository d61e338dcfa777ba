import { v7 as uuidv7 } from 'uuid'
import type { DocumentType, Prisma } from '#prisma/client.ts'
import type { Database } from '../../database/client.ts'
import { type Transaction, transact } from '../../database/transact.ts'
import type { Context } from '../../graphql/context.ts'
import { conflict, type Fault, invalidInput, notFound } from '../../graphql/errors.ts'
import { checkTexts } from '../lawfulness/texts.ts'
import { mediaTypes } from './content/media-types.ts'
import type { Personal } from './personal.ts'

type Default = Omit<Prisma.DocumentTypeCreateManyInput, 'id' | 'names' | 'mediaTypes'> & {
  names: { de: string; en: string }
  personal: Personal
  mediaTypes?: string[]
}

/** The kinds of documents to begin with. */
const defaults: readonly Default[] = [
  {
    key: 'invoice',
    names: { de: 'Rechnung', en: 'Invoice' },
    personal: 'linked',
    mediaTypes: ['application/pdf', 'application/xml', 'image/png', 'image/jpeg', 'image/tiff'],
    retentionKey: 'vouchers',
  },
  { key: 'contract', names: { de: 'Vertrag', en: 'Contract' }, personal: 'linked', retentionKey: 'commercial-letters' },
  { key: 'letter', names: { de: 'Brief', en: 'Letter' }, personal: 'linked', retentionKey: 'commercial-letters' },
  {
    key: 'consent-form',
    names: { de: 'Einwilligung', en: 'Consent form' },
    personal: 'linked',
    retentionKey: 'claims',
  },
  { key: 'other', names: { de: 'Sonstiges', en: 'Other' }, personal: 'linked' },
]

/** Makes the kinds that are missing, and leaves the others as they are. */
export async function addMissingTypes(tx: Transaction): Promise<void> {
  const present = new Set((await tx.documentType.findMany({ select: { key: true } })).map(({ key }) => key))
  const missing = defaults.filter(({ key }) => !present.has(key))
  if (missing.length === 0) return
  await tx.documentType.createMany({
    data: missing.map(({ mediaTypes = [], ...row }) => ({ ...row, mediaTypes, id: uuidv7() })),
  })
}

/** A kind as somebody gives it. What is undefined stays as it is, or takes its default. */
export type TypeDraft = {
  names?: readonly { language: string; text: string }[] | undefined
  personal?: Personal | undefined
  mediaTypes?: readonly string[] | undefined
  retentionClass?: string | null | undefined
  onErasure?: 'erase' | 'keep' | undefined
  retired?: boolean | undefined
}

/** Makes a kind of documents. Throws INVALID_INPUT. */
export function createType(context: Context, { key, ...draft }: TypeDraft & { key: string }): Promise<DocumentType> {
  return transact(context, 'createDocumentType', async (tx) => {
    const faults: Fault[] = []
    if (!/^[a-z][a-z0-9-]{0,49}$/.test(key))
      faults.push({ field: 'key', message: 'Write it in small letters, digits and hyphens: `delivery-note`.' })
    else if (await tx.documentType.findUnique({ where: { key } }))
      faults.push({ field: 'key', message: 'There is a type with this key.', rule: 'taken' })
    const { names = {}, ...data } = await checked(tx, { names: [], ...draft }, faults)
    if (faults.length > 0) throw invalidInput(faults)
    const row = { personal: 'linked', mediaTypes: [], ...data, key, id: uuidv7(), names }
    return tx.documentType.create({ data: row })
  })
}

/** Changes a kind. What was stored stays. Throws NOT_FOUND, CONFLICT, INVALID_INPUT. */
export function updateType(
  context: Context,
  { key, version, ...draft }: TypeDraft & { key: string; version: number },
): Promise<DocumentType> {
  return transact(context, 'updateDocumentType', async (tx) => {
    const found = await tx.documentType.findUnique({ where: { key } })
    if (!found) throw notFound('DocumentType')
    if (found.version !== version) throw conflict(found.version)
    const faults: Fault[] = []
    const data = await checked(tx, draft, faults)
    if (faults.length > 0) throw invalidInput(faults)
    const retiredAt = draft.retired === undefined ? {} : { retiredAt: draft.retired ? new Date() : null }
    return tx.documentType.update({ where: { key }, data: { ...data, ...retiredAt, version: version + 1 } })
  })
}

async function checked(tx: Transaction, draft: TypeDraft, faults: Fault[]) {
  const { names, personal, retentionClass, onErasure } = draft
  for (const [index, mediaType] of (draft.mediaTypes ?? []).entries()) {
    if (Object.hasOwn(mediaTypes, mediaType)) continue
    const message = `Not a type that can be told by its content: ${Object.keys(mediaTypes).join(', ')}.`
    faults.push({ field: `mediaTypes.${index}`, message })
  }
  if (retentionClass && !(await tx.retentionClass.findUnique({ where: { key: retentionClass } })))
    faults.push({ field: 'retentionClass', message: 'There is no retention class with this key.' })
  return {
    ...(names && { names: checkTexts(names, 'names', { max: 100, wanted: true }, faults) }),
    ...(personal && { personal }),
    ...(draft.mediaTypes && { mediaTypes: [...draft.mediaTypes] }),
    ...(retentionClass !== undefined && { retentionKey: retentionClass }),
    ...(onErasure && { onErasure }),
  }
}

/** A kind that documents may be given. Throws INVALID_INPUT for one that there isn't, or not any more. */
export async function typeFor(tx: Database | Transaction, key: string): Promise<DocumentType> {
  const found = await tx.documentType.findUnique({ where: { key } })
  if (found && !found.retiredAt) return found
  throw invalidInput([{ field: 'type', message: 'There is no such type of documents.', rule: 'unknown_type' }])
}

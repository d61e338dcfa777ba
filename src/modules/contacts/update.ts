import type { Contact, ContactPoint } from '#prisma/client.ts'
import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { conflict, invalidInput, notFound } from '../../graphql/errors.ts'
import { currentDefinitions, noDefinitions } from '../fields/definitions.ts'
import type { FieldDraft } from '../fields/given.ts'
import { planFields } from '../fields/plan.ts'
import { prepareFields, writeFieldRows } from '../fields/store.ts'
import { type StoredFields, storedFields } from '../fields/values.ts'
import { checkDraft, checkNotEmpty, checkProvenance, deriveDisplayName } from './check.ts'
import type { CheckedColumns, ContactDraft } from './draft.ts'
import { type PointChanges, planPointChanges } from './point-changes.ts'
import { barredFaults } from './readmission.ts'
import { answering, type Seer, seenAmong } from './sight.ts'
import { pointRow } from './store.ts'

/** A contact with its points. */
export type WithPoints = { contact: Contact; points: ContactPoint[] }

export type ContactUpdate = {
  id: string
  /** The version that the caller read. */
  version: number
  /** What to change; absent fields stay, `null` empties. */
  columns: Omit<ContactDraft, 'emails' | 'phones' | 'addresses' | 'websites' | 'messengers' | 'customFields'>
  source?: string | null | undefined
  sourceAt?: Date | null | undefined
  points: readonly PointChanges[]
  customFields?: readonly FieldDraft[]
}

/**
 * Changes a contact. Throws NOT_FOUND, CONFLICT when somebody else was first, INVALID_INPUT with every fault.
 */
export async function updateContact(context: WorkContext, update: ContactUpdate): Promise<void> {
  const options = { defaultCountry: context.country, update: true }
  const { contact: checked, faults } = checkDraft(update.columns, options)
  const provenance = checkProvenance(update, faults)
  const drafts = update.customFields ?? []
  await transact(context, 'updateContact', async (tx) => {
    const definitions = drafts.length > 0 ? await currentDefinitions(tx) : noDefinitions
    const { contact, points } = await readForUpdate(tx, answering(context), update.id, update.version)
    const faultsSoFar = [...faults]
    const stored = storedFields(contact.customFields)
    const plan = planFields(definitions, context, drafts, faultsSoFar, { ...options, stored })
    const writes = update.points.map((changes) => planPointChanges(points, changes, faultsSoFar, options))
    const create = writes.flatMap((write) => write.create)
    // Contacts themselves may say that they can be reached there again.
    if (!context.contact) faultsSoFar.push(...(await barredFaults(tx, context, create)))
    if (faultsSoFar.length > 0) throw invalidInput(faultsSoFar)
    const remove = writes.flatMap((write) => write.remove)
    if (remove.length > 0) await tx.contactPoint.deleteMany({ where: { contactId: contact.id, id: { in: remove } } })
    for (const { id, ...data } of writes.flatMap((write) => write.update)) {
      await tx.contactPoint.update({ where: { contactId_id: { contactId: contact.id, id } }, data })
    }
    if (create.length > 0)
      await tx.contactPoint.createMany({ data: create.map((point) => pointRow(contact.id, point)) })
    const remaining = await tx.contactPoint.findMany({ where: { contactId: contact.id }, orderBy: { id: 'asc' } })
    const columns = withDisplayName(contact, checked.columns)
    const empty = checkNotEmpty({ columns: { ...contact, ...columns }, points: remaining })
    if (empty) throw invalidInput([empty])
    const custom = plan.size > 0 ? await prepareFields(context.keys, contact.id, stored, plan) : undefined
    if (custom) await writeFieldRows(tx, custom)
    await touch(tx, contact, { ...columns, ...provenance, ...(custom && { customFields: custom.stored }) })
  })
}

/**
 * Reads a contact that is about to change. Throws NOT_FOUND, or CONFLICT when it is no longer the version expected.
 *
 * @param field Where the input names the contact, for faults.
 */
export async function readForUpdate(tx: Transaction, seer: Seer, id: string, version?: number, field = 'id') {
  const found = await readSeen(tx, seer, id)
  if (!found) throw notFound('Contact')
  const { contact, points } = found
  if (version !== undefined && contact.version !== version) throw conflict(contact.version)
  if (contact.mergedIntoId) {
    throw invalidInput([
      { field, message: 'This contact was merged into another one: change that one, or undo the merge.' },
    ])
  }
  return { contact, points }
}

/** A contact with its points, the oldest first; undefined if there is none that the caller sees. */
export async function readSeen(tx: Transaction, seer: Seer, id: string): Promise<WithPoints | undefined> {
  const [seen] = await seenAmong(tx, seer, [id])
  if (seen === undefined) return undefined
  const found = await tx.contact.findUnique({ where: { id }, include: { points: { orderBy: { id: 'asc' } } } })
  if (!found) return undefined
  const { points, ...contact } = found
  return { contact, points }
}

/** What can be written of a contact. */
export type ContactData = Partial<Omit<Contact, 'id' | 'version' | 'customFields'>> & { customFields?: StoredFields }

/** Writes a contact's columns and counts its version up. */
export async function touch(tx: Transaction, contact: Contact, { customFields, ...data }: ContactData): Promise<void> {
  await tx.contact.update({
    where: { id: contact.id },
    data: {
      ...data,
      ...(customFields && { customFields: { ...customFields } }),
      version: contact.version + 1,
      updatedAt: new Date(),
    },
  })
}

/** A display name that was made from the other names follows them; one that somebody chose stays. */
export function withDisplayName(contact: Contact, changes: CheckedColumns): CheckedColumns {
  const chosen = changes.displayName
  if (chosen) return changes
  if (chosen === undefined && contact.displayName !== deriveDisplayName(contact)) return changes
  return { ...changes, displayName: deriveDisplayName({ ...contact, ...changes }) }
}

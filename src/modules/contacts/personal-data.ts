import type { Transaction } from '../../database/transact.ts'
import { asRecord, contentOf, rowsOf, smallFile } from '../disclosed.ts'
import { keyInAudit } from '../fields/values.ts'
import { concerns, nothingErased, type PersonalData } from '../module.ts'
import { contactOperations, contactTexts } from './disclosure-texts.ts'
import { pointKindList } from './points.ts'
import { vCardOf } from './vcard.ts'

/** What this module holds about a contact, and how it is disclosed and erased. */
export const contactData: PersonalData = {
  categories: ['identity', 'contact details', 'occupation', 'preferences', 'classification', 'source', 'custom fields'],
  models: ['Contact', 'ContactPoint', 'ContactMerge', 'ImportKey'],
  texts: contactTexts,
  logged: {
    Contact: categoryOfField,
    ContactMerge: 'identity',
    ...Object.fromEntries(pointKindList.map(({ type }) => [type, 'contact details'])),
  },
  operations: contactOperations,
  async *disclose(held) {
    const { tx, contactId } = held
    const contact = await tx.contact.findUnique({ where: { id: contactId } })
    if (!contact) return
    // Custom fields are opened and told by the module that knows what they are.
    const { customFields: _, mergedIntoId: _merged, ...rest } = contact
    const birthDate = rest.birthDate?.toISOString().slice(0, 10) ?? null
    const points = await tx.contactPoint.findMany({ where: { contactId }, orderBy: { id: 'asc' } })
    const card = smallFile('contact.vcf', 'text/vcard', vCardOf(contact, points))
    const record = asRecord({ ...rest, birthDate })
    yield { kind: 'contact', category: 'identity', record, portable: given, files: [card] }
    for (const { contactId: _, ...point } of points) {
      const record = asRecord(point)
      const once = contentOf(record, 'id', 'primary')
      yield { kind: 'contactPoint', category: 'contact details', record, portable: true, once }
    }
    for await (const { contactId: _, ...merge } of rowsOf(held, (page) => tx.contactMerge.findMany(page)))
      yield { kind: 'merge', category: 'identity', record: asRecord(merge) }
    for (const { key } of await tx.importKey.findMany({ where: { contactId }, orderBy: { key: 'asc' } }))
      yield { kind: 'importKey', category: 'contact details', record: { key } }
    const brought = contact.importId && (await tx.import.findUnique({ where: { id: contact.importId } }))
    if (!brought) return
    // Who of the staff imported it is left out, and how many others came along: that is not about this person.
    const { id, fileName, format, source, sourceAt, ground, groundNote, purposeKey, startedAt } = brought
    const told = { id, fileName, format, source, sourceAt, ground, groundNote, purposeKey, startedAt }
    yield { kind: 'import', category: 'source', record: asRecord(told), once: id }
  },
  async erase(tx, contactIds, decision) {
    const ids = [...contactIds]
    const where = { contactId: { in: ids } }
    const details = concerns(decision, 'contact details')
    const points = details ? await tx.contactPoint.deleteMany({ where }) : { count: 0 }
    const importKeys = details ? await tx.importKey.deleteMany({ where }) : { count: 0 }
    // What came from another contact stands where it was merged into, even if that was taken back.
    const merges = concerns(decision, 'identity')
      ? await tx.contactMerge.deleteMany({ where: { OR: [where, { sourceId: { in: ids } }] } })
      : { count: 0 }
    const erased = { ContactPoint: points.count, ContactMerge: merges.count, ImportKey: importKeys.count }
    if (decision.categories === null) {
      const { count } = await tx.contact.deleteMany({ where: { id: { in: ids } } })
      return { ...nothingErased, erased: { Contact: count, ...erased } }
    }
    const emptied = Object.entries(columnsOf).flatMap(([category, columns]) =>
      concerns(decision, category) ? Object.entries(columns) : [],
    )
    if (emptied.length === 0) return { ...nothingErased, erased }
    await emptyMerges(
      tx,
      ids,
      emptied.map(([field]) => field),
    )
    const data = { ...Object.fromEntries(emptied), version: { increment: 1 }, updatedAt: decision.at }
    const { count } = await tx.contact.updateMany({ where: { id: { in: ids } }, data })
    return { ...nothingErased, erased, anonymised: { Contact: count } }
  },
}

/** What a contact has of each category, emptied. */
const columnsOf = {
  identity: { title: '', givenName: '', familyName: '', displayName: '', birthDate: null },
  occupation: { organisation: '', jobTitle: '' },
  preferences: { language: '', timeZone: '' },
  classification: { tags: [] },
  source: { source: '', sourceAt: null, importId: null },
  'custom fields': { customFields: {} },
}

/** What merges wrote into these columns would come back where the merge is taken back. */
const emptyMerges = (tx: Transaction, ids: readonly string[], columns: readonly string[]) =>
  tx.$executeRaw`UPDATE contact_merge SET filled = filled - ${columns}::text[]
    WHERE contact_id = ANY(${ids}::uuid[]) AND filled ?| ${columns}::text[]`

/** Which category a field of Contact is of, as GraphQL and the log call it; undefined for one that holds nothing of the contact. */
export function categoryOfField(field: string): string | undefined {
  if (field === 'customFields' || keyInAudit(field) !== undefined) return 'custom fields'
  return pointKindList.some((kind) => kind.field === field) ? 'contact details' : categoryOfColumn.get(field)
}

const categoryOfColumn: ReadonlyMap<string, string> = new Map(
  Object.entries(columnsOf).flatMap(([category, columns]) => Object.keys(columns).map((field) => [field, category])),
)

/** What persons say of themselves; whatever else is there was made of it, or came from elsewhere. */
const given = [
  ...['title', 'givenName', 'familyName', 'displayName', 'organisation', 'jobTitle'],
  ...['birthDate', 'language', 'timeZone'],
]

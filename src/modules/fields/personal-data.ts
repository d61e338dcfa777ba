import { asRecord, type DisclosedFile, type Held, openerOf, rowsOf, smallFile } from '../disclosed.ts'
import { concerns, nothingErased, type PersonalData } from '../module.ts'
import { definitionOf } from './definition.ts'
import { fieldOperations, fieldTexts } from './disclosure-texts.ts'
import { openContent } from './files.ts'
import { type FileValue, isFile, isSealed, openValue, storedFields } from './values.ts'

/** What custom fields hold about a contact. The values themselves are in the contact, and go with it. */
export const fieldData: PersonalData = {
  categories: ['custom fields'],
  models: ['FieldClaim', 'FieldFile'],
  logged: { FieldFile: 'custom fields' },
  texts: fieldTexts,
  operations: fieldOperations,
  async *disclose(held) {
    const { tx, contactId } = held
    const contact = await tx.contact.findUnique({ where: { id: contactId } })
    const stored = storedFields(contact?.customFields)
    const definitions = new Map((await tx.fieldDefinition.findMany()).map((row) => [row.key, definitionOf(row)]))
    const shown = new Set<string>()
    for (const [name, value] of Object.entries(stored)) {
      const key = await openerOf(held)
      if (isSealed(value) && !key) continue
      const opened = isSealed(value) && key ? openValue(key, contactId, name, value) : value
      if (isFile(opened)) shown.add(opened.id)
      const definition = definitions.get(name)
      const { labels, category, purpose, retentionClass } = { ...definition }
      const told = { field: name, labels, value: opened, category, purpose, retentionClass }
      yield {
        kind: 'customField',
        category: 'custom fields',
        record: asRecord(told),
        // A file that a merge copied has another id, and the same content.
        once: `${name} ${isFile(opened) ? opened.sha256 : JSON.stringify(opened)}`,
        ...(definition?.contact === 'fill' && { portable: true }),
        ...(isFile(opened) && { files: [fileOf(held, opened)] }),
      }
    }
    // Files that no value leads to (any more) are held, too.
    for await (const { id, field, content } of rowsOf(held, (page) => tx.fieldFile.findMany(page))) {
      const key = await openerOf(held)
      if (shown.has(id) || !key) continue
      const opened = openContent(key, contactId, id, content)
      const file = smallFile(id, 'application/octet-stream', opened)
      const record = { id, field, sha256: file.sha256 }
      yield { kind: 'customFile', category: 'custom fields', record, files: [file], once: `${field} ${file.sha256}` }
    }
    const claims = await tx.fieldClaim.findMany({ where: { contactId }, orderBy: { field: 'asc' } })
    for (const { field, value } of claims)
      yield {
        kind: 'uniqueValue',
        category: 'custom fields',
        record: { field, sha256: value },
        once: `${field} ${value}`,
      }
  },
  async erase(tx, contactIds, decision) {
    if (!concerns(decision, 'custom fields')) return nothingErased
    const where = { contactId: { in: [...contactIds] } }
    const [claims, files] = [await tx.fieldClaim.deleteMany({ where }), await tx.fieldFile.deleteMany({ where })]
    return { ...nothingErased, erased: { FieldClaim: claims.count, FieldFile: files.count } }
  },
}

const fileOf = ({ tx, keys, contactId }: Held, { id, name, mediaType, size, sha256 }: FileValue): DisclosedFile => ({
  ...{ name, mediaType, size, sha256 },
  async *open() {
    const file = await tx.fieldFile.findUnique({ where: { contactId_id: { contactId, id } } })
    const key = await openerOf({ keys, contactId })
    if (file && key) yield openContent(key, contactId, id, file.content)
  },
})

import type { Json } from '../../database/json.ts'
import type { PersonalData } from '../module.ts'
import { definitionOf } from './definition.ts'
import { openContent } from './files.ts'
import { isFile, isSealed, openValue, storedFields } from './values.ts'

/** What custom fields hold about a contact. The values themselves are in the contact, and go with it. */
export const fieldData: PersonalData = {
  categories: ['custom fields'],
  models: ['FieldClaim', 'FieldFile'],
  async disclose(tx, contactId, keys) {
    const contact = await tx.contact.findUnique({ where: { id: contactId } })
    const stored = storedFields(contact?.customFields)
    if (Object.keys(stored).length === 0) return []
    const definitions = new Map((await tx.fieldDefinition.findMany()).map((row) => [row.key, definitionOf(row)]))
    const files = new Map(
      (await tx.fieldFile.findMany({ where: { contactId } })).map((file) => [file.id, file.content]),
    )
    const key = (await keys.find([contactId])).get(contactId)
    return Object.entries(stored).flatMap(([name, value]): Json[] => {
      if (key === 'destroyed' || !key) return isSealed(value) ? [] : [{ field: name, value }]
      const definition = definitions.get(name)
      const opened = isSealed(value) ? openValue(key, contactId, name, value) : value
      const content = isFile(opened) ? files.get(opened.id) : undefined
      return [
        {
          field: name,
          labels: { ...definition?.labels },
          value: opened,
          ...(isFile(opened) && content && { content: base64(openContent(key, contactId, opened.id, content)) }),
          category: definition?.category ?? null,
          purpose: definition?.purpose ?? null,
          retentionClass: definition?.retentionClass ?? null,
        },
      ]
    })
  },
  async erase(tx, contactId) {
    const [claims, files] = [
      await tx.fieldClaim.deleteMany({ where: { contactId } }),
      await tx.fieldFile.deleteMany({ where: { contactId } }),
    ]
    return { erased: { FieldClaim: claims.count, FieldFile: files.count }, kept: {} }
  },
}

const base64 = (content: Uint8Array) => Buffer.from(content).toString('base64')

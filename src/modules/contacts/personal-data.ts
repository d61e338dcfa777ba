import type { Json } from '../../database/json.ts'
import type { PersonalData } from '../module.ts'

/** What this module holds about a contact, and how it is disclosed and erased. */
export const contactData: PersonalData = {
  categories: ['identity', 'contact details', 'occupation', 'preferences', 'classification', 'source', 'custom fields'],
  models: ['Contact', 'ContactPoint', 'ContactMerge', 'ImportKey'],
  async disclose(tx, contactId) {
    const contact = await tx.contact.findUnique({
      where: { id: contactId },
      include: { points: true, merges: true, importKeys: true },
    })
    const brought = contact?.importId ? await tx.import.findUnique({ where: { id: contact.importId } }) : null
    // Custom fields are opened and told by the module that knows what they are.
    const { customFields: _, ...rest } = contact ?? {}
    return asJson({ contact: contact && rest, import: brought })
  },
  async erase(tx, contactId) {
    const [points, merges, importKeys] = [
      await tx.contactPoint.deleteMany({ where: { contactId } }),
      await tx.contactMerge.deleteMany({ where: { OR: [{ contactId }, { sourceId: contactId }] } }),
      await tx.importKey.deleteMany({ where: { contactId } }),
    ]
    const contacts = await tx.contact.deleteMany({ where: { id: contactId } })
    return {
      erased: {
        Contact: contacts.count,
        ContactPoint: points.count,
        ContactMerge: merges.count,
        ImportKey: importKeys.count,
      },
      kept: {},
    }
  },
}

// Dates as ISO 8601 text.
const asJson = (value: unknown): Json => JSON.parse(JSON.stringify(value))

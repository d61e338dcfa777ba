import type { PersonalData } from '../module.ts'

/**
 * What this module holds about a contact: handles by which they see their consents. Requests that are yet to be confirmed are about
 * nobody in particular; they are sealed, and gone within a week.
 */
export const consentData: PersonalData = {
  categories: ['legal grounds'],
  models: ['ConsentHandle'],
  async disclose(tx, contactId) {
    const handles = await tx.consentHandle.findMany({ where: { contactId }, orderBy: { id: 'asc' } })
    return handles.map(({ purposes, createdAt, expiresAt }) => ({
      purposes,
      createdAt: createdAt.toISOString(),
      expiresAt: expiresAt.toISOString(),
    }))
  },
  async erase(tx, contactId) {
    const { count } = await tx.consentHandle.deleteMany({ where: { contactId } })
    return { erased: { ConsentHandle: count }, kept: {} }
  },
}

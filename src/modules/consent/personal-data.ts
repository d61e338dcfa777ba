import { asRecord, rowsOf } from '../disclosed.ts'
import type { PersonalData } from '../module.ts'
import { consentTexts } from './disclosure-texts.ts'

/**
 * What this module holds about a contact: handles by which they see their consents. Requests that are yet to be confirmed are about
 * nobody in particular; they are sealed, and gone within a week.
 */
export const consentData: PersonalData = {
  categories: ['legal grounds'],
  models: ['ConsentHandle'],
  texts: consentTexts,
  async *disclose(held) {
    for await (const handle of rowsOf(held, (page) => held.tx.consentHandle.findMany(page))) {
      const { purposes, createdAt, expiresAt } = handle
      yield { kind: 'consentHandle', category: 'legal grounds', record: asRecord({ purposes, createdAt, expiresAt }) }
    }
  },
  async erase(tx, contactId) {
    const { count } = await tx.consentHandle.deleteMany({ where: { contactId } })
    return { erased: { ConsentHandle: count }, kept: {} }
  },
}

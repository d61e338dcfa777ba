import { asRecord, rowsOf } from '../disclosed.ts'
import { concerns, nothingErased, type PersonalData } from '../module.ts'
import { consentTexts } from './disclosure-texts.ts'
import { forgetPersons } from './requests/requests.ts'

/**
 * What this module holds about a contact: handles by which they see their consents. Requests that are yet to be confirmed are about
 * nobody in particular until then; they are sealed, and gone when they expire, or when a contact with their address is erased.
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
  async erase(tx, contactIds, decision, { secrets }) {
    if (!concerns(decision, 'legal grounds') && !concerns(decision, 'contact details')) return nothingErased
    const where = { contactId: { in: [...contactIds] } }
    const points = await tx.contactPoint.findMany({ where: { ...where, kind: 'email' }, select: { value: true } })
    const waiting = await forgetPersons(
      tx,
      secrets,
      points.map(({ value }) => value),
    )
    const { count } = await tx.consentHandle.deleteMany({ where })
    return { ...nothingErased, erased: { ConsentHandle: count, ConsentRequest: waiting } }
  },
}

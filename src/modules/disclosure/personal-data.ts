import { asRecord, rowsOf } from '../disclosed.ts'
import type { PersonalData } from '../module.ts'
import { disclosureOperations, disclosureTexts } from './disclosure-texts.ts'

/** What this module holds about a contact. Files in the storage open with the contact's key only, and are removed by the housekeeping. */
export const disclosureData: PersonalData = {
  categories: ['access packages'],
  models: ['AccessPackage', 'AccessPackageWork'],
  texts: disclosureTexts,
  operations: disclosureOperations,
  async *disclose(held) {
    for await (const row of rowsOf(held, (page) => held.tx.accessPackage.findMany(page))) {
      const { id, requestId, kind, language, state, createdAt, producedAt, deliveredAt, deliveredHow, linkUsedAt } = row
      const record = asRecord({
        ...{ id, requestId, kind, language, state, createdAt, producedAt, deliveredAt, deliveredHow, linkUsedAt },
        sha256: row.sha256 || null,
      })
      yield { kind: 'accessPackage', category: 'access packages', record }
    }
  },
  async erase(tx, contactId) {
    const work = await tx.accessPackageWork.deleteMany({ where: { contactId } })
    const packages = await tx.accessPackage.deleteMany({ where: { contactId } })
    return { erased: { AccessPackage: packages.count, AccessPackageWork: work.count }, kept: {} }
  },
}

import { asRecord, rowsOf } from '../disclosed.ts'
import { removeFilesLater } from '../documents/content/removal.ts'
import { nothingErased, type PersonalData } from '../module.ts'
import { disclosureOperations, disclosureTexts } from './disclosure-texts.ts'

/**
 * What this module holds about a contact. Files in the storage open with the contact's key only, and are removed after the
 * commit.
 */
export const disclosureData: PersonalData = {
  categories: ['access packages'],
  models: ['AccessPackage', 'AccessPackageWork'],
  logged: { AccessPackage: 'access packages' },
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
  async erase(tx, contactIds) {
    // A package repeats what is held of every category: whatever goes, it goes.
    const where = { contactId: { in: [...contactIds] } }
    const files = await tx.accessPackage.findMany({
      where: { ...where, storageKey: { not: '' } },
      select: { storageKey: true },
    })
    await removeFilesLater(
      tx,
      files.map(({ storageKey }) => storageKey),
    )
    const work = await tx.accessPackageWork.deleteMany({ where })
    const packages = await tx.accessPackage.deleteMany({ where })
    return { ...nothingErased, erased: { AccessPackage: packages.count, AccessPackageWork: work.count } }
  },
}

import { nothingErased, type PersonalData } from '../../module.ts'
import { eraseFilesWith } from './erase.ts'

/** Files of reports hold nothing about a contact that does not stand elsewhere, and are gone within a day: there is nothing to disclose. */
export const reportFileData: PersonalData = {
  categories: [],
  models: ['ReportFileContact'],
  async *disclose() {},
  async erase(tx, contactIds) {
    // A file repeats what is held of several categories: whatever goes, it goes.
    return { ...nothingErased, erased: { ReportFileContact: await eraseFilesWith(tx, contactIds) } }
  },
}

import type { PersonalData } from '../module.ts'
import { disclosedDocument, linkedDocuments } from './disclose.ts'
import { documentOperations, documentTexts } from './disclosure-texts.ts'
import { eraseDocuments } from './erase.ts'
import { retainedDocuments } from './retained.ts'

/** What this module holds about a contact: the documents that belong to them. */
export const documentData: PersonalData = {
  categories: ['documents'],
  models: ['DocumentContact'],
  logged: { Document: 'documents' },
  texts: documentTexts,
  operations: documentOperations,
  async *disclose(held) {
    for await (const linked of linkedDocuments(held.tx, held.contactId))
      for (const one of linked) yield disclosedDocument(held, one)
  },
  retained: retainedDocuments,
  erase: eraseDocuments,
}

import type { Builder } from '../../../graphql/builder.ts'
import type { DocumentFilter } from '../list.ts'
import type { DocumentTypes } from './types.ts'

/** A filter, as it is given. */
export type FilterInput = Omit<DocumentFilter, 'contactId'> & { contact?: string | null | undefined }

/** Adds the input type of filters. */
export const addDocumentFilter = (builder: Builder, { personal }: Pick<DocumentTypes, 'personal'>) =>
  builder.inputRef<FilterInput>('DocumentFilter').implement({
    description: 'Which documents. All that is said has to be so.',
    auth: { read: 'documents.documents' },
    fields: (t) => ({
      title: t.string({ description: 'A part of the title, whatever the case and the accents.' }),
      types: t.stringList({ description: 'The keys of types: one of them.' }),
      personal: t.field({ type: [personal], description: 'What they are said to hold: one of these.' }),
      contact: t.id({ auth: { read: 'contacts.contact' }, description: 'They belong to this contact.' }),
      createdFrom: t.field({ type: 'DateTime', description: 'They came at this moment or later.' }),
      createdBefore: t.field({ type: 'DateTime', description: 'They came before this moment.' }),
      unlinked: t.boolean({ description: 'True: they belong to no contact; false: to one at least.' }),
    }),
  })

/** The rights of this module. Each field refers to one of them. */
export const documentRights = {
  'documents.documents':
    'That a document exists: its title, type, versions, contacts and what is declared of it; linking and changing that.',
  'documents.content': 'What documents hold: downloading them, and uploading documents and versions.',
  'documents.deletion': 'Deleting documents, with all their versions.',
  'documents.types': 'The kinds of documents: what is taken, how long it is kept, what becomes of it.',
} as const

import type { EventDeclaration } from '../automation/contract.ts'

/** What happens to documents, of each contact that they belong to. */
export const documentEvents = {
  'documents.added': {
    description: 'A document was added to the contact, new or one that others had before.',
    right: 'documents.documents',
    entries: [{ entity: 'Document', action: 'created' }],
    // What comes along when contacts are merged was added before.
    where: ({ operation }) => operation !== 'mergeContacts',
    data: { title: 'string' },
  },
  'documents.versionAdded': {
    description: 'A document of the contact has a new version.',
    right: 'documents.documents',
    entries: [{ entity: 'Document', action: 'updated' }],
    where: ({ changes }) => 'latestVersion' in changes,
    data: { latestVersion: 'int' },
  },
} as const satisfies Record<string, EventDeclaration>

import type { Document, DocumentContact, DocumentType, DocumentVersion } from '#prisma/client.ts'
import type { AuditedRow } from '../../database/audited.ts'
import { present } from '../lawfulness/audited.ts'
import { textsIn } from '../lawfulness/texts.ts'

// How the rows of this module read in the audit log. What tells of persons is told of their contacts alone, since that is sealed
// under their keys: a title is in the entries about links, not in those about the document. Keys of files are in none.

export const describeType = (row: Partial<DocumentType> & { id: string }): AuditedRow => ({
  entity: 'DocumentType',
  entityId: row.id,
  values: present({
    key: row.key,
    names: textsIn(row.names),
    personal: row.personal,
    mediaTypes: row.mediaTypes,
    retentionClass: row.retentionKey,
    onErasure: row.onErasure,
    retiredAt: row.retiredAt,
  }),
})

export const describeDocument = (row: Partial<Document> & { id: string }): AuditedRow => ({
  entity: 'Document',
  entityId: row.id,
  values: present({
    title: row.title,
    type: row.typeKey,
    personal: row.personal,
    declaredAt: row.declaredAt,
    contactCount: row.contactCount,
    latestVersion: row.latest,
  }),
})

export const describeVersion = (row: Partial<DocumentVersion> & { id: string }): AuditedRow => ({
  entity: 'DocumentVersion',
  entityId: row.id,
  values: present({
    document: row.documentId,
    number: row.number,
    mediaType: row.mediaType,
    size: row.size === undefined ? undefined : Number(row.size),
    sealedHash: row.sealedHash,
  }),
})

export const describeLink = (
  row: Partial<DocumentContact> & { contactId: string; documentId: string },
): AuditedRow => ({
  contactId: row.contactId,
  entity: 'Document',
  entityId: row.documentId,
  values: present({ title: row.title, latestVersion: row.latest, linkedAt: row.linkedAt }),
})

import type { AcceptedNotices, ClientProtection, ConsentHandle, RecordKey } from '#prisma/client.ts'
import type { AuditedRow } from '../../database/audited.ts'
import { present } from '../lawfulness/audited.ts'

// How the rows of this module read in the audit log.

export const describeHandle = (row: Partial<ConsentHandle> & { contactId: string; id: string }): AuditedRow => ({
  contactId: row.contactId,
  entity: 'ConsentHandle',
  entityId: row.id,
  values: present({ purposes: row.purposes, client: row.clientId, expiresAt: row.expiresAt }),
})

export const describeProtection = (row: Partial<ClientProtection> & { clientId: string }): AuditedRow => ({
  entity: 'ClientProtection',
  entityId: row.clientId,
  values: present({ proofOfWork: row.proofOfWork }),
})

export const describeAccepted = (row: Partial<AcceptedNotices> & { id: string }): AuditedRow => ({
  entity: 'AcceptedNotices',
  entityId: row.id,
  values: present({ purpose: row.purposeKey, since: row.since }),
})

export const describeRecordKey = (row: Partial<RecordKey> & { id: string }): AuditedRow => ({
  entity: 'RecordKey',
  entityId: row.id,
  values: present({ generation: row.generation, retiredAt: row.retiredAt }),
})

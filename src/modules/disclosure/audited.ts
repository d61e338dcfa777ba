import type { AccessPackage } from '#prisma/client.ts'
import type { AuditedRow } from '../../database/audited.ts'
import { present } from '../lawfulness/audited.ts'

/** How a package reads in the audit log: neither its keys nor its link stand there. */
export const describePackage = (row: Partial<AccessPackage> & { contactId: string; id: string }): AuditedRow => ({
  ...{ contactId: row.contactId, entity: 'AccessPackage', entityId: row.id },
  values: present({
    ...{ request: row.requestId, kind: row.kind, language: row.language, state: row.state, createdAt: row.createdAt },
    ...{ snapshotAt: row.snapshotAt, producedAt: row.producedAt, sha256: row.sha256 },
    ...{ deliveredAt: row.deliveredAt, deliveredHow: row.deliveredHow, expiresAt: row.expiresAt },
    ...{ linkUntil: row.linkUntil, linkUsedAt: row.linkUsedAt },
  }),
})

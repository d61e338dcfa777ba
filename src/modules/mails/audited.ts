import type { ContactLink } from '#prisma/client.ts'
import type { AuditedRow } from '../../database/audited.ts'
import { present } from '../lawfulness/audited.ts'

/** How a link in mails to a contact reads in the log: never its token. */
export const describeLink = ({
  contactId,
  id,
  ...row
}: Partial<ContactLink> & { contactId: string; id: string }): AuditedRow => ({
  contactId,
  entity: 'ContactLink',
  entityId: id,
  values: present({ kind: row.kind, purposes: row.purposes, expiresAt: row.expiresAt, usedAt: row.usedAt }),
})

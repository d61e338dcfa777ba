import type { CorrectionMode, CorrectionProposal, SelfServiceLink, SelfServiceSession } from '#prisma/client.ts'
import type { AuditedRow } from '../../database/audited.ts'
import { present } from '../lawfulness/audited.ts'

// How the rows of this module read in the audit log. Neither tokens, nor what somebody wrote, nor their hashes stand there.

type Row<T> = Partial<T> & { contactId: string; id: string }

export const describeLink = ({ contactId, id, handedOver, expiresAt, usedAt }: Row<SelfServiceLink>): AuditedRow => ({
  ...{ contactId, entity: 'SelfServiceLink', entityId: id },
  values: present({ handedOver, expiresAt, usedAt }),
})

export const describeSession = ({
  contactId,
  id,
  method,
  expiresAt,
  endedAt,
}: Row<SelfServiceSession>): AuditedRow => ({
  ...{ contactId, entity: 'SelfServiceSession', entityId: id },
  values: present({ method, expiresAt, endedAt }),
})

/** What was proposed is told once it holds, by the change of the contact itself. */
export const describeProposal = ({
  contactId,
  id,
  field,
  state,
  proposedAt,
  decidedAt,
}: Row<CorrectionProposal>): AuditedRow => ({
  ...{ contactId, entity: 'CorrectionProposal', entityId: id },
  values: present({ field, state, proposedAt, decidedAt }),
})

export const describeMode = ({ id, field, mode }: Partial<CorrectionMode> & { id: string }): AuditedRow => ({
  ...{ entity: 'CorrectionMode', entityId: id },
  values: present({ field, mode }),
})

import type { AnsweredRequest, IncomingRequest, SubjectMessage, SubjectRequest } from '#prisma/client.ts'
import type { AuditedRow } from '../../database/audited.ts'
import { present } from '../lawfulness/audited.ts'

// How the rows of this module read in the audit log. What somebody wrote doesn't stand there.

type Row<T> = Partial<T> & { contactId: string; id: string }

export const describeRequest = ({
  contactId,
  id,
  caseId,
  assigneeId,
  verifierId,
  deciderId,
  movedFrom,
  partly,
  statement: _statement,
  extensionReason: _extension,
  decisionReason: _decision,
  ...values
}: Row<SubjectRequest>): AuditedRow => ({
  ...{ contactId, entity: 'SubjectRequest', entityId: id },
  values: present({
    ...values,
    case: caseId,
    assignee: assigneeId,
    verifier: verifierId,
    decider: deciderId,
    partly: partly || undefined,
    movedFrom: movedFrom?.length ? movedFrom : undefined,
  }),
})

export const describeMessage = ({ contactId, id, caseId, kind, channel, writtenAt }: Row<SubjectMessage>) => ({
  ...{ contactId, entity: 'SubjectMessage', entityId: id },
  values: present({ case: caseId, kind, channel, writtenAt }),
})

export const describeIncoming = (row: Partial<IncomingRequest> & { id: string }): AuditedRow => ({
  ...{ entity: 'IncomingRequest', entityId: row.id },
  values: present({
    kinds: row.kinds,
    receivedAt: row.receivedAt,
    channel: row.channel,
    dueAt: row.dueAt,
    status: row.status,
    decidedAt: row.decidedAt,
    soughtAt: row.soughtAt,
    overdueAt: row.overdueAt,
  }),
})

export const describeAnswered = (row: Partial<AnsweredRequest> & { id: string }): AuditedRow => ({
  ...{ entity: 'AnsweredRequest', entityId: row.id },
  values: present({ kind: row.kind, status: row.status, inTime: row.inTime, denial: row.denial, article: row.article }),
})

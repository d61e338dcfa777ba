import type {
  ErasureProposal,
  LegalHold,
  RetainedHold,
  RetainedRecord,
  RetentionRestriction,
  RetentionRule,
} from '#prisma/client.ts'
import type { AuditedRow } from '../../database/audited.ts'
import { present } from '../lawfulness/audited.ts'
import { textsIn } from '../lawfulness/texts.ts'

// How the rows of this module read in the audit log.

type Row<T> = Partial<T> & { contactId: string; id: string }

export const describeRule = (row: Partial<RetentionRule> & { id: string }): AuditedRow => ({
  ...{ entity: 'RetentionRule', entityId: row.id },
  values: present({
    key: row.key,
    names: textsIn(row.names),
    purpose: row.purposeKey,
    ground: row.ground,
    tags: row.tags?.length ? row.tags : undefined,
    retentionClass: row.retentionKey,
    action: row.action?.toUpperCase(),
    categories: row.categories?.length ? row.categories : undefined,
    approvers: row.approverIds?.length ? row.approverIds : undefined,
    retiredAt: row.retiredAt,
  }),
})

export const describeHold = (row: Row<LegalHold>): AuditedRow => ({
  ...{ contactId: row.contactId, entity: 'LegalHold', entityId: row.id },
  values: present({
    case: row.caseId,
    reason: row.reason,
    placedAt: row.placedAt,
    liftedAt: row.liftedAt,
    liftReason: row.liftReason,
  }),
})

export const describeProposal = (row: Row<ErasureProposal>): AuditedRow => ({
  ...{ contactId: row.contactId, entity: 'ErasureProposal', entityId: row.id },
  values: present({
    rule: row.ruleKey,
    ground: row.ground?.toUpperCase(),
    categories: row.categories?.length ? row.categories : undefined,
    dueAt: row.dueAt,
    proposedAt: row.proposedAt,
    state: row.state?.toUpperCase(),
    decidedAt: row.decidedAt,
    reason: row.reason,
    keptUntil: row.keptUntil,
    erasure: row.erasureId,
  }),
})

export const describeRestriction = (row: Row<RetentionRestriction>): AuditedRow => ({
  ...{ contactId: row.contactId, entity: 'RetentionRestriction', entityId: row.id },
  values: present({ rule: row.ruleKey, since: row.since, endedAt: row.endedAt }),
})

/** That something is held, and not why: the log would tell that for good. */
export const describeRetainedHold = (row: Partial<RetainedHold> & { id: string }): AuditedRow => ({
  ...{ entity: 'RetainedHold', entityId: row.id },
  values: present({ subject: row.subjectId, placedAt: row.placedAt }),
})

/** Of what is kept, nothing but why, and until when. */
export const describeRetained = (row: Partial<RetainedRecord> & { id: string }): AuditedRow => ({
  ...{ entity: 'RetainedRecord', entityId: row.id },
  values: present({
    erasure: row.erasureId,
    kind: row.kind,
    retention: row.retentionKey,
    citation: row.citation,
    until: row.until,
    files: row.files,
  }),
})

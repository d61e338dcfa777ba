import type { LawfulBasisEvent, Notice, Purpose, RetentionClass } from '#prisma/client.ts'
import type { AuditedRow } from '../../database/audited.ts'
import type { Json, JsonObject } from '../../database/json.ts'
import { hashOf } from './basis/evidence.ts'
import { textsIn } from './texts.ts'

// How the rows of this module read in the audit log. Empty values are left out.

export const describePurpose = (row: Partial<Purpose> & { id: string }): AuditedRow => ({
  entity: 'Purpose',
  entityId: row.id,
  values: present({
    key: row.key,
    parent: row.parentKey,
    names: textsIn(row.names),
    descriptions: textsIn(row.descriptions),
    grounds: row.grounds,
    specialCategories: row.specialCategories,
    directMarketing: row.directMarketing,
    defaultValidity: row.defaultValidity,
    dataSubjects: row.dataSubjects,
    dataCategories: row.dataCategories,
    recipients: row.recipients,
    transfers: row.transfers,
    retentionClass: row.retentionKey,
    noticeVersion: row.noticeVersion,
    retiredAt: row.retiredAt,
  }),
})

export const describeRetentionClass = (row: Partial<RetentionClass> & { id: string }): AuditedRow => ({
  entity: 'RetentionClass',
  entityId: row.id,
  values: present({
    key: row.key,
    names: textsIn(row.names),
    period: row.period,
    start: row.start,
    citation: row.citation,
    action: row.action,
    retiredAt: row.retiredAt,
  }),
})

/** The text is in its row for good, which its hash proves. */
export const describeNotice = (row: Partial<Notice> & { id: string }): AuditedRow => ({
  entity: 'Notice',
  entityId: row.id,
  values: present({ purpose: row.purposeKey, version: row.version, language: row.language, sha256: row.sha256 }),
})

/** Of its evidence, the hash: the row keeps it, sealed, for as long as the contact. */
export const describeEvent = (row: Partial<LawfulBasisEvent> & { contactId: string; id: string }): AuditedRow => ({
  contactId: row.contactId,
  entity: 'LawfulBasisEvent',
  entityId: row.id,
  values: present({
    kind: row.kind,
    purpose: row.purposeKey,
    ground: row.ground,
    occurredAt: row.occurredAt,
    validFrom: row.validFrom,
    validUntil: row.validUntil,
    confirmUntil: row.confirmUntil,
    basis: row.basisId,
    specialGround: row.specialGround,
    byGuardian: row.byGuardian,
    despiteObjection: row.despiteObjection,
    notice: row.noticeId,
    source: row.source,
    importId: row.importId,
    copiedFrom: row.copiedFrom,
    evidenceKind: row.evidenceKind,
    evidenceHash: row.evidence && hashOf(row.evidence),
  }),
})

type Value = Json | Date | undefined

/** As JSON, without what is empty. */
export function present(values: Record<string, Value>): JsonObject {
  const found: JsonObject = {}
  for (const [name, value] of Object.entries(values)) {
    const plain = value instanceof Date ? value.toISOString() : value
    if (plain === undefined || plain === null || plain === '' || plain === false || plain === 0) continue
    if (typeof plain === 'object' && Object.keys(plain).length === 0) continue
    found[name] = plain
  }
  return found
}

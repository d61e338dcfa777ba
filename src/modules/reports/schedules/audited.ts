import type { ReportAddress, ReportProtection, ReportRecipient, ReportSchedule } from '#prisma/client.ts'
import type { AuditedRow } from '../../../database/audited.ts'
import type { Json } from '../../../database/json.ts'

// How these rows read in the log. Nothing that opens anything stands there.

const present = (values: Record<string, Json | null | undefined>) =>
  Object.fromEntries(Object.entries(values).flatMap(([field, value]) => (value ? [[field, value] as const] : [])))

export const describeSchedule = ({ id, ...row }: ReportSchedule): AuditedRow => ({
  entity: 'ReportSchedule',
  entityId: id,
  values: present({
    name: row.name,
    owner: row.ownerId,
    report: JSON.stringify(row.report),
    parameters: JSON.stringify(row.parameters),
    cron: row.cron,
    timeZone: row.timeZone,
    attachment: row.attachment?.toUpperCase(),
    attachmentsAllowedAt: row.attachmentsAllowedAt?.toISOString(),
    evenIfEmpty: row.evenIfEmpty,
    enabledAt: row.enabledAt?.toISOString(),
    version: row.version,
  }),
})

export const describeRecipient = ({ id, scheduleId, userId, addressId, language }: ReportRecipient): AuditedRow => ({
  entity: 'ReportRecipient',
  entityId: id,
  values: present({ schedule: scheduleId, user: userId, address: addressId, language: language?.toUpperCase() }),
})

export const describeAddress = ({ id, address, name, language, undeliverableAt }: ReportAddress): AuditedRow => ({
  entity: 'ReportAddress',
  entityId: id,
  values: present({
    ...{ address, name, language: language.toUpperCase() },
    undeliverableAt: undeliverableAt?.toISOString(),
  }),
})

export const describeProtection = ({ recipientId, kind, fingerprint, createdAt }: ReportProtection): AuditedRow => ({
  entity: 'ReportProtection',
  entityId: recipientId,
  values: present({ kind: kind.toUpperCase(), fingerprint, createdAt: createdAt.toISOString() }),
})

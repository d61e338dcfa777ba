import type { ReportFile } from '#prisma/client.ts'
import type { AuditedRow } from '../../../database/audited.ts'
import { present } from '../../lawfulness/audited.ts'

/** How a file reads in the audit log: which report, as what, with which columns and how many rows; nothing of what is in it. */
export const describeReportFile = (row: Partial<ReportFile> & { id: string }): AuditedRow => ({
  ...{ entity: 'ReportFile', entityId: row.id },
  values: present({
    ...{ report: row.report, format: row.format, content: row.content, language: row.language, state: row.state },
    ...{ columns: row.columns, rows: row.rows, sha256: row.sha256, fault: row.fault },
    ...{ createdAt: row.createdAt, producedAt: row.producedAt, expiresAt: row.expiresAt },
  }),
})

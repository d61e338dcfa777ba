import type { Report, ReportReaction } from '#prisma/client.ts'
import type { AuditedRow } from '../../database/audited.ts'
import type { Json } from '../../database/json.ts'

/** How a report reads in the log: what it shows, and whom it is shared with. */
export const describeReport = ({ id, name, description, ownerId, definition, sharedWith }: Report): AuditedRow => ({
  entity: 'Report',
  entityId: id,
  values: {
    name,
    ...(description && { description }),
    owner: ownerId,
    definition: definition as Json, // As it is saved.
    ...(sharedWith && sharedWith.length > 0 && { sharedWith }),
  },
})

/** How a reaction reads in the log: what was to be done, with how many, and what came of it. */
export const describeReaction = ({ id, kind, report, source, wish, ...row }: ReportReaction): AuditedRow => ({
  entity: 'ReportReaction',
  entityId: id,
  values: {
    kind,
    report,
    source,
    wish: wish as Json, // As it is stored.
    ...{ user: row.userId, total: row.total, state: row.state },
    ...(row.finishedAt && {
      changed: row.changed,
      skipped: row.skipped as Json,
      finishedAt: row.finishedAt.toISOString(),
    }),
    ...(row.fault && { fault: row.fault }),
    ...(row.erasureId && { erasureId: row.erasureId }),
  },
})

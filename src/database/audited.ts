import type { JsonObject } from './json.ts'

/** What one row says about itself in the audit log: only what isn't empty. */
export type AuditedRow = {
  /** The contact that it is about; absent for settings, users and the like. */
  contactId?: string
  /** The GraphQL type, so that the rights of its fields decide who may read the entry's values. */
  entity: string
  entityId: string
  /** GraphQL field name to value. */
  values: JsonObject
}

/** How a model's rows are told in the audit log. What is left out of `values` is bookkeeping and isn't logged. */
export type DescribeRow = (row: Record<string, unknown>) => AuditedRow

/** The audited models by their Prisma names, gathered from the modules. */
export type AuditedModels = ReadonlyMap<string, DescribeRow>

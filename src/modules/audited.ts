import type { AuditedModels, DescribeRow } from '../database/audited.ts'
import type { Module } from './module.ts'

/** The audited models of all modules, by their Prisma names. */
export function auditedModels(modules: readonly Module[]): AuditedModels {
  const audited = new Map<string, DescribeRow>()
  for (const { name, audited: models = {} } of modules) {
    for (const [model, describe] of Object.entries(models)) {
      if (audited.has(model))
        throw new Error(`The module ${name} tells of ${model}, which another module does already.`)
      // Each is written for the rows of its model, and is only ever given those: the recorder goes by the model's name.
      audited.set(model, describe as DescribeRow)
    }
  }
  return audited
}

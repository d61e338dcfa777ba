import type { Text } from './disclosed.ts'
import { recordName } from './erasure/names.ts'
import type { Module } from './module.ts'

/** How what modules keep and do is called where a person reads of it. */
export type Names = {
  /** By the name of the operation, as the log has it. */
  operations: Readonly<Record<string, Text>>
  /** Kinds of record, in the plural, by their Prisma model. */
  records: Readonly<Record<string, Text>>
}

/** Collects what modules call theirs. */
export function namesOf(modules: readonly Module[]): Names {
  const data = modules.flatMap(({ personalData }) => (personalData === 'none' ? [] : [personalData]))
  const models = data.flatMap(({ texts }) =>
    Object.keys(texts ?? {}).map((kind) => kind.charAt(0).toUpperCase() + kind.slice(1)),
  )
  return {
    operations: Object.assign({}, ...data.map(({ operations }) => operations)),
    records: Object.fromEntries(models.map((model) => [model, recordName(modules, model)])),
  }
}

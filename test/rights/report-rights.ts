import { rightsFor } from '../../src/modules/reports/reacting/kinds.ts'
import { readyMade } from '../../src/modules/reports/ready-made.ts'
import { sources } from '../../src/modules/reports/sources/index.ts'
import type { Selected } from './operations.ts'

/** The rights to read that the report takes which these arguments name, in the order in which they are asked for: those of its source. */
export function rightsOfReport({ arguments: given }: Selected): readonly string[] {
  const key = sourceIn(given['report']) ?? sourceIn(at(given['input'], 'report')) ?? sourceIn(given['input'])
  return sources.find((source) => source.key === key)?.rights ?? []
}

/** The rights to write that the reaction takes which these arguments name. */
export function rightsOfReaction({ arguments: given }: Selected): readonly string[] {
  const kind = at(given['reaction'], 'kind')
  return Object.entries(rightsFor).find(([known]) => known.toUpperCase() === kind)?.[1] ?? []
}

function sourceIn(reference: unknown): string | undefined {
  const source = at(at(reference, 'definition'), 'source')
  if (typeof source === 'string') return source
  const key = at(reference, 'key')
  return readyMade.find((report) => report.key === key)?.definition.source
}

const at = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined

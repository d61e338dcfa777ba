import type { Erasure } from '#prisma/client.ts'
import type { ErasureDecision } from '../module.ts'
import { groundOf } from './grounds.ts'

/** What was decided, for whoever executes it. */
export function decisionOf(
  erasure: Pick<Erasure, 'id' | 'ground' | 'categories' | 'related' | 'fingerprints'>,
): ErasureDecision {
  const { id: erasureId, categories, related, fingerprints } = erasure
  return {
    ...{ erasureId, ground: groundOf(erasure), fingerprints, at: new Date() },
    categories: categories.length > 0 ? categories : null,
    related: relatedOf(related),
  }
}

/** What becomes of related records, as it is stored. */
export const relatedOf = (stored: Erasure['related']): Record<string, 'keep' | 'erase'> =>
  Object.fromEntries(
    Object.entries(stored ?? {}).map(([kind, fate]) => [
      kind,
      fate === 'erase' ? ('erase' as const) : ('keep' as const),
    ]),
  )

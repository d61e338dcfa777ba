import type { WorkContext } from '../../../graphql/context.ts'
import type { Holder } from './holder.ts'

/** In which contacts are erased: whoever wanted it, the whole of them goes, and nobody's leaving cuts it off. */
export type Work = Omit<WorkContext, 'rights' | 'signal' | 'within' | 'holders'> & { holders: readonly Holder[] }

/** A context to erase in. */
export function workOf({ rights: _r, signal: _s, within, holders, ...context }: WorkContext): Work {
  if (within) throw new Error('an erasure is not a part of another unit of work')
  if (!holders) throw new Error('nobody said what modules hold')
  return { ...context, holders }
}

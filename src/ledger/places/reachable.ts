import { LedgerFault } from '../faults.ts'
import type { Place } from './place.ts'

/** The same place, which says that it does not answer where it fails. */
export function reachable(place: Place): Place {
  const told = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (cause) {
      if (cause instanceof LedgerFault) throw cause
      const reason = cause instanceof Error ? cause.message || cause.name : String(cause)
      throw new LedgerFault('unreachable', place.name, `${reason}.`, cause)
    }
  }
  return {
    name: place.name,
    read: (sequence) => told(() => place.read(sequence)),
    create: (sequence, text) => told(() => place.create(sequence, text)),
    from: async function* (sequence) {
      const entries = place.from(sequence)[Symbol.asyncIterator]()
      try {
        for (;;) {
          const next = await told(() => entries.next())
          if (next.done) return
          yield next.value
        }
      } finally {
        await entries.return?.()
      }
    },
    last: () => told(() => place.last()),
    putAside: () => told(() => place.putAside()),
    close: () => place.close(),
  }
}

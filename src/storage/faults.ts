import { LetheError } from '../graphql/errors.ts'
import { checkedKey, MissingFile, type Storage } from './storage.ts'

/**
 * A storage whose faults, a bucket that is away or a disk that is full, read as what they are: UNAVAILABLE, with the cause for the log.
 * That a file is missing, and what is wrong with content that comes, is told as it is.
 */
export function withClearFaults(storage: Storage): Storage {
  return {
    async put(key, content) {
      checkedKey(key)
      const coming = watched(content)
      try {
        await storage.put(key, coming.content)
      } catch (cause) {
        throw coming.fault() ?? away(cause)
      }
    },
    async *open(key) {
      checkedKey(key)
      try {
        yield* storage.open(key)
      } catch (cause) {
        throw away(cause)
      }
    },
    remove: (key) => storage.remove(checkedKey(key)).catch(failAway),
    async *list(prefix) {
      try {
        yield* storage.list(prefix)
      } catch (cause) {
        throw away(cause)
      }
    },
    sweep: (before) => storage.sweep(before).catch(failAway),
    check: () => storage.check().catch(failAway),
  }
}

function away(cause: unknown): unknown {
  if (cause instanceof MissingFile || cause instanceof LetheError) return cause
  return new LetheError(
    'UNAVAILABLE',
    'The storage of files does not answer, or takes nothing: try again in a while. If it stays so, tell an administrator.',
    {},
    cause instanceof Error ? cause : new Error(String(cause)),
  )
}

function failAway(cause: unknown): never {
  throw away(cause)
}

/** Content as it comes, and what it broke off with, which is nobody's fault here. */
function watched(source: AsyncIterable<Uint8Array>) {
  let fault: unknown
  async function* content() {
    try {
      yield* source
    } catch (error) {
      fault = error
      throw error
    }
  }
  return { content: content(), fault: () => fault }
}

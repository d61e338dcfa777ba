import { uuidOf } from '../../graphql/ids.ts'
import type { ReadNote } from '../../graphql/read-log/plugin.ts'
import type { AuditFilter } from './filter.ts'
import { wordsOnly } from './log-reads.ts'

/** What the log tells of a look into it: what was looked for. */
export function noteOf({ contactId, ...filter }: AuditFilter): ReadNote {
  const what = Object.fromEntries(
    Object.entries(filter).flatMap(([name, value]) => {
      if (value === null || value === undefined) return []
      return [[name, value instanceof Date ? value.toISOString() : wordsOnly(value)]]
    }),
  )
  return {
    ...(contactId && { contactId: uuidOf('Contact', contactId).toLowerCase() }),
    ...(Object.keys(what).length > 0 && { what }),
  }
}

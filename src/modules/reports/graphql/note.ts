import type { JsonObject } from '../../../database/json.ts'
import type { ReadNote } from '../../../graphql/read-log/plugin.ts'
import { wordsOnly } from '../../audit/log-reads.ts'
import type { OpenReport } from '../running/open.ts'
import type { Given } from './inputs.ts'

/** What the log tells of a report that somebody reads: which, about what, with which columns. Never by which texts it filters. */
export function noteOf({ definition, columns, source }: OpenReport, { key, id }: Given): ReadNote {
  const what: JsonObject = {
    ...(key && { report: wordsOnly(key) }),
    ...(id && { report: wordsOnly(id) }),
    source: source.key,
    columns: columns.map((one) => one.key),
    ...(definition.groupBy.length > 0 && { groupBy: [...definition.groupBy] }),
    ...(definition.filter && { filtered: true }),
    parameters: Object.fromEntries(
      Object.entries(definition.parameters).map(([name, value]) => [
        name,
        typeof value === 'string' ? wordsOnly(value) : value,
      ]),
    ),
  }
  return { what }
}

/** The same of one that is only looked at for what could be done. */
export const noteOfReference = ({ key, id }: Given, kind: string): ReadNote => ({
  what: { report: key ? wordsOnly(key) : id ? wordsOnly(id) : 'definition', reaction: kind },
})

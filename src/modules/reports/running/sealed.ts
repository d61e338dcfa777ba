import type { Context } from '../../../graphql/context.ts'
import { logReads } from '../../audit/log-reads.ts'
import { auditName } from '../../fields/values.ts'
import { customPrefix } from '../sources/custom-columns.ts'
import type { SourceColumn } from '../sources/source.ts'

/** That somebody gets sensitive values is in the log, contact by contact, before they get them: as where they are read one by one. */
export async function logSealed(
  context: Context,
  columns: readonly SourceColumn[],
  rows: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  // A page makes one statement; whoever opens many of them doesn't keep their keys.
  delete context.loaders.entryKeys
  const sealed = columns.flatMap(({ key, sealed: is }, index) => (is ? [{ key, at: `value_${index}` }] : []))
  const reads = rows.flatMap((row) =>
    sealed.flatMap(({ key, at }) => {
      const contactId = row['contact_id']
      if (row[at] === null || typeof contactId !== 'string') return []
      const field = auditName(key.slice(customPrefix.length))
      return [{ contactId, entity: 'Contact', entityId: contactId, field }]
    }),
  )
  if (reads.length > 0) await logReads(context, 'runReport', reads)
}

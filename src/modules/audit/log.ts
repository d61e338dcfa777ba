import type { Builder } from '../../graphql/builder.ts'
import { connectionOf } from './connection.ts'
import { listEntries } from './entries.ts'
import { addAuditFilter, selectionOf } from './filter.ts'
import { noteOf } from './log-note.ts'
import { sightOf } from './sight.ts'
import type { AuditTypes } from './types.ts'

/** `auditLog`. */
export function addAuditLog(builder: Builder, types: AuditTypes): void {
  const filter = addAuditFilter(builder, types)
  builder.queryField('auditLog', (t) =>
    t.connection(
      {
        type: types.entry,
        nullable: true,
        auth: { read: 'audit.log' },
        description:
          'Everything that happened, the newest first. Also tells that, when and by whom something happened of which you ' +
          'may read nothing; but nothing about contacts that you do not see.',
        args: { filter: t.arg({ type: filter }) },
        readLog: (_root, { filter: given }, context, { schema }) => {
          selectionOf(given ?? {}, sightOf(schema, context))
          return noteOf(given ?? {})
        },
        resolve: async (_root, { filter: given, ...page }, context, { schema }) => {
          const sight = sightOf(schema, context)
          return connectionOf(context, await listEntries(context, selectionOf(given ?? {}, sight), page), sight)
        },
      },
      types.connection,
      types.edge,
    ),
  )
}

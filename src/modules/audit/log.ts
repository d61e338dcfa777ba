import type { Builder } from '../../graphql/builder.ts'
import { connectionOf } from './connection.ts'
import { listEntries } from './entries.ts'
import { addAuditFilter, filterConditions } from './filter.ts'
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
          'may read nothing.',
        args: { filter: t.arg({ type: filter }) },
        resolve: async (_root, { filter: given, ...page }, { database, rights }, { schema }) => {
          const sight = sightOf(schema, rights)
          return connectionOf(await listEntries(database, filterConditions(given ?? {}, sight), page), sight)
        },
      },
      types.connection,
      types.edge,
    ),
  )
}

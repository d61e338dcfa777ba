import { Prisma } from '#prisma/client.ts'
import { cutPage, type PageArguments, planPage, type SortKey, writeCursor } from '../../../database/keyset.ts'
import { type Builder, pageSize } from '../../../graphql/builder.ts'
import type { Context } from '../../../graphql/context.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { answering, isBound, seenContacts } from '../../contacts/sight.ts'
import { findPackage, packagesRight } from '../packages.ts'
import { progressOf } from './progress.ts'
import type { PackageTypes } from './types.ts'

const auth = { read: packagesRight }

/** Adds reading packages, and hearing how far they are. */
export function addPackageQueries(builder: Builder, { accessPackage, kind }: PackageTypes): void {
  const filter = builder.inputType('AccessPackageFilter', {
    description: 'Which packages.',
    auth,
    fields: (t) => ({
      kind: t.field({ type: kind, description: 'Only of this kind.' }),
      contact: t.id({ auth: { read: 'contacts.contact' }, description: 'Only about this contact.' }),
      delivered: t.boolean({ description: 'Only those that the person has, or has not yet.' }),
    }),
  })
  builder.queryFields((t) => ({
    accessPackage: t.field({
      type: accessPackage,
      nullable: true,
      description: 'A package; null if there is none about a contact that you see.',
      auth,
      args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
      resolve: (_root, { id }, context) => findPackage(context, uuidOf('AccessPackage', id)),
    }),
    accessPackages: t.connection(
      {
        type: accessPackage,
        nullable: true,
        description: 'Packages about contacts that you see, the newest first.',
        auth,
        args: { filter: t.arg({ type: filter, description: 'Which; by default all.' }) },
        resolve: (_root, { filter: wanted, ...page }, context) =>
          listPackages(
            context,
            {
              kind: wanted?.kind ?? undefined,
              contactId: wanted?.contact ? uuidOf('Contact', wanted.contact) : undefined,
              delivered: wanted?.delivered ?? undefined,
            },
            page,
          ),
      },
      { name: 'AccessPackageConnection' },
      { name: 'AccessPackageEdge' },
    ),
  }))
  builder.subscriptionField('accessPackageProgress', (t) =>
    t.field({
      type: accessPackage,
      nullable: true,
      description:
        'A package while it is made, whenever it is further on, and at last when it is ready or has failed; then it ends. It ends with an error when your ' +
        'rights do.',
      auth,
      args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
      subscribe: (_root, { id }, context) => progressOf(context, uuidOf('AccessPackage', id)),
      resolve: (found) => found,
    }),
  )
}

type Filter = { kind?: string | undefined; contactId?: string | undefined; delivered?: boolean | undefined }

// Ids are UUIDv7, so this is the order of time.
const newestFirst: SortKey[] = [{ name: 'id', expression: Prisma.sql`p.id`, type: 'uuid', descending: true }]

/** A page of packages, without those about contacts that the caller doesn't see. */
async function listPackages(context: Context, { kind, contactId, delivered }: Filter, page: PageArguments) {
  const plan = planPage(newestFirst, page, pageSize)
  const conditions = [
    Prisma.sql`true`,
    ...(kind ? [Prisma.sql`p.kind = ${kind}`] : []),
    ...(contactId ? [Prisma.sql`p.contact_id = ${contactId}::uuid`] : []),
    ...(delivered === undefined ? [] : [Prisma.sql`(p.delivered_at IS NOT NULL) = ${delivered}`]),
    ...(isBound(context)
      ? [Prisma.sql`EXISTS (SELECT FROM ${seenContacts(answering(context))} c WHERE c.contact_id = p.contact_id)`]
      : []),
    ...plan.conditions,
  ]
  const found = await context.database.$queryRaw<(Record<string, unknown> & { id: string })[]>`
    SELECT p.id, ${plan.cursorColumns} FROM access_package p WHERE ${Prisma.join(conditions, ' AND ')}
    ORDER BY ${plan.orderBy} LIMIT ${plan.limit}`
  const { rows, hasNextPage, hasPreviousPage } = cutPage(plan, found, page)
  const packages = await context.database.accessPackage.findMany({ where: { id: { in: rows.map(({ id }) => id) } } })
  const byId = new Map(packages.map((one) => [one.id, one]))
  const edges = rows.flatMap((row) => {
    const node = byId.get(row.id)
    return node ? [{ cursor: writeCursor(newestFirst, row), node }] : []
  })
  const [startCursor = null, endCursor = null] = [edges[0]?.cursor, edges.at(-1)?.cursor]
  return { edges, pageInfo: { hasNextPage, hasPreviousPage, startCursor, endCursor } }
}

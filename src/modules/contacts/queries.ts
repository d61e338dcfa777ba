import { queryFromInfo } from '@pothos/plugin-prisma'
import type { Builder } from '../../graphql/builder.ts'
import { noteUnseen } from '../../graphql/denials/tally.ts'
import { uuidOf, uuidOrNobody } from '../../graphql/ids.ts'
import { addContactFilter } from './list/filter-inputs.ts'
import { countContacts, listContacts } from './list/list.ts'
import { addContactOrder } from './list/ordering.ts'
import { findContact, isBound } from './sight.ts'
import type { ContactRef } from './types.ts'

/** The UUID in a contact's global id. Any other text gets one that nobody has, so that it reads like an absent contact's. */
export function contactIdOf(globalId: string): string {
  try {
    return uuidOf('Contact', globalId)
  } catch {
    return uuidOrNobody('')
  }
}

/** `contact` and `contacts`. */
export function addContactQueries(builder: Builder, contactRef: ContactRef): void {
  const filter = addContactFilter(builder)
  const order = addContactOrder(builder)

  builder.queryField('contact', (t) =>
    t.prismaField({
      type: 'Contact',
      nullable: true,
      auth: { read: 'contacts.contact' },
      description: 'One contact, or null. Who is bound to purposes sees those alone that have a valid basis for them.',
      args: { id: t.arg.id({ required: true }) },
      resolve: async (query, _root, { id: given }, context) => {
        const id = contactIdOf(given)
        const found = await findContact(context, query, id)
        if (!found && isBound(context)) noteUnseen(context, 'contact', id)
        return found
      },
    }),
  )

  builder.queryField('contacts', (t) =>
    t.connection(
      {
        type: contactRef,
        nullable: true,
        auth: { read: 'contacts.contact' },
        description:
          'Contacts, page by page: 50, unless `first` or `last` says otherwise, and at most 500. Each page costs the same, however ' +
          'far back it is.',
        args: {
          search: t.arg.string({
            description:
              'Words, each of which is somewhere in a name, an organisation or a contact point, whatever the case and the ' +
              'accents. Looks only into what you may read.',
          }),
          filter: t.arg({ type: filter }),
          lawfulFor: t.arg.string({
            auth: { read: 'lawfulness.basis' },
            description:
              'The key of a purpose: only contacts that may be processed for it now. `INVALID_INPUT` if there is none.',
          }),
          orderBy: t.arg({ type: [order], description: 'By display name, unless said otherwise.' }),
        },
        resolve: async (_root, { search, filter: given, lawfulFor, orderBy, ...page }, context, info) => {
          const selection = { search, filter: given, lawfulFor }
          // Tells which relations the page's contacts need, and that they come along with them.
          const query = queryFromInfo({ context, info, typeName: 'Contact', paths: [['edges', 'node']] })
          const withPoints = 'include' in query && Boolean(query.include && 'points' in query.include)
          const { edges, hasNextPage, hasPreviousPage } = await listContacts(
            context,
            { ...selection, orderBy: orderBy ?? [], withPoints },
            page,
          )
          return {
            edges,
            count: (upTo?: number | null) => countContacts(context, selection, upTo),
            pageInfo: {
              hasNextPage,
              hasPreviousPage,
              startCursor: edges[0]?.cursor ?? null,
              endCursor: edges.at(-1)?.cursor ?? null,
            },
          }
        },
      },
      {
        description: 'A page of contacts.',
        fields: (u) => ({
          totalCount: u.int({
            nullable: false,
            description: 'How many there are in all. Counted only when asked for.',
            args: {
              upTo: u.arg.int({
                description: 'Count no further than to this number: much quicker, where there are many.',
              }),
            },
            resolve: (connection, { upTo }) => connection.count(upTo),
          }),
        }),
      },
    ),
  )
}

import type { GraphQLResolveInfo } from 'graphql'
import type { Builder } from '../../graphql/builder.ts'
import { noteUnseen } from '../../graphql/denials/tally.ts'
import { selectedFields } from '../../graphql/execute/selected.ts'
import { uuidOf, uuidOrNobody } from '../../graphql/ids.ts'
import { contactReading } from './along.ts'
import { addContactFilter } from './list/filter-inputs.ts'
import { countContacts, listContacts } from './list/list.ts'
import { addContactOrder } from './list/ordering.ts'
import { readContact } from './read-one.ts'
import { isBound } from './sight.ts'
import type { ContactRef } from './types.ts'

/** The UUID in a contact's global id. Any other text gets one that nobody has, so that it reads like an absent contact's. */
export function contactIdOf(globalId: string): string {
  try {
    return uuidOf('Contact', globalId)
  } catch {
    return uuidOrNobody('')
  }
}

/** Whether a page has to tell places of its list. */
function asksForCursors(info: GraphQLResolveInfo): boolean {
  const [edges, page] = [selectedFields(info, ['edges']), selectedFields(info, ['pageInfo'])]
  return !edges || !page || [...edges, ...page].some(({ name }) => /cursor$/i.test(name))
}

/** What a page of contacts tells of itself; where it begins and ends, when it is asked. A class for the reason that `ContactEdge` is one. */
class ContactPageInfo {
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
  readonly #edges: readonly { readonly cursor: string }[]

  constructor(
    edges: readonly { readonly cursor: string }[],
    { hasNextPage, hasPreviousPage }: { hasNextPage: boolean; hasPreviousPage: boolean },
  ) {
    this.hasNextPage = hasNextPage
    this.hasPreviousPage = hasPreviousPage
    this.#edges = edges
  }

  get startCursor(): string | null {
    return this.#edges[0]?.cursor ?? null
  }

  get endCursor(): string | null {
    return this.#edges.at(-1)?.cursor ?? null
  }
}

/** `contact` and `contacts`. */
export function addContactQueries(builder: Builder, contactRef: ContactRef): void {
  const filter = addContactFilter(builder)
  const order = addContactOrder(builder)

  builder.queryField('contact', (t) =>
    t.field({
      type: contactRef,
      nullable: true,
      auth: { read: 'contacts.contact' },
      description: 'One contact, or null. Who is bound to purposes sees those alone that have a valid basis for them.',
      args: { id: t.arg.id({ required: true }) },
      resolve: async (_root, { id: given }, context, info) => {
        const id = contactIdOf(given)
        const found = await readContact(context, id, info)
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
              'accents. Looks only into what you may read. The newest come first, unless `orderBy` says otherwise; of words that ' +
              'very many have, that is quicker than any other order.',
          }),
          filter: t.arg({ type: filter }),
          lawfulFor: t.arg.string({
            auth: { read: 'lawfulness.basis' },
            description:
              'The key of a purpose: only contacts that may be processed for it now. `INVALID_INPUT` if there is none.',
          }),
          orderBy: t.arg({
            type: [order],
            description:
              'By display name, unless said otherwise; with a search, the newest first. By family name alone: those of one family by given name.',
          }),
        },
        resolve: async (_root, { search, filter: given, lawfulFor, orderBy, ...page }, context, info) => {
          const selection = { search, filter: given, lawfulFor }
          const { edges, hasNextPage, hasPreviousPage } = await listContacts(
            context,
            {
              ...selection,
              orderBy: orderBy ?? [],
              reading: contactReading(info, ['edges', 'node']),
              cursors: asksForCursors(info),
            },
            page,
          )
          return {
            edges,
            count: (upTo?: number | null) => countContacts(context, selection, upTo),
            pageInfo: new ContactPageInfo(edges, { hasNextPage, hasPreviousPage }),
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

import type { GraphQLResolveInfo } from 'graphql'
import { Prisma } from '#prisma/client.ts'
import type { Builder } from '../../graphql/builder.ts'
import type { Context } from '../../graphql/context.ts'
import { noteUnseen } from '../../graphql/denials/tally.ts'
import { selectedFields } from '../../graphql/execute/selected.ts'
import { uuidOf, uuidOrNobody } from '../../graphql/ids.ts'
import { type ContactReading, contactReading, readContacts } from './along.ts'
import { addContactFilter } from './list/filter-inputs.ts'
import { countContacts, listContacts } from './list/list.ts'
import { addContactOrder } from './list/ordering.ts'
import { contactsAtHand, isBound, sees } from './sight.ts'
import type { ContactRef } from './types.ts'

/** The UUID in a contact's global id. Any other text gets one that nobody has, so that it reads like an absent contact's. */
export function contactIdOf(globalId: string): string {
  try {
    return uuidOf('Contact', globalId)
  } catch {
    return uuidOrNobody('')
  }
}

/** A contact with what comes along; null if there is none that the caller sees, which is asked first: see `findContact`. */
async function readContact(context: Context, id: string, reading: ContactReading) {
  if (isBound(context) && !(await sees(context, id))) return null
  const [found] = await readContacts(context, reading, Prisma.sql`FROM ${contactsAtHand([id])}`)
  return found?.contact ?? null
}

/** Whether a page has to tell places of its list. */
function asksForCursors(info: GraphQLResolveInfo): boolean {
  const [edges, page] = [selectedFields(info, ['edges']), selectedFields(info, ['pageInfo'])]
  return !edges || !page || [...edges, ...page].some(({ name }) => /cursor$/i.test(name))
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
        const found = await readContact(context, id, contactReading(info))
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
            pageInfo: {
              hasNextPage,
              hasPreviousPage,
              get startCursor() {
                return edges[0]?.cursor ?? null
              },
              get endCursor() {
                return edges.at(-1)?.cursor ?? null
              },
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

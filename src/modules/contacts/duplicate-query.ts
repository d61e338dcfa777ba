import type { Contact } from '#prisma/client.ts'
import type { Builder } from '../../graphql/builder.ts'
import { contactsOf, type Duplicate, duplicateReasons, findDuplicates } from './duplicates.ts'
import { contactIdOf } from './queries.ts'
import type { ContactRef } from './types.ts'

/** `findDuplicates`. */
export function addDuplicateQuery(builder: Builder, contactRef: ContactRef): void {
  const reason = builder.enumType('DuplicateReason', {
    description: 'Why two contacts may be the same person.',
    values: Object.fromEntries(
      Object.entries(duplicateReasons).map(([name, { description }]) => [name, { description }]),
    ),
  })
  const duplicate = builder.objectRef<Duplicate & { first: Contact; second: Contact }>('Duplicate').implement({
    description: 'Two contacts that may be the same person. `mergeContacts` makes one of them.',
    auth: { read: 'contacts.duplicates' },
    fields: (t) => ({
      first: t.expose('first', {
        type: contactRef,
        nullable: true,
        auth: { read: 'contacts.contact' },
        description: 'The one that was entered first.',
      }),
      second: t.expose('second', {
        type: contactRef,
        nullable: true,
        auth: { read: 'contacts.contact' },
        description: 'The other one.',
      }),
      score: t.exposeFloat('score', { nullable: false, description: 'How likely it is, from 0 to 1.' }),
      reasons: t.expose('reasons', { type: [reason], nullable: false, description: 'What speaks for it.' }),
    }),
  })

  builder.queryField('findDuplicates', (t) =>
    t.field({
      type: [duplicate],
      nullable: true,
      auth: { read: 'contacts.duplicates' },
      description:
        'Pairs of contacts that may be the same person, the likeliest first. Looks only at what you may read.',
      args: {
        contactId: t.arg.id({ description: 'Only pairs with this contact.' }),
        first: t.arg.int({ description: 'At most this many pairs: 50, unless said otherwise, and up to 500.' }),
      },
      resolve: async (_root, { contactId, first }, context) => {
        const limit = Math.min(Math.max(first ?? 50, 0), 500)
        const pairs = await findDuplicates(context, {
          contactId: typeof contactId === 'string' ? contactIdOf(contactId) : undefined,
          limit,
        })
        const contacts = await contactsOf(context.database, pairs)
        return pairs.flatMap((pair) => {
          const [one, other] = [contacts.get(pair.firstId), contacts.get(pair.secondId)]
          return one && other ? [{ ...pair, first: one, second: other }] : []
        })
      },
    }),
  )
}

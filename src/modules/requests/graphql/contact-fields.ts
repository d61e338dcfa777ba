import type { Builder } from '../../../graphql/builder.ts'
import { restrictionsOf } from '../../lawfulness/basis/loaders.ts'
import { mostOfContact, requestsOfContact } from './loaders.ts'
import type { RequestTypes } from './types.ts'

/** `Contact.subjectRequests` and `Contact.restrictedAt`. */
export function addContactFields(builder: Builder, { request }: RequestTypes): void {
  const auth = { read: 'requests.requests' }
  builder.prismaObjectField('Contact', 'subjectRequests', (t) =>
    t.field({
      type: [request],
      nullable: true,
      auth,
      description: `What the contact asked for (Art. 15 to 22 GDPR), the newest first; at most ${mostOfContact}.`,
      resolve: ({ id }, _args, context) => requestsOfContact(context, id),
    }),
  )
  builder.prismaObjectField('Contact', 'restrictedAt', (t) =>
    t.field({
      type: 'DateTime',
      nullable: true,
      auth,
      description:
        'Since when the processing of the contact’s data is restricted, at their request or by a rule of retention (Art. 18 GDPR); null if it is not. Nobody may work ' +
        'with the data then, but for what Art. 18(2) allows: `mayProcess` says `RESTRICTED`.',
      resolve: async ({ id }, _args, context) =>
        (await restrictionsOf(context, id)).find(({ until }) => until === null || until > new Date())?.from ?? null,
    }),
  )
}

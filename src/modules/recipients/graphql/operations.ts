import { validate as isUuid } from 'uuid'
import type { Builder } from '../../../graphql/builder.ts'
import { notFound } from '../../../graphql/errors.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { listNotices } from '../list.ts'
import { recordTold } from '../record.ts'
import type { RecipientTypes } from './types.ts'

/** What staff sees and does about recipients. */
export function addRecipientOperations(builder: Builder, types: RecipientTypes): void {
  const auth = { read: 'recipients.notices' }
  builder.queryField('recipientNotices', (t) =>
    t.connection(
      {
        type: types.notice,
        nullable: true,
        auth,
        description:
          'Who has to be told that data was rectified or restricted, and was; the oldest first, only about contacts that you see.',
        args: {
          contact: t.arg.id({ auth: { read: 'contacts.contact' }, description: 'Of this contact alone.' }),
          state: t.arg({ type: types.state, description: 'Only those that are so far.' }),
        },
        resolve: (_root, { contact, state, ...page }, context) =>
          listNotices(
            context,
            { contactId: contact ? uuidOf('Contact', contact) : undefined, state: state ?? undefined },
            page,
          ),
      },
      { name: 'RecipientNoticeConnection' },
      { name: 'RecipientNoticeEdge' },
    ),
  )
  builder.mutationFields((t) => {
    const which = {
      contactId: t.arg.id({ required: true, description: 'The contact.' }),
      id: t.arg.id({ required: true }),
    }
    return {
      recordRecipientTold: t.field({
        type: types.notice,
        nullable: true,
        auth: { write: 'recipients.notices' },
        description: 'Notes that you told a recipient.',
        args: {
          ...which,
          how: t.arg.string({ required: true, description: 'On which way: `letter`, `phone`.' }),
          at: t.arg({ type: 'DateTime', description: 'When; now, unless said otherwise.' }),
        },
        resolve: (_root, { how, at, ...given }, context) =>
          recordTold(context, named(given), { state: 'told', how, at: at ?? new Date() }),
      }),
      recordRecipientNotTold: t.field({
        type: types.notice,
        nullable: true,
        auth: { write: 'recipients.notices' },
        description:
          'Notes that a recipient can’t be told, or only with more effort than can be asked for (Art. 19 GDPR).',
        args: { ...which, reason: t.arg.string({ required: true, description: 'Why.' }) },
        resolve: (_root, { reason, ...given }, context) =>
          recordTold(context, named(given), { state: 'not_possible', how: reason }),
      }),
    }
  })
}

function named({ contactId, id }: { contactId: string; id: string }) {
  if (!isUuid(id)) throw notFound('RecipientNotice')
  return { contactId: uuidOf('Contact', contactId), id: id.toLowerCase() }
}

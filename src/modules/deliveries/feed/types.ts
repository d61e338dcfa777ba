import { encodeGlobalID } from '@pothos/plugin-relay'
import type { Builder } from '../../../graphql/builder.ts'
import { findContact } from '../../contacts/sight.ts'
import type { ChangeKind } from '../changes/kinds.ts'
import { changesRight, changesSince, type StreamedChange } from './stream.ts'

/** The kinds of changes, for others that name them. */
export type ChangeKindType = ReturnType<typeof addChangeKind>

/** Adds the kinds of changes. */
export const addChangeKind = (builder: Builder) =>
  builder.enumType('ConsentChangeKind', {
    description: 'What happened to a legal ground.',
    values: {
      GIVEN: { value: 'given', description: 'A ground was recorded: consent was given, a contract made.' },
      CONFIRMED: { value: 'confirmed', description: 'Consent that was asked for was confirmed.' },
      RENEWED: { value: 'renewed', description: 'It holds longer than it did.' },
      WITHDRAWN: {
        value: 'withdrawn',
        description: 'Consent was withdrawn, for this purpose or one that it is part of.',
      },
      REFUSED: { value: 'refused', description: 'The person said no.' },
      OBJECTED: {
        value: 'objected',
        description: 'The person objected (Art. 21 GDPR), to this purpose or one that it is part of.',
      },
      LAPSED: { value: 'lapsed', description: 'Its time ran out.' },
      RETRACTED: { value: 'retracted', description: 'It was taken back, as if it had not been recorded.' },
    } as const satisfies Record<string, { value: ChangeKind; description: string }>,
  })

/** Adds the subscription. */
export function addChangeFeed(builder: Builder, kind: ChangeKindType): void {
  const auth = { read: changesRight }
  const change = builder.objectRef<StreamedChange>('ConsentChange').implement({
    description:
      'Something that happened to a contact’s legal grounds, for one purpose. Who is bound to purposes and sees the contact no more ' +
      'because of it is told that it ended: the contact’s id, the purpose, when that was recorded, and no more.',
    auth: 'public', // What leads here has its own right.
    about: ({ contactId, ended }) => (ended ? null : contactId), // That it ended is for those who don't see the contact.
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false, description: 'The same as of the webhook that tells of it.' }),
      cursor: t.exposeString('cursor', {
        nullable: false,
        description: 'For `after`: what comes after this change. It is the `id` of the server-sent event, too.',
      }),
      contactId: t.id({
        nullable: true,
        auth,
        description: 'The `id` of the contact.',
        resolve: ({ contactId }) => encodeGlobalID('Contact', contactId),
      }),
      contact: t.prismaField({
        type: 'Contact',
        nullable: true,
        auth: { read: 'contacts.contact' },
        description: 'The contact, as it is by now. Null if it has been erased.',
        resolve: (query, { contactId }, _args, context) => findContact(context, query, contactId),
      }),
      kind: t.field({
        type: kind,
        nullable: true,
        description:
          'What happened. Null: you don’t see the contact any more because of it; it ended, and no more is told.',
        resolve: ({ kind: its, ended }) => (ended ? null : (its as ChangeKind)),
      }),
      purpose: t.exposeString('purposeKey', { nullable: false, description: 'The key of the purpose.' }),
      ground: t.exposeString('ground', {
        nullable: true,
        description: 'The ground of Art. 6(1) GDPR that it happened to: `consent`. Null: all of them.',
      }),
      valid: t.exposeBoolean('valid', {
        nullable: false,
        description:
          'Whether the contact may be processed for the purpose from `since` on, on any ground. This counts, whatever happened.',
      }),
      since: t.expose('since', {
        type: 'DateTime',
        nullable: true,
        description: 'Since when that holds; it may lie ahead.',
      }),
      until: t.expose('until', {
        type: 'DateTime',
        nullable: true,
        description: 'Until when, exclusive; null: without end.',
      }),
      occurredAt: t.expose('occurredAt', { type: 'DateTime', nullable: false, description: 'When it happened.' }),
      recordedAt: t.expose('recordedAt', { type: 'DateTime', nullable: false, description: 'When it was recorded.' }),
    }),
  })
  builder.subscriptionType({
    description: 'What can be heard of as it happens, over server-sent events: `accept: text/event-stream`.',
  })
  builder.subscriptionField('consentChanges', (t) =>
    t.field({
      type: change,
      nullable: true,
      description:
        'What happens to legal grounds of contacts that you see, as it happens. Remember the `cursor` of each change: after the connection broke, `after` ' +
        'or the header `Last-Event-ID` gives all since, each once and in the same order; CURSOR_LOST where a backup was restored meanwhile. It ends with an error when your rights do, and by itself when the server stops: then go on ' +
        'where it left off.',
      auth,
      args: {
        after: t.arg.string({ description: 'The cursor of the last change that you have; by default, from now on.' }),
        purposes: t.arg.stringList({ description: 'Only changes for purposes with these keys.' }),
      },
      // Whoever connects anew by themselves repeats the operation as it was, and tells in the header how far they came.
      subscribe: (_root, { after, purposes }, context) =>
        changesSince(context, { after: context.lastEventId ?? after, purposes }),
      resolve: (told, _args, context) => {
        context.nameEvent?.(told.cursor)
        return told
      },
    }),
  )
}

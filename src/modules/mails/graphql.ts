import DataLoader from 'dataloader'
import type { Builder } from '../../graphql/builder.ts'
import type { Context } from '../../graphql/context.ts'
import { uuidOf } from '../../graphql/ids.ts'
import { sharedType } from '../../graphql/shared-type.ts'
import { type ListedMail, mailsTo } from '../../mail/queue.ts'
import { createUnsubscribeLink, type UnsubscribeLink } from './create-link.ts'

declare module '../../graphql/context.ts' {
  interface Loaders {
    contactMails?: DataLoader<string, ListedMail[]>
  }
}

const most = 50

/** `MailState`. */
export const mailState = sharedType((builder) =>
  builder.enumType('MailState', {
    description: 'How far a mail is.',
    values: {
      QUEUED: { value: 'queued', description: 'It waits for its turn, or for the mail server.' },
      SENDING: { value: 'sending', description: 'It is on the wire.' },
      SENT: { value: 'sent', description: 'The mail server has it.' },
      FAILED: { value: 'failed', description: 'It was given up: the mail server did not take it.' },
      CANCELLED: { value: 'cancelled', description: 'It was not to be sent any more, as after a withdrawal.' },
    } as const,
  }),
)

/** `Contact.mails`. */
export function addContactMails(builder: Builder): void {
  const auth = { read: 'mails.mail' }
  const state = mailState(builder)
  const mail = builder.objectRef<ListedMail>('ContactMail').implement({
    description: 'A mail to a contact. What it says is known to nobody but them once it is sent.',
    auth,
    about: ({ contactId }) => contactId,
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false }),
      kind: t.exposeString('kind', { nullable: false, description: 'What it is: `consent-confirmation`, say.' }),
      purposes: t.exposeStringList('purposes', {
        nullable: false,
        description: 'The keys of the purposes that it serves; none where somebody asked for it themself.',
      }),
      state: t.field({ type: state, nullable: false, description: 'How far it is.', resolve: (row) => row.state }),
      queuedAt: t.expose('createdAt', { type: 'DateTime', nullable: false, description: 'When it was written.' }),
      sentAt: t.expose('sentAt', { type: 'DateTime', nullable: true, description: 'When the mail server took it.' }),
      bouncedAt: t.expose('bouncedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it was heard that it could not be delivered.',
      }),
    }),
  })
  builder.prismaObjectField('Contact', 'mails', (t) =>
    t.field({
      type: [mail],
      nullable: true,
      auth,
      description: `Mails to the contact of the last 30 days, the newest first; at most ${most}.`,
      resolve: ({ id }, _args, context) => loaderOf(context).load(id),
    }),
  )
}

const loaderOf = ({ loaders, database }: Context) =>
  (loaders.contactMails ??= new DataLoader(async (ids) => {
    const byContact = Map.groupBy(await mailsTo(database, ids, most), ({ contactId }) => contactId)
    return ids.map((id) => byContact.get(id) ?? [])
  }))

/** `createUnsubscribeLink`. */
export function addUnsubscribeLinks(builder: Builder): void {
  const auth = { read: 'mails.links', write: 'mails.links' }
  const header = builder.objectRef<UnsubscribeLink['headers'][number]>('MailHeader').implement({
    description: 'A header of a mail.',
    auth: { read: 'mails.links' },
    fields: (t) => ({
      name: t.exposeString('name', { nullable: false, description: 'Such as `List-Unsubscribe`.' }),
      value: t.exposeString('value', { nullable: false, description: 'What stands behind the colon.' }),
    }),
  })
  const link = builder.objectRef<UnsubscribeLink>('UnsubscribeLink').implement({
    description: 'How a contact ends what they get for a purpose. Only for the mail to that contact.',
    auth: { read: 'mails.links' },
    fields: (t) => ({
      url: t.exposeString('url', {
        nullable: false,
        description: 'Its page: for the text of the mail. To look at it changes nothing.',
      }),
      headers: t.field({
        type: [header],
        nullable: false,
        description:
          '`List-Unsubscribe` and `List-Unsubscribe-Post` (RFC 8058), for the mail’s own headers: a DKIM signature has to ' +
          'cover both, or mail programs don’t offer it.',
        resolve: ({ headers }) => headers,
      }),
      expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: false, description: 'Until when it works.' }),
    }),
  })
  const input = builder.inputType('CreateUnsubscribeLinkInput', {
    description: 'Whose link, and of what.',
    auth: { write: 'mails.links' },
    fields: (t) => ({
      contactId: t.id({ required: true, description: 'The contact that the mail goes to.' }),
      purpose: t.string({ required: true, description: 'The key of the purpose that the mail serves.' }),
    }),
  })
  builder.mutationField('createUnsubscribeLink', (t) =>
    t.field({
      type: link,
      nullable: true,
      auth,
      description:
        'The link and headers by which a contact ends mails for a purpose, for programs that send these mails themselves. ' +
        'The same link for a year at least, so ask once and keep it, or ask for every mail. Refused with INVALID_INPUT ' +
        'where the contact may not be written to for this purpose now: then send nothing.',
      args: { input: t.arg({ type: input, required: true }) },
      resolve: (_root, { input: { contactId, purpose } }, context) =>
        createUnsubscribeLink(context, { contactId: uuidOf('Contact', contactId), purpose }),
    }),
  )
}

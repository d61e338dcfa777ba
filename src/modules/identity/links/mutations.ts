import type { Builder } from '../../../graphql/builder.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { rolesOfNewUser } from '../access/create-user.ts'
import type { SignInPayloadType } from '../sign-in/types.ts'
import { type Invitation, inviteUser, sendInvitation } from './invite.ts'
import { requestPasswordReset } from './reset.ts'
import { lookAtLink, type SeenLink, useLink } from './use.ts'

/** Adds invitations and new passwords by link. */
export function addLinks(builder: Builder, signInPayload: SignInPayloadType): void {
  addInvitations(builder)
  addUse(builder, signInPayload)
}

function addInvitations(builder: Builder) {
  const input = builder.inputType('InviteUserInput', {
    description: 'A user to be, who chooses the password.',
    auth: { write: 'identity.users' },
    fields: (t) => ({
      email: t.string({
        required: true,
        description: 'Where the invitation goes, and what the user signs in with; unique.',
      }),
      name: t.string({ description: 'How the user is called.' }),
      language: t.string({ description: 'Of mails and pages: `de` or `en`, which is the default.' }),
      roles: t.stringList(rolesOfNewUser),
    }),
  })
  const payload = builder.objectRef<Invitation>('InviteUserPayload').implement({
    description: 'The user who was invited.',
    auth: 'public',
    fields: (t) => ({
      user: t.prismaField({
        type: 'User',
        nullable: true,
        description: 'The user.',
        auth: { read: 'identity.users' },
        resolve: (query, { id }, _args, { database }) => database.user.findUnique({ ...query, where: { id } }),
      }),
      link: t.exposeString('link', {
        nullable: true,
        description:
          'Only where no mails are sent: the link by which the user chooses a password, once, within a week. Hand it over on a safe way: it is shown only this once.',
      }),
    }),
  })
  builder.mutationFields((t) => ({
    inviteUser: t.field({
      type: payload,
      nullable: true,
      description: 'Makes a user without a password, and mails them a link by which they choose one within a week.',
      auth: { write: 'identity.users' },
      args: { input: t.arg({ type: input, required: true, description: 'The user to be.' }) },
      resolve: (_parent, { input: { email, name, language, roles } }, context) =>
        inviteUser(context, { email, name: name ?? '', language: language ?? 'en', roles: roles ?? [] }),
    }),
    sendInvitation: t.field({
      type: payload,
      nullable: true,
      description:
        'Invites a user again who has no password yet; the former link is worth nothing any more. You can invite only who may do no more than you.',
      auth: { write: 'identity.users' },
      args: { user: t.arg.id({ required: true, description: 'The id of the user.' }) },
      resolve: (_parent, { user }, context) => sendInvitation(context, uuidOf('User', user)),
    }),
  }))
}

function addUse(builder: Builder, signInPayload: SignInPayloadType) {
  const purpose = builder.enumType('SignInLinkPurpose', {
    description: 'What a link is for.',
    values: {
      INVITATION: { value: 'invitation', description: 'To choose the first password.' },
      PASSWORD_RESET: { value: 'password-reset', description: 'To choose a new password.' },
    } as const,
  })
  const link = builder.objectRef<SeenLink>('SignInLink').implement({
    description: 'A link by which somebody chooses a password.',
    auth: 'public', // To see one takes its token.
    fields: (t) => ({
      purpose: t.field({
        type: purpose,
        nullable: false,
        description: 'What it is for.',
        resolve: ({ purpose }) => purpose,
      }),
      email: t.exposeString('email', { nullable: false, description: 'What its user signs in with.' }),
      name: t.exposeString('name', { nullable: false, description: 'How its user is called; empty if nobody said.' }),
      expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: false, description: 'Until when it works.' }),
    }),
  })
  const token = { required: true, description: 'What stands behind the `#` of the link.' } as const
  builder.mutationFields((t) => ({
    requestPasswordReset: t.boolean({
      nullable: true,
      description:
        'Mails a link for a new password, good for an hour. Always true: whether there is such a user is not told. An address gets three such mails an hour at most. `UNAVAILABLE` where no mails are sent, `TOO_MANY_ATTEMPTS` for who asks all the time.',
      auth: 'public',
      args: { email: t.arg.string({ required: true, description: 'The address of the account.' }) },
      resolve: async (_parent, { email }, context) => {
        await requestPasswordReset(context, email)
        return true
      },
    }),
    lookAtLink: t.field({
      type: link,
      nullable: true,
      description:
        'Tells what a link is for, and changes nothing. A mutation, so that the token only ever stands in the body of a request. `LINK_INVALID` if it is used, too old, or none.',
      auth: 'public',
      args: { token: t.arg.string(token) },
      resolve: (_parent, { token }, context) => lookAtLink(context, token),
    }),
    useLink: t.field({
      type: signInPayload,
      nullable: true,
      description:
        'Sets a password by a link, ends all sessions of its user, and signs in: with a `challenge` for who has a second factor. `LINK_INVALID` if it is used, too old, or none; after `INVALID_INPUT` it is still good.',
      auth: 'public',
      args: {
        token: t.arg.string(token),
        password: t.arg.string({
          required: true,
          description: 'At least 15 characters, or 8 for who has a second factor; none that is often used.',
        }),
      },
      resolve: (_parent, { token, password }, context) => useLink(context, token, password),
    }),
  }))
}

import type { Builder } from '../../../graphql/builder.ts'
import { guardedLookUp } from '../../../graphql/look-up.ts'
import { pageById } from '../../../graphql/page-by-id.ts'
import { lastSignIns } from './user-loaders.ts'

/** The GraphQL type `User`. */
export type UserType = ReturnType<typeof addUser>

/** Adds users, for those who manage them. */
export function addUsers(builder: Builder): UserType {
  const user = addUser(builder)
  builder.queryField('users', (t) =>
    t.connection(
      {
        type: user,
        nullable: true,
        description: 'All users, the oldest first.',
        auth: { read: 'identity.users' },
        resolve: (_parent, args, { database }) => pageById(args, (page) => database.user.findMany(page)),
      },
      { name: 'UserConnection' },
      { name: 'UserEdge' },
    ),
  )
  return user
}

function addUser(builder: Builder) {
  return builder.prismaNode('User', {
    description: 'Somebody who may sign in.',
    auth: { read: 'identity.users' },
    id: { field: 'id', description: 'Its identity across the whole API.' },
    nullable: true,
    findUnique: guardedLookUp('identity.users'),
    fields: (t) => ({
      email: t.exposeString('email', { nullable: false, description: 'What the user signs in with; lower case.' }),
      name: t.exposeString('name', { nullable: false, description: 'Empty if nobody said.' }),
      language: t.exposeString('language', { nullable: false, description: 'Of mails and pages: `de` or `en`.' }),
      hasPassword: t.boolean({
        nullable: false,
        description: 'False for who was invited and has not come yet, or signs in with an identity provider alone.',
        select: { passwordHash: true },
        resolve: ({ passwordHash }) => passwordHash !== '',
      }),
      secondFactor: t.boolean({
        nullable: false,
        description: 'The user signs in with a second factor.',
        select: { totp: { select: { activatedAt: true } }, passkeys: { select: { id: true } } },
        resolve: ({ totp, passkeys }) => Boolean(totp?.activatedAt) || passkeys.length > 0,
      }),
      lastSignInAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'Null if the user never has.',
        select: { id: true },
        resolve: ({ id }, _args, context) => lastSignIns(context).load(id),
      }),
      createdAt: t.expose('createdAt', {
        type: 'DateTime',
        nullable: false,
        description: 'When the account was made.',
      }),
      disabledAt: t.expose('disabledAt', {
        type: 'DateTime',
        nullable: true,
        description: 'Since when the user can not sign in.',
      }),
      undeliverableAt: t.expose('undeliverableAt', {
        type: 'DateTime',
        nullable: true,
        description:
          'When it was heard that mails to the user can’t be delivered; null: nothing is known of that. Reports are not mailed there any ' +
          'more, until the address is changed or said again (`updateUser`), or the user comes by a link that was mailed.',
      }),
    }),
  })
}

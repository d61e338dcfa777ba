import { type ResolveCursorConnectionArgs, resolveCursorConnection } from '@pothos/plugin-relay'
import { validate as isUuid } from 'uuid'
import type { GrantedRight } from '../../../graphql/auth/rights.ts'
import { type Builder, pageSize } from '../../../graphql/builder.ts'
import type { Context } from '../../../graphql/context.ts'
import { badCursor, forbiddenRead, unauthenticated } from '../../../graphql/errors.ts'
import { uuidOrNobody } from '../../../graphql/ids.ts'

/** The GraphQL type `Grant`, for the types that show grants. */
export type GrantType = ReturnType<typeof addGrant>

/** Adds users and roles, for those who manage them. */
export function addUsersAndRoles(builder: Builder): { grant: GrantType } {
  const grant = addGrant(builder)
  addRoles(builder, grant)
  addUsers(builder)
  return { grant }
}

function addGrant(builder: Builder) {
  return builder.objectRef<GrantedRight>('Grant').implement({
    description: 'What a right names may be read, written, or both.',
    auth: 'public', // Everything that leads here has its own right.
    fields: (t) => ({
      right: t.exposeString('right', {
        nullable: false,
        description: '`contacts.email`, say; `*` stands for any number of parts.',
      }),
      read: t.exposeBoolean('read', { nullable: false, description: 'It may be read.' }),
      write: t.exposeBoolean('write', { nullable: false, description: 'It may be written.' }),
    }),
  })
}

function addRoles(builder: Builder, grant: GrantType) {
  const role = builder.prismaNode('Role', {
    description: 'A named bundle of grants.',
    auth: { read: 'identity.roles' },
    id: { field: 'id', description: 'Its identity across the whole API.' },
    nullable: true,
    findUnique: guardedLookUp('identity.roles'),
    fields: (t) => ({
      key: t.exposeString('key', { nullable: false, description: 'Its name for programs; unique.' }),
      name: t.exposeString('name', { nullable: false, description: 'Its name for people.' }),
      description: t.exposeString('description', { nullable: false, description: 'What it is for.' }),
      builtIn: t.exposeBoolean('builtIn', { nullable: false, description: 'Every installation has it.' }),
      grants: t.field({
        type: [grant],
        nullable: false,
        description: 'What it allows.',
        select: { grants: { orderBy: { right: 'asc' } } },
        resolve: ({ grants }) => grants,
      }),
    }),
  })
  builder.queryField('roles', (t) =>
    t.prismaField({
      type: [role],
      nullable: true,
      description: 'All roles, by key.',
      auth: { read: 'identity.roles' },
      resolve: (query, _parent, _args, { database }) => database.role.findMany({ ...query, orderBy: { key: 'asc' } }),
    }),
  )
  builder.prismaObjectField('User', 'roles', (t) =>
    t.field({
      type: [role],
      nullable: true,
      description: 'The roles that the user holds.',
      auth: { read: 'identity.roles' },
      select: (_args, _context, nested) => ({ roles: { select: { role: nested(true) }, orderBy: { roleId: 'asc' } } }),
      resolve: ({ roles }) => roles.map(({ role }) => role),
    }),
  )
}

function addUsers(builder: Builder) {
  const user = builder.prismaNode('User', {
    description: 'Somebody who may sign in.',
    auth: { read: 'identity.users' },
    id: { field: 'id', description: 'Its identity across the whole API.' },
    nullable: true,
    findUnique: guardedLookUp('identity.users'),
    fields: (t) => ({
      email: t.exposeString('email', { nullable: false, description: 'What the user signs in with; lower case.' }),
      name: t.exposeString('name', { nullable: false, description: 'Empty if nobody said.' }),
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
    }),
  })
  builder.queryField('users', (t) =>
    t.connection(
      {
        type: user,
        nullable: true,
        description: 'All users, the oldest first.',
        auth: { read: 'identity.users' },
        resolve: (_parent, args, { database }) =>
          resolveCursorConnection(
            { args, toCursor: ({ id }) => id, defaultSize: pageSize.default, maxSize: pageSize.maximum },
            ({ before, after, limit, inverted }: ResolveCursorConnectionArgs) => {
              for (const cursor of [before, after]) if (cursor !== undefined && !isUuid(cursor)) throw badCursor()
              return database.user.findMany({
                where: { id: { ...(after && { gt: after }), ...(before && { lt: before }) } },
                orderBy: { id: inverted ? 'desc' : 'asc' },
                take: limit,
              })
            },
          ),
      },
      { name: 'UserConnection' },
      { name: 'UserEdge' },
    ),
  )
}

/** For `node(id)`: the right is checked before anything is loaded, so the answer doesn't tell whether the object exists. */
function guardedLookUp(right: string) {
  return (id: string, { rights, actor }: Context) => {
    if (!rights.canRead(right)) throw actor.kind === 'anonymous' ? unauthenticated() : forbiddenRead(right)
    return { id: uuidOrNobody(id) }
  }
}

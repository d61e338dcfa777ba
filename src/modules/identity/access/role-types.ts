import type { GrantedRight } from '../../../graphql/auth/rights.ts'
import type { Builder } from '../../../graphql/builder.ts'
import { guardedLookUp } from '../../../graphql/look-up.ts'

/** The GraphQL type `Grant`, for the types that show grants. */
export type GrantType = ReturnType<typeof addGrant>

/** The GraphQL type `Role`. */
export type RoleType = ReturnType<typeof addRole>

/** Adds roles, for those who manage them. */
export function addRoles(builder: Builder): { grant: GrantType; role: RoleType } {
  const grant = addGrant(builder)
  const role = addRole(builder, grant)
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
  return { grant, role }
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

function addRole(builder: Builder, grant: GrantType) {
  return builder.prismaNode('Role', {
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
      purposes: t.exposeStringList('purposes', {
        nullable: false,
        description:
          'Keys of purposes. If there are any, it is about contacts that have a valid legal basis for one of them, and no others.',
      }),
      grants: t.field({
        type: [grant],
        nullable: false,
        description: 'What it allows.',
        select: { grants: { orderBy: { right: 'asc' } } },
        resolve: ({ grants }) => grants,
      }),
    }),
  })
}

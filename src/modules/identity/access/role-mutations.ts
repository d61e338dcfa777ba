import type { Builder } from '../../../graphql/builder.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { assignRole, createRole, deleteRole, unassignRole, updateRole } from './change-roles.ts'
import type { RoleType } from './role-types.ts'
import type { UserType } from './user-types.ts'

/** What it takes to change roles: who does has to see them, too, since what is refused is told with what roles allow. */
export const toChangeRoles = { read: 'identity.roles', write: 'identity.roles' }

const auth = toChangeRoles

/** Adds making and changing roles, and giving them to users. */
export function addRoleMutations(builder: Builder, { role, user }: { role: RoleType; user: UserType }): void {
  const { newRole, changes } = addInputs(builder)
  builder.mutationFields((t) => {
    const holder = t.arg.id({ required: true, auth: { read: 'identity.users' }, description: 'The user.' })
    return {
      createRole: t.prismaField({
        type: role,
        nullable: true,
        description: 'Makes a role. It allows nothing until rights are granted to it.',
        auth,
        args: { input: t.arg({ type: newRole, required: true, description: 'The role to be.' }) },
        resolve: async (query, _root, { input: { key, ...draft } }, context) => {
          const id = await createRole(context, key, draft)
          return context.database.role.findUniqueOrThrow({ ...query, where: { id } })
        },
      }),
      updateRole: t.prismaField({
        type: role,
        nullable: true,
        description: 'Changes a role. It can be made to show more contacts only by who sees these with all its grants.',
        auth,
        args: {
          id: t.arg.id({ required: true, description: 'The role.' }),
          input: t.arg({ type: changes, required: true, description: 'What is absent stays as it is.' }),
        },
        resolve: async (query, _root, { id: its, input }, context) => {
          const id = uuidOf('Role', its)
          await updateRole(context, id, input)
          return context.database.role.findUniqueOrThrow({ ...query, where: { id } })
        },
      }),
      deleteRole: t.boolean({
        nullable: true,
        description: 'Takes a role from all its users, and removes it. Built-in ones can’t be removed.',
        auth,
        args: { id: t.arg.id({ required: true, description: 'The role.' }) },
        resolve: async (_root, { id }, context) => {
          await deleteRole(context, uuidOf('Role', id))
          return true
        },
      }),
      assignRole: t.prismaField({
        type: user,
        nullable: true,
        description: 'Gives a user a role. You can give only roles whose every grant you hold yourself.',
        auth,
        args: { user: holder, role: t.arg.id({ required: true, description: 'The role.' }) },
        resolve: async (query, _root, { user: whose, role: which }, context) => {
          const id = uuidOf('User', whose)
          await assignRole(context, id, uuidOf('Role', which))
          return context.database.user.findUniqueOrThrow({ ...query, where: { id } })
        },
      }),
      unassignRole: t.prismaField({
        type: user,
        nullable: true,
        description:
          'Takes a role from a user. Those that an identity provider gives come back with the next sign-in there. ' +
          '`LAST_ADMINISTRATOR` if nobody would be left who may do everything.',
        auth,
        args: { user: holder, role: t.arg.id({ required: true, description: 'The role.' }) },
        resolve: async (query, _root, { user: whose, role: which }, context) => {
          const id = uuidOf('User', whose)
          await unassignRole(context, id, uuidOf('Role', which))
          return context.database.user.findUniqueOrThrow({ ...query, where: { id } })
        },
      }),
    }
  })
}

function addInputs(builder: Builder) {
  const purposes =
    'Keys of purposes. If there are any, it is about contacts that have a valid legal basis for one of them, and no others.'
  const newRole = builder.inputType('CreateRoleInput', {
    description: 'A role to be.',
    auth: { write: 'identity.roles' },
    fields: (t) => ({
      key: t.string({ required: true, description: 'Its name for programs, such as `call-centre`; unique, for good.' }),
      name: t.string({ required: true, description: 'Its name for people, one line.' }),
      description: t.string({ description: 'What it is for.' }),
      purposes: t.stringList({ description: purposes }),
    }),
  })
  const changes = builder.inputType('UpdateRoleInput', {
    description: 'What to change about a role.',
    auth: { write: 'identity.roles' },
    fields: (t) => ({
      name: t.string({ description: 'Its name for people, one line.' }),
      description: t.string({ description: 'What it is for; null or empty for nothing.' }),
      purposes: t.stringList({ description: `${purposes} In place of those that it has; null for all contacts.` }),
    }),
  })
  return { newRole, changes }
}

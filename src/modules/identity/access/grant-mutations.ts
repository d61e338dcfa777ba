import type { Builder } from '../../../graphql/builder.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { grantRight, revokeRight } from './change-grants.ts'
import type { DeclaredRights } from './right-names.ts'
import { toChangeRoles } from './role-mutations.ts'
import type { RoleType } from './role-types.ts'

/** Adds granting rights to roles, and revoking them. */
export function addGrantMutations(builder: Builder, role: RoleType, declared: DeclaredRights): void {
  builder.mutationFields((t) => ({
    grantRight: t.prismaField({
      type: role,
      nullable: true,
      description:
        'Lets a role read or write what a right names, or both; what isn’t said stays as it is. It holds everywhere within a ' +
        'second. You can grant only what you hold yourself, for the same contacts, and a wildcard only if you hold one as wide.',
      auth: toChangeRoles,
      args: {
        role: t.arg.id({ required: true, description: 'The role.' }),
        right: t.arg.string({ required: true, description: 'A right; `contacts.*` and `*` stand for several.' }),
        read: t.arg.boolean({ defaultValue: false, description: 'Let it read this.' }),
        write: t.arg.boolean({ defaultValue: false, description: 'Let it write this.' }),
      },
      resolve: async (query, _root, args, context) => {
        const id = uuidOf('Role', args.role)
        await grantRight(context, await declared(context), id, grantOf(args))
        return context.database.role.findUniqueOrThrow({ ...query, where: { id } })
      },
    }),
    revokeRight: t.prismaField({
      type: role,
      nullable: true,
      description:
        'Takes from a role to read or write what a right names, or both. It holds everywhere within a second. Afterwards the ' +
        'role doesn’t allow it: where a wider grant of it still would, that is `INVALID_INPUT`, and nothing is done. ' +
        'Narrower grants stay, and so do those of other roles: see `effectiveRights`.',
      auth: toChangeRoles,
      args: {
        role: t.arg.id({ required: true, description: 'The role.' }),
        right: t.arg.string({ required: true, description: 'As it stands in the grants of the role.' }),
        read: t.arg.boolean({ defaultValue: false, description: 'It shall not read this any more.' }),
        write: t.arg.boolean({ defaultValue: false, description: 'It shall not write this any more.' }),
      },
      resolve: async (query, _root, args, context) => {
        const id = uuidOf('Role', args.role)
        await revokeRight(context, await declared(context), id, grantOf(args))
        return context.database.role.findUniqueOrThrow({ ...query, where: { id } })
      },
    }),
  }))
}

type Given = { right: string; read?: boolean | null | undefined; write?: boolean | null | undefined }

/** What the arguments of a mutation say about a grant. */
export const grantOf = ({ right, read, write }: Given) => ({ right, read: read ?? false, write: write ?? false })

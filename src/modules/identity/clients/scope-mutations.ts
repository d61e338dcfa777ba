import type { Builder } from '../../../graphql/builder.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { grantOf } from '../access/grant-mutations.ts'
import type { DeclaredRights } from '../access/right-names.ts'
import { right } from './clients.ts'
import { grantScope, revokeScope } from './scopes.ts'
import type { ClientTypes } from './types.ts'

const auth = { read: right, write: right } // Whoever may not see what came of it may not do it.

/** Adds giving clients scopes, and taking them away. */
export function addScopeMutations(builder: Builder, { client }: ClientTypes, declared: DeclaredRights): void {
  builder.mutationFields((t) => ({
    grantScope: t.prismaField({
      type: client,
      nullable: true,
      description: 'Lets a client read or write what a right names, or both. You can give only what you hold yourself.',
      auth,
      args: {
        client: t.arg.id({ required: true, description: 'The client.' }),
        right: t.arg.string({ required: true, description: 'A right; `contacts.*` and `*` stand for several.' }),
        read: t.arg.boolean({ defaultValue: false, description: 'Let it read this.' }),
        write: t.arg.boolean({ defaultValue: false, description: 'Let it write this.' }),
      },
      resolve: async (query, _root, args, context) => {
        const id = uuidOf('Client', args.client)
        await grantScope(context, await declared(context), id, grantOf(args))
        return context.database.client.findUniqueOrThrow({ ...query, where: { id } })
      },
    }),
    revokeScope: t.prismaField({
      type: client,
      nullable: true,
      description:
        'Takes from a client to read or write what a right names, or both. Afterwards it may not: where a wider scope of it ' +
        'would still let it, that is `INVALID_INPUT`, and nothing is done.',
      auth,
      args: {
        client: t.arg.id({ required: true, description: 'The client.' }),
        right: t.arg.string({ required: true, description: 'As it stands in its scopes.' }),
        read: t.arg.boolean({ defaultValue: false, description: 'It shall not read this any more.' }),
        write: t.arg.boolean({ defaultValue: false, description: 'It shall not write this any more.' }),
      },
      resolve: async (query, _root, args, context) => {
        const id = uuidOf('Client', args.client)
        await revokeScope(context, await declared(context), id, grantOf(args))
        return context.database.client.findUniqueOrThrow({ ...query, where: { id } })
      },
    }),
  }))
}

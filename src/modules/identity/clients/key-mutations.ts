import type { Builder } from '../../../graphql/builder.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { right } from './clients.ts'
import { createClientKey, type IssuedKey, longestOverlap, revokeClientKey, rotateClientKey } from './issue-keys.ts'
import type { ClientTypes } from './types.ts'

const auth = { read: right, write: right } // Whoever may not see what came of it may not do it.

/** Adds making, renewing and ending the keys of clients. */
export function addKeyMutations(builder: Builder, { key: clientKey, keyKind }: ClientTypes): void {
  const payload = builder.objectRef<IssuedKey>('IssuedClientKey').implement({
    description: 'A key that was made.',
    auth: 'public', // What leads here has its own right.
    fields: (t) => ({
      key: t.exposeString('key', {
        nullable: false,
        description:
          'The key itself, for `Authorization: Bearer …`. Hand a secret one over safely: it is shown only this once.',
      }),
      clientKey: t.prismaField({
        type: clientKey,
        nullable: true,
        description: 'What is kept of it.',
        auth: { read: right },
        resolve: (query, { id }, _args, { database }) => database.clientKey.findUnique({ ...query, where: { id } }),
      }),
    }),
  })
  builder.mutationFields((t) => ({
    createClientKey: t.field({
      type: payload,
      nullable: true,
      description: 'Makes a key of a client. You need to hold what the scopes of the client give.',
      auth,
      args: {
        client: t.arg.id({ required: true, description: 'The client.' }),
        kind: t.arg({ type: keyKind, required: true, description: 'Where it may be.' }),
        expiresAt: t.arg({ type: 'DateTime', description: 'When it is over; by default, when somebody says so.' }),
      },
      resolve: (_root, { client, kind, expiresAt }, context) =>
        createClientKey(context, uuidOf('Client', client), kind, expiresAt ?? null),
    }),
    rotateClientKey: t.field({
      type: payload,
      nullable: true,
      description:
        'Makes a key of the same kind, and lets this one run out a while later: time to put the new one in its place. ' +
        'You need to hold what the scopes of the client give.',
      auth,
      args: {
        id: t.arg.id({ required: true, description: 'The key that is to be followed by another.' }),
        overlapHours: t.arg.float({
          defaultValue: 24,
          description: `For how many hours both are good: 0 to ${longestOverlap}.`,
        }),
        expiresAt: t.arg({
          type: 'DateTime',
          description: 'When the new key is over; by default as long from now as the former had from its making.',
        }),
      },
      resolve: (_root, { id, overlapHours, expiresAt }, context) =>
        rotateClientKey(context, uuidOf('ClientKey', id), { overlap: overlapHours ?? 24, expiresAt }),
    }),
    revokeClientKey: t.prismaField({
      type: clientKey,
      nullable: true,
      description: 'Makes a key worthless within a second.',
      auth,
      args: { id: t.arg.id({ required: true, description: 'The key.' }) },
      resolve: async (query, _root, args, context) => {
        const id = uuidOf('ClientKey', args.id)
        await revokeClientKey(context, id)
        return context.database.clientKey.findUniqueOrThrow({ ...query, where: { id } })
      },
    }),
  }))
}

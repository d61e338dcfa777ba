import { encodeGlobalID } from '@pothos/plugin-relay'
import type { Actor } from '../../graphql/context.ts'
import { sharedType } from '../../graphql/shared-type.ts'
import { auditLoaders } from './loaders.ts'

/** `AuditActor` and its kinds. Who may see an entry may see who it was by name. */
export const addActor = sharedType((builder) => {
  const actorKind = builder.enumType('AuditActorKind', {
    description: 'Who can do something.',
    values: {
      USER: { value: 'user', description: 'Somebody who was signed in.' },
      CLIENT: { value: 'client', description: 'A program with a key of its own.' },
      OPERATOR: { value: 'operator', description: 'Somebody at the command line of the server.' },
      SYSTEM: { value: 'system', description: 'The product by itself.' },
      ANONYMOUS: { value: 'anonymous', description: 'Somebody who was not signed in.' },
    } as const,
  })
  const actor = builder.objectRef<Actor>('AuditActor').implement({
    description: 'Who did something.',
    auth: 'public',
    fields: (t) => ({
      kind: t.expose('kind', { type: actorKind, nullable: false, description: 'What kind of actor.' }),
      id: t.id({
        nullable: true,
        description: 'The `id` of the user or client; null for the others.',
        resolve: ({ id, kind }) => id && encodeGlobalID(kind === 'client' ? 'Client' : 'User', id),
      }),
      name: t.string({
        nullable: true,
        description: 'The name of the user or client, as it is now.',
        resolve: async ({ id, kind }, _args, context) => {
          const { users, clients } = auditLoaders(context)
          return (id && (await (kind === 'client' ? clients : users).load(id))?.name) || null
        },
      }),
      email: t.string({
        nullable: true,
        auth: { read: 'identity.users' },
        description: 'What the user signs in with now.',
        resolve: async ({ id, kind }, _args, context) =>
          (id && kind === 'user' && (await auditLoaders(context).users.load(id))?.email) || null,
      }),
    }),
  })
  return { actor, actorKind }
})

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
      RULE: { value: 'rule', description: 'A rule that acts by itself, on behalf of the user who owns it.' },
      CONTACT: { value: 'contact', description: 'The person whose data it is, by a link that only they have.' },
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
        description: 'The `id` of the user, client, rule or contact; null for the others.',
        resolve: ({ id, kind }) => id && encodeGlobalID(typeOf[kind] ?? 'User', id),
      }),
      name: t.string({
        nullable: true,
        description: 'The name of the user, client or rule, as it is now.',
        resolve: async ({ id, kind }, _args, context) => {
          const { users, clients, rules } = auditLoaders(context)
          if (!id) return null
          const loader = kind === 'client' ? clients : kind === 'rule' ? rules : users
          return (await loader.load(id))?.name || null
        },
      }),
      onBehalfOf: t.string({
        nullable: true,
        description: 'The name of the user who owns the rule, as it is now; null for the others.',
        resolve: async ({ id, kind }, _args, context) =>
          (id && kind === 'rule' && (await auditLoaders(context).rules.load(id))?.owner.name) || null,
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

/** The types of those whose ids aren't users'. */
const typeOf: Partial<Record<Actor['kind'], string>> = { client: 'Client', rule: 'Rule', contact: 'Contact' }

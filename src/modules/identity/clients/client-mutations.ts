import type { Builder } from '../../../graphql/builder.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { createClient, disableClient, enableClient, right, updateClient } from './clients.ts'
import { mostOrigins } from './origins.ts'
import type { ClientTypes } from './types.ts'

const auth = { read: right, write: right } // Whoever may not see what came of it may not do it.

/** Adds making and changing clients. */
export function addClientMutations(builder: Builder, { client, kind }: ClientTypes): void {
  const { newClient, changes } = addInputs(builder, kind)
  builder.mutationFields((t) => ({
    createClient: t.prismaField({
      type: client,
      nullable: true,
      description: 'Makes a client. It may do nothing until it has scopes, and call when it has a key.',
      auth,
      args: { input: t.arg({ type: newClient, required: true, description: 'The client to be.' }) },
      resolve: async (query, _root, { input: { kind: its, ...draft } }, context) => {
        const id = await createClient(context, its, draft)
        return context.database.client.findUniqueOrThrow({ ...query, where: { id } })
      },
    }),
    updateClient: t.prismaField({
      type: client,
      nullable: true,
      description: 'Changes a client. To add an origin you need to hold what its scopes give.',
      auth,
      args: {
        id: t.arg.id({ required: true, description: 'The client.' }),
        input: t.arg({ type: changes, required: true, description: 'What is absent stays as it is.' }),
      },
      resolve: async (query, _root, { id: its, input }, context) => {
        const id = uuidOf('Client', its)
        await updateClient(context, id, input)
        return context.database.client.findUniqueOrThrow({ ...query, where: { id } })
      },
    }),
    disableClient: t.prismaField({
      type: client,
      nullable: true,
      description: 'Makes all keys of a client worthless within a second, until it is enabled again.',
      auth,
      args: { id: t.arg.id({ required: true, description: 'The client.' }) },
      resolve: async (query, _root, { id: its }, context) => {
        const id = uuidOf('Client', its)
        await disableClient(context, id)
        return context.database.client.findUniqueOrThrow({ ...query, where: { id } })
      },
    }),
    enableClient: t.prismaField({
      type: client,
      nullable: true,
      description: 'Lets a client call again. You need to hold what its scopes give.',
      auth,
      args: { id: t.arg.id({ required: true, description: 'The client.' }) },
      resolve: async (query, _root, { id: its }, context) => {
        const id = uuidOf('Client', its)
        await enableClient(context, id)
        return context.database.client.findUniqueOrThrow({ ...query, where: { id } })
      },
    }),
  }))
}

function addInputs(builder: Builder, kind: ClientTypes['kind']) {
  const newClient = builder.inputType('CreateClientInput', {
    description: 'A client to be.',
    auth,
    fields: (t) => ({
      name: t.string({ required: true, description: 'Its name for people, one line; also in the audit log.' }),
      description: t.string({ description: 'What it is for.' }),
      kind: t.field({ type: kind, required: true, description: 'What it is.' }),
      origins: t.stringList({ description: origins }),
    }),
  })
  const changes = builder.inputType('UpdateClientInput', {
    description: 'What to change about a client.',
    auth,
    fields: (t) => ({
      name: t.string({ description: 'Its name for people, one line.' }),
      description: t.string({ description: 'What it is for; null or empty for nothing.' }),
      origins: t.stringList({ description: `${origins} In place of those that it has.` }),
    }),
  })
  return { newClient, changes }
}

const origins =
  'The origins whose pages may call with its publishable keys, exactly as browsers send them: `https://shop.example`. ' +
  `At most ${mostOrigins}.`

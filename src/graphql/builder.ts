import SchemaBuilder from '@pothos/core'
import PrismaPlugin from '@pothos/plugin-prisma'
import RelayPlugin from '@pothos/plugin-relay'
import { type GraphQLSchema, isObjectType } from 'graphql'
import type PrismaTypes from '#prisma/pothos.ts'
import { getDatamodel } from '#prisma/pothos.ts'
import './auth/plugin.ts'
import './auth/sight-plugin.ts'
import './node-id-plugin.ts'
import './read-log/plugin.ts'
import './received/plugin.ts'
import type { Context } from './context.ts'
import { addScalars, type Scalars } from './scalars.ts'

export type Builder = ReturnType<typeof newBuilder>

type BuilderTypes = Builder extends PothosSchemaTypes.SchemaBuilder<infer Types> ? Types : never

/** What makes the fields of an input type, for functions that several input types share. */
export type InputFields = PothosSchemaTypes.InputFieldBuilder<BuilderTypes, 'InputObject'>

/** Pages hold 50 objects unless said otherwise, and at most 500. */
export const pageSize = { default: 50, maximum: 500 }

/** The one schema builder, with its scalars and root types, before any module has added to it. */
export function createBuilder(): Builder {
  const builder = newBuilder()
  addScalars(builder)
  builder.queryType({ description: 'What can be read.' })
  builder.mutationType({
    description: 'What can be changed. Each mutation is one unit of work: all of it happens, or nothing.',
  })
  return builder
}

function isNode(schema: GraphQLSchema, typename: string) {
  const type = schema.getType(typename)
  return isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Node')
}

function newBuilder() {
  return new SchemaBuilder<{
    PrismaTypes: PrismaTypes
    Context: Context
    Scalars: Scalars
  }>({
    // The first is the outermost: rights are checked before anything else happens.
    plugins: ['auth', 'sight', 'received', 'readLog', 'nodeId', RelayPlugin, PrismaPlugin],
    relay: {
      // What holds a connection together is open; what is in it isn't.
      nodeTypeOptions: { auth: 'public', description: 'What has an identity across the whole API.' },
      pageInfoTypeOptions: { auth: 'public' },
      defaultConnectionTypeOptions: { auth: 'public' },
      defaultEdgeTypeOptions: { auth: 'public' },
      nodeQueryOptions: {
        auth: 'public',
        description: 'Any object by its id. The rights of its type and fields stand here, too.',
        // An id that names no such type leads nowhere, like any other that somebody made up.
        resolve: (_root, { id }, _context, { schema }, find) => (isNode(schema, id.typename) ? find(id) : null),
      },
      nodesQueryOptions: false,
    },
    prisma: {
      client: (context) => context.database,
      dmmf: getDatamodel(),
      maxConnectionSize: pageSize.maximum,
      defaultConnectionSize: pageSize.default,
    },
  })
}

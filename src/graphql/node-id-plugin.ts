import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes } from '@pothos/core'
import { encodeGlobalID } from '@pothos/plugin-relay'
import type { GraphQLFieldResolver } from 'graphql'

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      nodeId: NodeIdPlugin<Types>
    }
  }
}

type Resolver<Types extends SchemaTypes> = GraphQLFieldResolver<unknown, Types['Context'], object>

/**
 * Gives the ids of nodes at once. The Relay plugin's own way is to wait for each, and so for each object of a list that shows its id,
 * which is most of what a page of contacts would take.
 */
export class NodeIdPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override wrapResolve(
    resolve: Resolver<Types>,
    { parentType, name, pothosOptions }: PothosOutputFieldConfig<Types>,
  ): Resolver<Types> {
    const { interfaces, extensions } = { interfaces: [], ...this.buildCache.getTypeConfig(parentType) }
    const isNode = interfaces.length > 0 && extensions?.['pothosPrismaModel'] !== undefined
    if (name !== 'id' || !isNode || 'select' in pothosOptions) return resolve
    return (row, args, context, info) => {
      const id: unknown = typeof row === 'object' && row !== null ? Reflect.get(row, 'id') : undefined
      return typeof id === 'string' ? encodeGlobalID(parentType, id) : resolve(row, args, context, info)
    }
  }
}

SchemaBuilder.registerPlugin('nodeId', NodeIdPlugin)

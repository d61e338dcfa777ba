import SchemaBuilder, {
  BasePlugin,
  type FieldNullability,
  type InputFieldMap,
  type InputShapeFromFields,
  isThenable,
  type MaybePromise,
  type PothosOutputFieldConfig,
  type PothosTypeConfig,
  type SchemaTypes,
  type TypeParam,
} from '@pothos/core'
import type { GraphQLFieldResolver, GraphQLResolveInfo, GraphQLSchema } from 'graphql'
import type { JsonObject } from '../../database/json.ts'
import { asContext } from '../auth/plugin.ts'
import { logRead } from './loader.ts'
import { requireReadLogs } from './net.ts'

/** What the log tells of a look at something sensitive. */
export type ReadNote = {
  /** The contact that it is about, if it is about one. */
  contactId?: string | undefined
  /** Of the object that the field belongs to, unless that is the contact. */
  entityId?: string | undefined
  /** What the entry is of, unless it is the field itself: a type, and fields of it, each of which has an entry. */
  of?: { entity: string; fields: readonly string[] } | undefined
  /** What of it was asked for. No secrets, and no text of the caller's that could be anything (see `wordsOnly`). */
  what?: JsonObject | undefined
}

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      readLog: ReadLogPlugin<Types>
    }

    export interface ObjectTypeOptions<Types extends SchemaTypes, Shape> {
      /** Each field that leads to such an object has a `readLog`, or the schema does not build. */
      sensitive?: boolean
    }

    export interface FieldOptions<
      Types extends SchemaTypes,
      ParentShape,
      Type extends TypeParam<Types>,
      Nullable extends FieldNullability<Type>,
      Args extends InputFieldMap,
      ResolveShape,
      ResolveReturnShape,
    > {
      /**
       * To read this is sensitive: it is logged before the value is there, and without the entry there is no value. Says what
       * the entry tells, or nothing where what is asked for isn't. Throws what the resolver would throw where a right is
       * missing, since that is no reading.
       */
      readLog?: (
        parent: ParentShape,
        args: InputShapeFromFields<Args>,
        context: Types['Context'],
        info: GraphQLResolveInfo,
      ) => MaybePromise<ReadNote | undefined>
    }
  }
}

type Resolver<Types extends SchemaTypes> = GraphQLFieldResolver<unknown, Types['Context'], object>

// A method, so that it fits whatever parent the field has: it gets the same one as the field's resolver.
type Noting<Types extends SchemaTypes> = {
  readLog?(
    parent: unknown,
    args: object,
    context: Types['Context'],
    info: GraphQLResolveInfo,
  ): MaybePromise<ReadNote | undefined>
}

/**
 * Logs reads of what is sensitive, such as histories and reports, once the rights were checked and before anything is
 * resolved. Others cost nothing.
 */
export class ReadLogPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onTypeConfig(config: PothosTypeConfig): PothosTypeConfig {
    const sensitive = config.kind === 'Object' && 'sensitive' in config.pothosOptions && config.pothosOptions.sensitive
    return sensitive ? { ...config, extensions: { ...config.extensions, sensitive } } : config
  }

  override onOutputFieldConfig(config: PothosOutputFieldConfig<Types>): PothosOutputFieldConfig<Types> {
    const { readLog } = config.pothosOptions
    return readLog ? { ...config, extensions: { ...config.extensions, readLog: true } } : config
  }

  override wrapResolve(resolve: Resolver<Types>, config: PothosOutputFieldConfig<Types>): Resolver<Types> {
    const { readLog }: Noting<Types> = config.pothosOptions
    if (!readLog) return resolve
    return (parent, args, given, info) => {
      const goOn = () => resolve(parent, args, given, info)
      const logged = (note: ReadNote | undefined) => (note ? logRead(asContext(given), info, note).then(goOn) : goOn())
      const note = readLog(parent, args, given, info)
      return isThenable(note) ? note.then(logged) : logged(note)
    }
  }

  override afterBuild(schema: GraphQLSchema): GraphQLSchema {
    requireReadLogs(schema)
    return schema
  }
}

SchemaBuilder.registerPlugin('readLog', ReadLogPlugin)

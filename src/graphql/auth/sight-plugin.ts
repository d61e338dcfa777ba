import SchemaBuilder, {
  BasePlugin,
  getTypeBrand,
  isThenable,
  type PothosOutputFieldConfig,
  type PothosOutputFieldType,
  type PothosTypeConfig,
  type SchemaTypes,
} from '@pothos/core'
import type { GraphQLFieldResolver } from 'graphql'
import { hasField } from '../../database/models.ts'
import { forgetSeen, isBound, sees } from '../../modules/contacts/sight.ts'
import type { Context } from '../context.ts'
import { layer } from '../execute/layers.ts'
import { asContext } from './plugin.ts'

/**
 * The contact that an object is about, by its UUID; null if it is about none. `all contacts` is what tells of them
 * without naming one, such as how many there are.
 */
export type About<Shape = unknown> = 'all contacts' | ((object: Shape) => string | null)

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      sight: SightPlugin<Types>
    }

    export interface ObjectTypeOptions<Types extends SchemaTypes, Shape> {
      /** Known by itself of Prisma's models that have a `contactId`. */
      about?: About<Shape>
    }
  }
}

type Resolver<Types extends SchemaTypes> = GraphQLFieldResolver<unknown, Types['Context'], object>

/** Whether an object may be shown to a caller who is bound to purposes. */
type Check = (object: unknown, context: Context) => boolean | Promise<boolean>

/**
 * Lets callers who are bound to purposes have only objects about contacts that they see, whatever field leads there: null
 * comes in the place of others, and lists leave them out. It is the net below resolvers that ask by themselves, as those of
 * lists and counts have to. Costs others nothing.
 */
export class SightPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onTypeConfig(config: PothosTypeConfig): PothosTypeConfig {
    if (config.kind !== 'Object') return config
    const about = aboutOf(config)
    return about ? { ...config, extensions: { ...config.extensions, about } } : config
  }

  override wrapResolve(resolve: Resolver<Types>, config: PothosOutputFieldConfig<Types>): Resolver<Types> {
    const check = this.checkFor(config.type)
    if (config.type.kind !== 'List' && check && !config.type.nullable) {
      throw new Error(`${config.parentType}.${config.name} must be nullable: not everybody sees every contact.`)
    }
    const isMutation = config.parentType === 'Mutation'
    if (!check && !isMutation) return resolve
    const outer: Resolver<Types> = (parent, args, given, info) => {
      const context = asContext(given)
      if (!isBound(context)) return resolve(parent, args, given, info)
      if (isMutation) forgetSeen(context)
      const found = resolve(parent, args, given, info)
      if (!check) return found
      const look = (value: unknown) => onlySeen(value, (object) => check(object, context))
      return isThenable(found) ? found.then(look) : look(found)
    }
    return layer(outer, resolve, (context) => !isBound(context))
  }

  private checkFor(type: PothosOutputFieldType<Types>): Check | undefined {
    if (type.kind === 'List') return this.checkFor(type.type)
    if (type.kind === 'Object') return checkOf(this.buildCache.getTypeConfig(type.ref).extensions?.['about'])
    if (type.kind !== 'Interface' && type.kind !== 'Union') return undefined
    // Which type it is shows only once the object is there. One that doesn't say it is nobody's.
    return (object, context) => {
      const brand = getTypeBrand(object)
      if (!brand) return false
      const check = checkOf(this.buildCache.getTypeConfig(brand).extensions?.['about'])
      return check ? check(object, context) : true
    }
  }
}

function aboutOf({ pothosOptions, extensions }: PothosTypeConfig): unknown {
  if ('about' in pothosOptions && pothosOptions.about) return pothosOptions.about
  const model = extensions?.['pothosPrismaModel']
  if (typeof model !== 'string') return undefined
  if (model === 'Contact') return (row: object) => Reflect.get(row, 'id')
  return hasField(model, 'contactId') ? (row: object) => Reflect.get(row, 'contactId') : undefined
}

function checkOf(about: unknown): Check | undefined {
  if (about === 'all contacts') return () => false
  if (typeof about !== 'function') return undefined
  return (object, context) => {
    const id: unknown = about(object)
    if (id === null) return true
    return typeof id === 'string' && sees(context, id)
  }
}

async function onlySeen(value: unknown, check: (object: unknown) => boolean | Promise<boolean>): Promise<unknown> {
  if (value === null || value === undefined || value instanceof Error) return value
  if (!Array.isArray(value)) return (await check(value)) ? value : null
  const items: unknown[] = await Promise.all(value)
  const seen = await Promise.all(items.map((item) => onlySeen(item, check)))
  // What was null before stays: it answers something.
  return seen.filter((item, index) => item !== null || items[index] === null)
}

SchemaBuilder.registerPlugin('sight', SightPlugin)

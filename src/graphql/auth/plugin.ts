import SchemaBuilder, {
  BasePlugin,
  type PothosInputFieldConfig,
  type PothosOutputFieldConfig,
  type PothosTypeConfig,
  type SchemaTypes,
} from '@pothos/core'
import type { GraphQLArgument, GraphQLFieldResolver } from 'graphql'
import type { Context } from '../context.ts'
import { forbiddenInput, forbiddenRead, forPeople, unauthenticated } from '../errors.ts'
import { layer } from '../execute/layers.ts'
import type { Auth, EffectiveAuth } from './directive.ts'
import './global-types.ts'
import { deniedInputs, hasGuardedInputs } from './input.ts'

const rootTypes = ['Query', 'Mutation', 'Subscription']

/**
 * Field rights for Pothos. A right stands on the field as data; from it come the `@auth` directive in the printed
 * schema, the sentence in the description, and the enforcement: denied output is null with an error, a field with
 * denied input does nothing. What says nothing about rights does not build.
 */
export class AuthPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onTypeConfig(config: PothosTypeConfig): PothosTypeConfig {
    if (config.kind !== 'Object' && config.kind !== 'Interface' && config.kind !== 'InputObject') return config
    const { auth } = config.pothosOptions
    return auth ? { ...config, extensions: { ...config.extensions, ...directive(auth) } } : config
  }

  override onOutputFieldConfig(config: PothosOutputFieldConfig<Types>): PothosOutputFieldConfig<Types> {
    const own = config.pothosOptions.auth
    const place = `${config.parentType}.${config.name}`
    const auth = own ?? this.authOfType(config.parentType)
    if (!auth) throw new Error(`${place} names no right. Give it, or its type, "auth", or say "public".`)
    this.refuseOpenFieldOfGuardedType(place, own, config.parentType)
    const onRoot = rootTypes.includes(config.parentType)
    if (
      own &&
      own !== 'public' &&
      !config.type.nullable &&
      !onRoot &&
      own.read !== readOf(this.authOfType(config.parentType))
    ) {
      throw new Error(`${place} has a right of its own, so it must be nullable: a denied read is null.`)
    }
    return { ...config, ...this.marked(config, own, auth) }
  }

  override onInputFieldConfig(config: PothosInputFieldConfig<Types>): PothosInputFieldConfig<Types> {
    const own = config.pothosOptions.auth
    // An argument is covered by the right of its field.
    if (config.kind === 'Arg') return this.named(own ? { ...config, ...this.marked(config, own, own) } : config)
    const auth = own ?? this.authOfType(config.parentType)
    if (!auth) {
      throw new Error(
        `${config.parentType}.${config.name} names no right. Give it, or its type, "auth", or say "public".`,
      )
    }
    return this.named({ ...config, ...this.marked(config, own, auth) })
  }

  /** Runs before arguments are mapped or checked, and before any resolver. */
  override wrapArgMappers(
    resolve: GraphQLFieldResolver<unknown, Types['Context'], object> | undefined,
    config: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types['Context'], object> | undefined {
    const auth = config.pothosOptions.auth ?? this.authOfType(config.parentType)
    const { read, write: toWrite } = effective(auth)
    // On what is read, the right to write is told, for clients; what writes are mutations and their inputs.
    const write = config.parentType === 'Mutation' ? toWrite : undefined
    // What is open to everybody to change is one's own account. Clients have none, and only what their scopes name.
    const forUsers = config.parentType === 'Mutation' && auth === 'public' && !config.pothosOptions.clients
    const hasArguments = Object.keys(config.args).length > 0
    if (!resolve || !(read || write || forUsers || hasArguments)) return resolve
    let guarded: boolean | undefined
    const isGuarded = (definition: readonly GraphQLArgument[]) => {
      if (hasArguments) guarded ??= hasGuardedInputs(definition)
      return guarded
    }
    const outer: typeof resolve = (parent, args, given, info) => {
      const context = asContext(given)
      const { rights } = context
      if (forUsers && context.actor.kind === 'client') throw forPeople()
      if (read && !rights.canRead(read)) throw signedIn(context) ? forbiddenRead(read) : unauthenticated()
      const definition = info.parentType.getFields()[info.fieldName]?.args ?? []
      const denied = isGuarded(definition) ? deniedInputs(definition, { ...args }, rights) : []
      if (write && !rights.canWrite(write)) denied.unshift({ path: info.fieldName, access: 'write', right: write })
      if (denied.length > 0) throw signedIn(context) ? forbiddenInput(denied) : unauthenticated()
      return resolve(parent, args, given, info)
    }
    if (write || forUsers) return outer
    return layer(outer, resolve, ({ rights }, { args }) => (!read || rights.canRead(read)) && !isGuarded(args))
  }

  /** It would print as if the type's right held. */
  private refuseOpenFieldOfGuardedType(place: string, own: Auth | undefined, type: string) {
    const { read, write } = effective(this.authOfType(type))
    if (own === 'public' && (read || write)) throw new Error(`${place} can't be public: its type isn't.`)
  }

  private authOfType(name: string): Auth | undefined {
    const { pothosOptions } = this.buildCache.getTypeConfig(name)
    return 'auth' in pothosOptions ? pothosOptions.auth : undefined
  }

  /** Leaves on an input what right its value names. */
  private named(config: PothosInputFieldConfig<Types>): PothosInputFieldConfig<Types> {
    const { authByValue } = config.pothosOptions
    if (!authByValue) return config
    const description = [config.description?.replace('Right: none needed.', '').trim(), `Right: ${authByValue.tells}.`]
    return {
      ...config,
      description: description.filter(Boolean).join('\n\n'),
      extensions: { ...config.extensions, authByValue },
    }
  }

  private marked(
    config: { description?: string | null | undefined; extensions?: object | null | undefined },
    own: Auth | undefined,
    auth: Auth,
  ) {
    return {
      description: [config.description, sentence(auth)].filter(Boolean).join('\n\n'),
      extensions: { ...config.extensions, ...(own && directive(own)), auth: effective(auth) },
    }
  }
}

/** The context, which Pothos knows only as some object; without our rights in it nothing may run. */
export function asContext(context: object): Context {
  if (!hasRights(context)) throw new Error('the GraphQL context carries no rights')
  return context
}

const hasRights = (context: object): context is Context => 'rights' in context && 'actor' in context

const signedIn = (context: Context) => context.actor.kind !== 'anonymous'

const effective = (auth: Auth | undefined): EffectiveAuth => (!auth || auth === 'public' ? {} : auth)

const readOf = (auth: Auth | undefined) => effective(auth).read

const directive = (auth: Auth) => (auth === 'public' ? {} : { directives: { auth } })

function sentence(auth: Auth): string {
  const { read, write } = effective(auth)
  const rights = [read && `read \`${read}\``, write && `write \`${write}\``].filter(Boolean)
  return rights.length > 0 ? `Right: ${rights.join(', ')}.` : 'Right: none needed.'
}

SchemaBuilder.registerPlugin('auth', AuthPlugin)

import type { GraphQLField } from 'graphql'
import type { Context } from '../context.ts'

// What checks and notes around resolvers is laid around them layer by layer when the schema is built. For most callers most layers have
// nothing to do; which these are is found out once for an operation, and not for each value.

/** Whether a layer does nothing for a caller but call what it is laid around. The answer must hold for the whole operation. */
type IsIdle = (context: Context, field: GraphQLField<unknown, unknown>) => boolean

const layers = new WeakMap<object, { inner: object; isIdle: IsIdle }>()

/** Says of a resolver that it is laid around another one, and when it needn't be. */
export function layer<Resolver extends object>(outer: Resolver, inner: Resolver, isIdle: IsIdle): Resolver {
  layers.set(outer, { inner, isIdle })
  return outer
}

/** Whether anything is laid around a resolver. */
export const isLayered = (resolve: object): boolean => layers.has(resolve)

/** What is left of a resolver for this caller, from the first layer on that has something to do. */
export function withoutIdle<Resolver extends object>(
  resolve: Resolver,
  context: Context,
  field: GraphQLField<unknown, unknown>,
): Resolver {
  let left: object = resolve
  for (let outer = layers.get(left); outer?.isIdle(context, field); outer = layers.get(left)) {
    left = outer.inner
  }
  return left as Resolver // what is laid around it takes and gives the same
}

import { printSchemaWithDirectives } from '@graphql-tools/utils'
import { type GraphQLSchema, lexicographicSortSchema, specifiedDirectives } from 'graphql'
import type { Module } from '../modules/module.ts'
import { authDirective } from './auth/directive.ts'
import { createBuilder } from './builder.ts'
import { describeRest } from './describe.ts'

const built = new WeakMap<readonly Module[], GraphQLSchema>()

/** The schema that the modules make together, in the order of their list; made once for each list. */
export function buildSchema(modules: readonly Module[]): GraphQLSchema {
  const schema = built.get(modules) ?? build(modules)
  built.set(modules, schema)
  return schema
}

function build(modules: readonly Module[]): GraphQLSchema {
  const builder = createBuilder()
  const present = new Set<string>()
  for (const module of modules) {
    const missing = module.needs.find((name) => !present.has(name))
    if (missing) throw new Error(`The module ${module.name} needs ${missing}: put that before it in the list.`)
    module.schema(builder, modules)
    present.add(module.name)
  }
  const schema = builder.toSchema({ directives: [...specifiedDirectives, authDirective] })
  describeRest(schema)
  return schema
}

/** The text of `schema.graphql`, sorted, so that a change shows as what it is. */
export const printedSchema = (schema: GraphQLSchema): string =>
  `${printSchemaWithDirectives(lexicographicSortSchema(schema))}\n`

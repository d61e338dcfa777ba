import {
  type ASTNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import { isBound } from '../../modules/contacts/sight.ts'
import type { Context } from '../context.ts'
import { type DeniedInput, type LetheError, letheErrorIn } from '../errors.ts'
import { rootFieldOf } from '../root-field.ts'
import { type Denial, type DenialTally, denialsOf, withoutIndexes } from './tally.ts'

/** An operation that was executed. */
export type Execution = {
  schema: GraphQLSchema
  document: DocumentNode
  operationName?: string | null | undefined
  contextValue: Context
}

/** What an operation was refused: by these errors, and what was noted on the way. Undefined if nothing was. */
export function collectDenials(execution: Execution, errors: readonly GraphQLError[]): DenialTally | undefined {
  const { contextValue: context } = execution
  const refusals = errors.flatMap((error) => {
    const cause = letheErrorIn(error)
    return cause && isRefusal(context, cause) ? [{ error, cause }] : []
  })
  if (refusals.length === 0) return context.loaders.denials
  const tally = denialsOf(context)
  const places = placesOf(execution)
  const rootFieldAt = rootFieldsOf(execution)
  for (const { error, cause } of refusals) {
    const field = places.get(error.nodes?.[0]) ?? ''
    for (const denial of denialsIn(cause)) tally.add(rootFieldAt(error), { field, ...denial })
  }
  return tally
}

/** To callers who are bound to purposes, contacts that they don't see are as if there were none: they are refused those. */
const isRefusal = (context: Context, { code }: LetheError) =>
  code === 'FORBIDDEN' || (code === 'NOT_FOUND' && isBound(context))

function denialsIn({ message, extensions: { denied, right } }: LetheError): Omit<Denial, 'field'>[] {
  if (typeof right === 'string') return [{ right, access: 'read' }]
  if (isDenied(denied)) return denied.map(({ path, ...what }) => ({ input: withoutIndexes(path), ...what }))
  return [{ reason: message.slice(0, 200) }]
}

const isDenied = (value: unknown): value is readonly DeniedInput[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null && 'path' in item)

/** Which field of the schema each field of the operation is: what callers call it there, nobody need know. */
function placesOf({ schema, document }: Execution): ReadonlyMap<ASTNode | undefined, string> {
  const types = new TypeInfo(schema)
  const places = new Map<ASTNode | undefined, string>()
  const Field = (node: ASTNode) => void places.set(node, `${types.getParentType()}.${types.getFieldDef()?.name}`)
  visit(document, visitWithTypeInfo(types, { Field }))
  return places
}

function rootFieldsOf({ document, operationName }: Execution): (error: GraphQLError) => string {
  const operation = getOperationAST(document, operationName)
  const fragments = Object.fromEntries(
    document.definitions.flatMap((part): [string, FragmentDefinitionNode][] =>
      part.kind === Kind.FRAGMENT_DEFINITION ? [[part.name.value, part]] : [],
    ),
  )
  return ({ path: [key] = [] }) => (operation && key !== undefined ? rootFieldOf(operation, fragments, `${key}`) : '')
}

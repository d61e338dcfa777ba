import {
  type GraphQLArgument,
  type GraphQLInputField,
  GraphQLInputObjectType,
  type GraphQLInputType,
  getNamedType,
} from 'graphql'
import type { DeniedInput } from '../errors.ts'
import { authByValue, type EffectiveAuth, effectiveAuth } from './directive.ts'
import type { Rights } from './rights.ts'

/**
 * Every input field of the arguments that the caller may not use. Only what was supplied counts, and an explicit `null`
 * was. Walks the whole input before anything runs, so that one answer can name all.
 */
export function deniedInputs(
  args: readonly GraphQLArgument[],
  supplied: Readonly<Record<string, unknown>>,
  rights: Rights,
): DeniedInput[] {
  const denied: DeniedInput[] = []
  visit(args, supplied, '', rights, denied)
  return denied
}

function visit(
  fields: readonly (GraphQLArgument | GraphQLInputField)[],
  supplied: object,
  prefix: string,
  rights: Rights,
  denied: DeniedInput[],
) {
  const values = new Map(Object.entries(supplied))
  for (const field of fields) {
    if (!values.has(field.name)) continue
    const path = prefix + field.name
    const { read, write } = rightsNeeded(field, values.get(field.name))
    if (read && !rights.canRead(read)) denied.push({ path, access: 'read', right: read })
    else if (write && !rights.canWrite(write)) denied.push({ path, access: 'write', right: write })
    else descend(field.type, values.get(field.name), path, rights, denied)
  }
}

/** Those that stand on it, or that its value names. */
function rightsNeeded(field: GraphQLArgument | GraphQLInputField, value: unknown): EffectiveAuth {
  const named = authByValue(field)
  return named ? { ...effectiveAuth(field), [named.access]: named.right(value) } : effectiveAuth(field)
}

function descend(type: GraphQLInputType, value: unknown, path: string, rights: Rights, denied: DeniedInput[]) {
  const named = getNamedType(type)
  if (!(named instanceof GraphQLInputObjectType) || value === null || typeof value !== 'object') return
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      descend(type, item, `${path}.${index}`, rights, denied)
    })
  } else {
    visit(Object.values(named.getFields()), value, `${path}.`, rights, denied)
  }
}

/** Whether anything in these arguments, at any depth, names a right. */
export function hasGuardedInputs(
  fields: readonly (GraphQLArgument | GraphQLInputField)[],
  seen = new Set<GraphQLInputObjectType>(),
): boolean {
  return fields.some((field) => {
    const { read, write } = effectiveAuth(field)
    if (read || write || authByValue(field)) return true
    const named = getNamedType(field.type)
    if (!(named instanceof GraphQLInputObjectType) || seen.has(named)) return false
    seen.add(named)
    return hasGuardedInputs(Object.values(named.getFields()), seen)
  })
}

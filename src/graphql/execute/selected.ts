import { type GraphQLField, type GraphQLResolveInfo, getNamedType, isObjectType } from 'graphql'
import type { FieldPlan } from './plan.ts'
import { Info } from './run.ts'

type Field = GraphQLField<unknown, unknown>

const known = new WeakMap<FieldPlan, Map<string, readonly Field[]>>()

/**
 * Which fields are selected beneath this one, of the objects at a path of fields: `['edges', 'node']`. Worked out once for an operation.
 * Undefined of what runs by no plan, as the events of a subscription.
 */
export function selectedFields(info: GraphQLResolveInfo, path: readonly string[] = []): readonly Field[] | undefined {
  if (!(info instanceof Info)) return undefined
  const paths = known.get(info.field) ?? new Map<string, readonly Field[]>()
  known.set(info.field, paths)
  const key = path.join('.')
  const fields = paths.get(key) ?? find([info.field], path).map(({ definition }) => definition)
  paths.set(key, fields)
  return fields
}

function find(parents: readonly FieldPlan[], [name, ...rest]: readonly string[]): readonly FieldPlan[] {
  const fields = parents.flatMap((parent) => {
    const type = getNamedType(parent.definition.type)
    return isObjectType(type) ? parent.selectionOf(type).fields : []
  })
  return name === undefined
    ? fields
    : find(
        fields.filter(({ definition }) => definition.name === name),
        rest,
      )
}

/**
 * Says of a field (`extensions`) which columns of its object it reads, and no others, and that its resolver doesn't ask for the fourth of its
 * parameters unless it declares it. Of exposed ones all of that is known.
 */
export const reads = <Column extends string>(...columns: readonly Column[]): { reads: readonly Column[] } => ({
  reads: columns,
})

/** The columns that fields of an object read; undefined where one of them doesn't say, or nobody knows which they are. */
export function columnsRead(fields: readonly Field[] | undefined): readonly string[] | undefined {
  if (!fields) return undefined
  const columns = new Set<string>()
  for (const { name, extensions } of fields) {
    const { reads: said, pothosExposedField: exposed }: { reads?: string[]; pothosExposedField?: string } = extensions
    const own = said ?? (exposed === undefined ? nameless(name) : [exposed])
    if (!own) return undefined
    for (const column of own) columns.add(column)
  }
  return [...columns]
}

/** What GraphQL answers itself reads nothing; ids of nodes are of their own column. */
const nameless = (name: string) => (name.startsWith('__') ? [] : name === 'id' ? ['id'] : undefined)

import {
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  isUnionType,
} from 'graphql'

/**
 * Throws unless each field that leads to a sensitive object logs that it is read. A page and its edges lead there, too: what
 * leads to them is what has to log.
 */
export function requireReadLogs(schema: GraphQLSchema): void {
  const types = Object.values(schema.getTypeMap()).filter(isObjectType)
  const sensitive = new Set(types.filter(({ extensions }) => extensions['sensitive']).map(({ name }) => name))
  if (sensitive.size === 0) return
  const open = types.find((type) => sensitive.has(type.name) && type.getInterfaces().length > 0)
  if (open) throw new Error(`${open.name} is sensitive, and "node" would lead to it without a log: it can't be one.`)
  const leads = (field: GraphQLField<unknown, unknown>) => sensitive.has(getNamedType(field.type).name)
  // Edges come before pages here, so that one round is enough for each.
  for (const wrapper of [/Edge$/, /Connection$/]) {
    for (const type of types) {
      if (wrapper.test(type.name) && Object.values(type.getFields()).some(leads)) sensitive.add(type.name)
    }
  }
  for (const type of Object.values(schema.getTypeMap())) {
    if (isUnionType(type) && type.getTypes().some(({ name }) => sensitive.has(name))) {
      throw new Error(`${type.name} leads to what is sensitive, and a union can't log it.`)
    }
    if (!(isObjectType(type) || isInterfaceType(type)) || sensitive.has(type.name)) continue
    for (const field of Object.values(type.getFields())) {
      if (!leads(field) || field.extensions['readLog']) continue
      throw new Error(`${type.name}.${field.name} leads to what is sensitive, so it needs a "readLog".`)
    }
  }
}

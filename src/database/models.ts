import { getDatamodel } from '#prisma/pothos.ts'

/** What Prisma's data model says about a model, where the types of its client don't help: at run time. */
const datamodel = () => {
  loaded ??= getDatamodel().datamodel.models
  return loaded
}
let loaded: ReturnType<typeof getDatamodel>['datamodel']['models'] | undefined

function fieldsOf(model: string) {
  const found = datamodel()[model]
  if (!found) throw new Error(`there is no model ${model}`)
  return found
}

/** The names of the fields that lead to other models. */
export function relationsOf(model: string): string[] {
  return fieldsOf(model)
    .fields.filter((field) => field.kind === 'object')
    .map((field) => field.name)
}

/** The part of a row that identifies it. */
export function primaryKey(model: string, row: Record<string, unknown>): Record<string, unknown> {
  const { primaryKey: compound, fields } = fieldsOf(model)
  const names = compound?.fields ?? fields.filter((field) => field.isId).map((field) => field.name)
  return Object.fromEntries(names.map((name) => [name, row[name]]))
}

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

/** Whether a model has a field of this name. */
export const hasField = (model: string, name: string): boolean =>
  fieldsOf(model).fields.some((field) => field.name === name)

/** The part of a row that identifies it. */
export function primaryKey(model: string, row: Record<string, unknown>): Record<string, unknown> {
  const { primaryKey: compound, fields } = fieldsOf(model)
  const names = compound?.fields ?? fields.filter((field) => field.isId).map((field) => field.name)
  return Object.fromEntries(names.map((name) => [name, row[name]]))
}

type Table = {
  table: string
  /** Of each field. */
  columns: ReadonlyMap<string, string>
  /** The fields whose values are JSON. */
  json: ReadonlySet<string>
}

/** The table of a model, and the column of each of its fields. */
export function tableOf(client: object, model: string): Table {
  const known = tables.get(model)
  if (known) return known
  // Prisma's client knows the names in the database, but shows them to itself only.
  const all: unknown = Reflect.get(client, '_runtimeDataModel')
  if (!isRuntimeModel(all)) throw new Error('Prisma keeps its runtime data model elsewhere: update tableOf()')
  const found = all.models[model]
  if (!found) throw new Error(`there is no model ${model}`)
  const columns = found.fields
    .filter((field) => field.kind !== 'object')
    .map(({ name, dbName }) => [name, dbName ?? name] as const)
  const json = found.fields.filter(({ type }) => type === 'Json').map(({ name }) => name)
  const table = { table: found.dbName ?? model, columns: new Map(columns), json: new Set(json) }
  tables.set(model, table)
  return table
}

type RuntimeModel = {
  models: Record<
    string,
    { dbName?: string | null; fields: { name: string; kind: string; type: string; dbName?: string }[] }
  >
}

const tables = new Map<string, Table>()

const isRuntimeModel = (value: unknown): value is RuntimeModel =>
  typeof value === 'object' && value !== null && 'models' in value

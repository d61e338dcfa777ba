import DataLoader from 'dataloader'
import type { Context } from '../../graphql/context.ts'
import type { Definition } from './definition.ts'
import { indexesOf, indexPrefix } from './index-names.ts'

export type IndexState = 'none' | 'requested' | 'ready' | 'obsolete'

declare module '../../graphql/context.ts' {
  interface Loaders {
    fieldIndexes?: DataLoader<Definition, IndexState>
  }
}

type Asker = Pick<Context['database'], '$queryRaw'>

/** The indexes of fields that there are, with whether they can be used. */
export async function presentIndexes(database: Asker): Promise<ReadonlyMap<string, boolean>> {
  const rows = await database.$queryRaw<{ name: string; valid: boolean }[]>`
    SELECT c.relname AS name, i.indisvalid AS valid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid = 'contact'::regclass AND starts_with(c.relname, ${indexPrefix}::text)`
  return new Map(rows.map(({ name, valid }) => [name, valid]))
}

/** Whether the indexes of fields are there, of all of a request in one statement. */
export function indexStates({
  loaders,
  database,
}: Pick<Context, 'loaders' | 'database'>): DataLoader<Definition, IndexState> {
  loaders.fieldIndexes ??= new DataLoader(async (definitions) => {
    const present = await presentIndexes(database)
    return definitions.map((definition) => stateOf(definition, present))
  })
  return loaders.fieldIndexes
}

function stateOf(definition: Definition, present: ReadonlyMap<string, boolean>): IndexState {
  const indexes = indexesOf(definition)
  if (!definition.indexedAt) return indexes.some(({ name }) => present.has(name)) ? 'obsolete' : 'none'
  return indexes.every(({ name }) => present.get(name)) ? 'ready' : 'requested'
}

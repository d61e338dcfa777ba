import DataLoader from 'dataloader'
import type { GraphQLResolveInfo } from 'graphql'
import { NIL } from 'uuid'
import type { Json } from '../../database/json.ts'
import { logReads, type SensitiveRead } from '../../modules/audit/log-reads.ts'
import type { Context } from '../context.ts'
import { rootFieldOf } from '../root-field.ts'
import type { ReadNote } from './plugin.ts'

type Read = SensitiveRead & { operation: string }

declare module '../context.ts' {
  interface Loaders {
    reads?: DataLoader<Read, true, string>
  }
}

/**
 * Settles once the log has an entry for this field; throws when it can't be written. A page of objects makes one statement,
 * and what was logged in a request isn't logged again, under whatever alias.
 */
export async function logRead(context: Context, info: GraphQLResolveInfo, note: ReadNote): Promise<void> {
  const { loaders } = context
  loaders.reads ??= new DataLoader((some: readonly Read[]) => write(context, some), { cacheKeyFn: JSON.stringify })
  const { reads } = loaders
  const { parentType, fieldName: field } = info
  const operation = rootFieldOf(info.operation, info.fragments, rootKey(info.path))
  // What a root field gives belongs to nothing.
  const { contactId, what, entityId = parentType === info.schema.getQueryType() ? NIL : (contactId ?? NIL) } = note
  const { entity, fields } = note.of ?? { entity: parentType.name, fields: [field] }
  await Promise.all(fields.map((one) => reads.load({ operation, entity, entityId, contactId, field: one, what })))
}

async function write(context: Context, reads: readonly Read[]): Promise<true[]> {
  const byOperation = Map.groupBy(reads, ({ operation }) => operation)
  for (const [operation, group] of byOperation) await logReads(context, operation, together(group))
  return reads.map(() => true)
}

/** The same field of the same contact, asked for in several ways, is one entry that tells of all. */
function together(reads: readonly Read[]): SensitiveRead[] {
  const same = Map.groupBy(reads, ({ what: _, ...read }) => JSON.stringify(read))
  return [...same.values()].flatMap((group) => {
    const [first] = group
    const ways: Json[] = group.flatMap(({ what }) => what ?? [])
    return first ? [{ ...first, what: ways.length > 1 ? { any: ways } : first.what }] : []
  })
}

function rootKey(path: GraphQLResolveInfo['path']): string {
  let root = path
  while (root.prev) root = root.prev
  return String(root.key)
}

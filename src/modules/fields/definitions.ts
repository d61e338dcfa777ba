import { Prisma, type FieldDefinition as Row } from '#prisma/client.ts'
import type { Database } from '../../database/client.ts'
import { rowsIn } from '../../database/rows-in.ts'
import type { Transaction } from '../../database/transact.ts'
import type { MaybePromise } from '../../maybe-promise.ts'
import { type Definition, definitionOf } from './definition.ts'

/** All custom fields that there are, retired ones included, in the order in which forms show them. */
export type Definitions = {
  all: readonly Definition[]
  get: (key: string) => Definition | undefined
  /** Tells them apart from what they were before any change. */
  stamp: string
}

/** How long what one process knows may be older than what another one defined, where no notification comes. */
const longestKnown = 1000

type Known = { since: number; found: Promise<Definitions>; there?: Definitions }

// By the database that they are in, so that a change is forgotten for all who use it.
const known = new WeakMap<Database, Known>()

/** The custom fields, at most a second old. For writing, `currentDefinitions`. */
export function definitionsOf({ database }: { database: Database }): Promise<Definitions> {
  return knownTo(database).found
}

/** The same, at once if they are known: for what is asked for each of many contacts. */
export function definitionsThere({ database }: { database: Database }): MaybePromise<Definitions> {
  const { there, found } = knownTo(database)
  return there ?? found
}

function knownTo(database: Database): Known {
  const last = known.get(database)
  if (last && performance.now() - last.since < longestKnown) return last
  const next: Known = { since: performance.now(), found: read(database) }
  known.set(database, next)
  next.found.then(
    (there) => {
      next.there = there
    },
    () => forgetDefinitions(database),
  )
  return next
}

/** The same for who can't wait for a connection, having one already; undefined if they aren't at hand. */
export function definitionsAtHand({ database }: { database: Database }): Definitions | undefined {
  const last = known.get(database)
  return last && performance.now() - last.since < longestKnown ? last.there : undefined
}

/** They changed: whoever asks next reads them anew. */
export const forgetDefinitions = (database: Database): void => void known.delete(database)

/**
 * The custom fields as they are, and stay until the end of this transaction, so that nothing is written that they don't
 * allow. Comes first in the transaction: what it sees is as of its first statement after the lock.
 */
export async function currentDefinitions(tx: Transaction): Promise<Definitions> {
  tx.$later(Prisma.sql`LOCK TABLE field_definition IN ROW SHARE MODE`)
  return definitionsIn(await rowsIn<Row>(tx, rows))
}

/** Keeps everybody from writing values until the end of this transaction, in which definitions change. Comes first in it, too. */
export async function holdDefinitions(tx: Transaction): Promise<Definitions> {
  await tx.$executeRaw`LOCK TABLE field_definition IN EXCLUSIVE MODE`
  return read(tx)
}

/** For who needs none. */
export const noDefinitions: Definitions = { all: [], get: () => undefined, stamp: '' }

type Reader = { fieldDefinition: { findMany: (args: { orderBy: typeof order }) => PromiseLike<Row[]> } }

const order: Prisma.FieldDefinitionOrderByWithRelationInput[] = [{ group: 'asc' }, { position: 'asc' }, { key: 'asc' }]

const read = async (from: Reader): Promise<Definitions> =>
  definitionsIn(await from.fieldDefinition.findMany({ orderBy: order }))

const rows = Prisma.sql`
  SELECT id, key, kind, labels, help, group_name AS "group", position, required, is_unique AS "unique", min, max, max_length AS "maxLength",
    pattern, options, default_value AS "default", category, sensitive, purpose, retention_class AS "retentionClass", partners, contact,
    index_requested_at AS "indexedAt", former_kind AS "formerKind", clears, retired_at AS "retiredAt", version,
    created_at AS "createdAt", updated_at AS "updatedAt"
  FROM field_definition ORDER BY group_name, position, key`

function definitionsIn(found: readonly Row[]): Definitions {
  const all = found.map(definitionOf)
  const byKey = new Map(all.map((definition) => [definition.key, definition]))
  return { all, get: (key) => byKey.get(key), stamp: all.map(({ id, version }) => `${id} ${version}`).join() }
}

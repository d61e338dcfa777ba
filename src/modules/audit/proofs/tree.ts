import { Prisma } from '#prisma/client.ts'
import type { Database } from '../../../database/client.ts'
import type { Hash } from '../tree/hashing.ts'
import { consistencyRanges, inclusionRanges } from '../tree/proofs.ts'
import { type Query, subtreeRoots } from '../tree/stored.ts'

/** Lets the tree be read over Prisma's connections: what stands for `$1`, `$2` … is passed as parameters, in their order. */
export const treeQuery =
  (database: Pick<Database, '$queryRaw'>): Query =>
  (text, values) =>
    database.$queryRaw(Prisma.sql(text.split(/\$\d+/), ...values))

/** For each of these leaves the hashes that prove that it is in the tree of this size; one statement for all. */
export async function inclusionProofs(
  database: Pick<Database, '$queryRaw'>,
  indexes: readonly number[],
  size: number,
): Promise<Hash[][]> {
  const ranges = indexes.map((index) => inclusionRanges(index, size))
  const roots = (await subtreeRoots(treeQuery(database), ranges.flat())).values()
  return ranges.map((own) => own.flatMap(() => roots.next().value ?? []))
}

/** The hashes that prove that the tree only grew from one size to another. */
export const consistencyProof = (database: Pick<Database, '$queryRaw'>, from: number, to: number): Promise<Hash[]> =>
  subtreeRoots(treeQuery(database), consistencyRanges(from, to))

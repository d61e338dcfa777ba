import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import type { ErasureHold } from '../module.ts'
import type { ResumeErasures } from '../retention/request-erasure.ts'
import { holdsOn } from './engine/holder.ts'

/** Milliseconds after which an erasure that is held is looked at again, unless it is told before that the hold was lifted. */
export const lookAgain = 10 * 60_000

/**
 * What holds stop the erasure of these contacts, by contact; also if they are on a contact that was merged into one of them. A few statements,
 * however many they are.
 */
export async function holdsOnPersons(
  tx: Transaction,
  context: Pick<WorkContext, 'erasureHolds'>,
  contactIds: readonly string[],
): Promise<ReadonlyMap<string, ErasureHold>> {
  const holds = new Map<string, ErasureHold>()
  const merged = await tx.$queryRaw<{ id: string; into: string }[]>`
    WITH RECURSIVE merged AS (
      SELECT contact_id AS id, contact_id AS into_id FROM contact WHERE contact_id = ANY(${[...contactIds]}::uuid[])
      UNION SELECT c.contact_id, m.into_id FROM contact c JOIN merged m ON c.merged_into_id = m.id
    ) SELECT id, into_id AS into FROM merged`
  const ids = [...new Set([...contactIds, ...merged.map(({ id }) => id)])]
  const intoOf = new Map(merged.map(({ id, into }) => [id, into]))
  for (const [id, hold] of await holdsOn(tx, context, ids)) holds.set(intoOf.get(id) ?? id, hold)
  return holds
}

/** Lets erasures that holds on these contacts stopped go on, once the caller's transaction is committed. */
export const resumeErasures: ResumeErasures = async (tx, contactIds) => {
  await tx.$executeRaw`
    UPDATE erasure_work w SET due_at = now() WHERE NOT w.is_running AND EXISTS (
      SELECT FROM erasure_subject s WHERE s.erasure_id = w.id AND s.contact_id = ANY(${[...contactIds]}::uuid[]))`
  await tx.$executeRaw`SELECT pg_notify('lethe_erasures', '')`
}

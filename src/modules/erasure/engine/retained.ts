import { createHash } from 'node:crypto'
import type { Transaction } from '../../../database/transact.ts'
import { concerns, type ErasureDecision, type Retained } from '../../module.ts'
import { type Counts, rowsIn } from './count.ts'
import type { Work } from './work.ts'

/** A record that has to be kept, with the contact whose it is. */
export type RetainedOf = Retained & { contactId: string; module: string }

/**
 * What a law obliges to keep of what is erased: of all modules, contact by contact, in bounded memory. Only modules that hold anything of a
 * contact are asked.
 */
export async function* retainedOf(
  tx: Transaction,
  work: Pick<Work, 'keys' | 'storage' | 'secrets' | 'log' | 'holders'>,
  counts: Counts,
  decision: Pick<ErasureDecision, 'categories' | 'at'>,
): AsyncGenerator<RetainedOf> {
  for (const { module, models, categories, retained } of work.holders) {
    if (!retained || !categories.some((category) => concerns(decision, category))) continue
    const contactIds = new Set(models.flatMap((model) => [...(counts.get(model)?.keys() ?? [])]))
    for (const contactId of [...contactIds].sort()) {
      if (!models.some((model) => rowsIn(counts, model, contactId) > 0)) continue
      for await (const record of retained({ ...work, tx, contactId }, decision.at))
        if (concerns(decision, record.category)) yield { ...record, contactId, module }
    }
  }
}

/** What was kept of which rows, so that it is noticed when they change before they are erased. */
export type Seen = Map<string, string>

/** Passes records on, and notes what they say. */
export async function* noting<One extends RetainedOf>(records: AsyncIterable<One>, seen: Seen): AsyncGenerator<One> {
  for await (const record of records) {
    seen.set(`${record.model} ${record.id}`, digest(record))
    yield record
  }
}

/** Whether there are records now that say something else than those that were kept. */
export async function differs(records: AsyncIterable<RetainedOf>, seen: Seen): Promise<boolean> {
  for await (const record of records) {
    if (seen.get(`${record.model} ${record.id}`) !== digest(record)) return true
  }
  return false
}

const digest = ({ record, retention, files = [] }: Retained) =>
  createHash('sha256')
    .update(JSON.stringify([record, retention, files.map(({ name, size, sha256 }) => [name, size, sha256])]))
    .digest('hex')

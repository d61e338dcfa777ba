import type { Database } from '../database/client.ts'
import type { JsonObject } from '../database/json.ts'
import type { LedgerKind } from './entry.ts'

/** Something that a ledger has to tell. `key`: by which it is known again. */
export type Told = { kind: LedgerKind; body: JsonObject; key: string }

/** What a database knows to be erased, as entries of a ledger. */
export async function entriesOfDatabase(_database: Database): Promise<Told[]> {
  return []
}

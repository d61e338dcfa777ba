import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LedgerEntry, ledgerIn } from '../../src/ledger/ledger.ts'
import { openLedgerFolder } from '../../src/ledger/places/folder.ts'
import type { Place } from '../../src/ledger/places/place.ts'
import { generateSigner, parseSigner, type Signer } from '../../src/modules/audit/checkpoint/keys.ts'

/** What ledgers of tests are signed with. */
export const signer: Signer = parseSigner(generateSigner('lethe.test/ledger'))

/** A folder of its own that is not there yet. */
export const freshFolder = async (): Promise<string> => join(await mkdtemp(join(tmpdir(), 'lethe-ledger-')), 'ledger')

/** Opens a ledger in folders, as another process would. */
export const inFolders = (...folders: readonly string[]): ReturnType<typeof ledgerIn> =>
  ledgerIn(folders.map(openLedgerFolder), signer)

/** A ledger with so many entries, the first among them. */
export async function filled(places: readonly Place[], count: number, by: Signer = signer): Promise<LedgerEntry[]> {
  const ledger = ledgerIn(places, by)
  await ledger.append('begun', {})
  for (let made = 1; made < count; made++) await ledger.append('erased', { erasureId: `erasure ${made}` })
  return Array.fromAsync(ledger.after(undefined))
}

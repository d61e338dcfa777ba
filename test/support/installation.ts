import { randomBytes, randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ledgerIn } from '../../src/ledger/ledger.ts'
import { openLedgerFolder } from '../../src/ledger/places/folder.ts'
import { parseSigner } from '../../src/modules/audit/checkpoint/keys.ts'
import { createSecrets } from '../../src/secrets.ts'
import { openFolder } from '../../src/storage/folder.ts'
import { auditKey } from './environment.ts'
import { sharedKeys } from './keys.ts'

/** What contexts of tests know of an installation, beside its database. */
export const installation = {
  country: 'DE',
  secrets: createSecrets(randomBytes(32)),
  keys: sharedKeys,
  ledger: ledgerIn([openLedgerFolder(join(tmpdir(), `lethe-ledger-${randomUUID()}`))], parseSigner(auditKey)), // The same.
  storage: openFolder(join(tmpdir(), `lethe-storage-${randomUUID()}`)), // Made when the first file comes.
  publicUrl: 'https://lethe.test',
  mail: false,
}

import { ledgerIn } from '../../src/ledger/ledger.ts'
import { openLedgerFolder } from '../../src/ledger/places/folder.ts'
import { parseSigner } from '../../src/modules/audit/checkpoint/keys.ts'

// A process that adds to a ledger until it is killed, and says what is durable.

const [folder = '', key = '', name = ''] = process.argv.slice(2)
const ledger = ledgerIn([openLedgerFolder(folder)], parseSigner(key))
for (let made = 1; ; made++) {
  const { sequence, hash } = await ledger.append('erased', { erasureId: `${name}/${made}` })
  process.stdout.write(`${sequence} ${hash}\n`)
}

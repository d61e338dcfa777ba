import { createHash } from 'node:crypto'
import { access, constants } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve, sep } from 'node:path'
import type { Config } from '../config.ts'
import { makeFolder } from '../files.ts'
import type { Logger } from '../log.ts'
import { loggable } from '../log-error.ts'
import type { Verifier } from '../modules/audit/checkpoint/keys.ts'
import { keyId } from './entry.ts'
import type { LedgerPlace } from './settings.ts'

// Who copies the data folder copies the ledger in it, and who puts that back sets back all of it at once. Where nobody has said where the
// ledger is to be kept, a second one is therefore kept where the system keeps what programs remember of the user who runs this.

/**
 * The places of the ledger. One in the data folder alone gets a second one outside, by default. It is of this data folder and this
 * key: a copy of the folder that is run elsewhere, to try something, has another one. Where none can be made, that is told, and it goes
 * without.
 */
export async function withOwnCopy(
  { ledger, copiesLedger, data }: Pick<Config, 'ledger' | 'copiesLedger' | 'data'>,
  signedBy: Verifier,
  log?: Logger,
): Promise<readonly LedgerPlace[]> {
  if (!copiesLedger || !ledger.every((place) => place.kind === 'folder' && isWithin(place.path, data))) return ledger
  const path = ownCopy(data, signedBy)
  try {
    if (isWithin(path, data)) return ledger
    await makeFolder(path, 0o700)
    await access(path, constants.R_OK | constants.W_OK)
    return [...ledger, { kind: 'folder', path }]
  } catch (error) {
    log?.warn(
      { path, error: loggable(error) },
      'the erasure ledger has no copy outside of the data folder: set LETHE_LEDGER',
    )
    return ledger
  }
}

/** Named after the data folder, for people. */
function ownCopy(data: string, { publicKey }: Verifier): string {
  const state = process.env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state')
  const folder = resolve(data)
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 8)
  const name = folder
    .split(/[^A-Za-z0-9]+/)
    .filter(Boolean)
    .slice(-3)
    .join('-')
  return join(state, 'lethe', 'ledgers', [name, hash, keyId(publicKey)].join('-').toLowerCase())
}

const isWithin = (path: string, folder: string) => `${resolve(path)}${sep}`.startsWith(`${resolve(folder)}${sep}`)

import type { Config } from '../config.ts'
import { StartError } from '../start-error.ts'
import { type MasterKeySource, parseMasterKeys } from './master-key.ts'
import { commandSource } from './master-key-command.ts'
import { fileSource } from './master-key-file.ts'

/** The source that the settings name: LETHE_MASTER_KEY, LETHE_MASTER_KEY_COMMAND, or else a file in the data folder. */
export function masterKeySource(config: Pick<Config, 'data' | 'masterKey' | 'masterKeyCommand'>): MasterKeySource {
  const { masterKey, masterKeyCommand } = config
  if (masterKey !== undefined && masterKeyCommand !== undefined) {
    throw new StartError('Set either LETHE_MASTER_KEY or LETHE_MASTER_KEY_COMMAND, not both.')
  }
  if (masterKeyCommand !== undefined) return commandSource(masterKeyCommand)
  if (masterKey === undefined) return fileSource(config)
  const place = 'the setting LETHE_MASTER_KEY'
  return { place, read: async () => parseMasterKeys(masterKey, place) }
}

import { join, resolve } from 'node:path'
import type { Environment } from '../settings.ts'
import { StartError } from '../start-error.ts'
import type { Protection } from './age.ts'
import { type Keep, parseKeep } from './keep.ts'

/** How the database is backed up. Times in milliseconds. */
export type BackupSettings = {
  /** Who can open them; undefined: nobody said so yet, and none are made. */
  protection: Protection | undefined
  folder: string
  /** Between two; 0: the server makes none. */
  every: number
  keep: Keep
  /** With the storage's files. */
  files: boolean
}

/** How the key store is backed up. Times in milliseconds. */
export type KeyBackupSettings = Pick<BackupSettings, 'protection' | 'folder' | 'every'> & {
  /** How long they are kept. */
  keptFor: number
  /** How old a master key gets; 0: as old as it likes. */
  masterKeyFor: number
  /** Where a copy of it lies. */
  masterKeyCopy: string | undefined
}

/** Reads what the environment says of backups. Throws a StartError for settings that don't go together. */
export function backupsOf(env: Environment): { backups: BackupSettings; keyBackups: KeyBackupSettings } {
  const hour = 3_600_000
  const data = resolve(env.LETHE_DATA)
  const backups = protectionOf('LETHE_BACKUP', env.LETHE_BACKUP_RECIPIENTS, env.LETHE_BACKUP_PASSPHRASE)
  const keyBackups = protectionOf('LETHE_KEY_BACKUP', env.LETHE_KEY_BACKUP_RECIPIENTS, env.LETHE_KEY_BACKUP_PASSPHRASE)
  if (env.LETHE_MASTER_KEY_DAYS > 0 && !(env.LETHE_MASTER_KEY_COPY && keyBackups)) {
    throw new StartError(
      'LETHE_MASTER_KEY_DAYS needs LETHE_MASTER_KEY_COPY and LETHE_KEY_BACKUP_RECIPIENTS: after a rotation nothing can be read ' +
        'without the new master key, which no backup from before has.',
    )
  }
  if (env.LETHE_BACKUP_RECIPIENTS.some((recipient) => env.LETHE_KEY_BACKUP_RECIPIENTS.includes(recipient))) {
    throw new StartError(
      'LETHE_BACKUP_RECIPIENTS and LETHE_KEY_BACKUP_RECIPIENTS must differ: who can open backups of both can read everything.',
    )
  }
  return {
    backups: {
      protection: backups,
      folder: resolve(env.LETHE_BACKUPS ?? join(data, 'backups')),
      every: env.LETHE_BACKUP_HOURS * hour,
      keep: parseKeep(env.LETHE_BACKUP_KEEP) ?? {},
      files: env.LETHE_BACKUP_FILES,
    },
    keyBackups: {
      protection: keyBackups,
      folder: resolve(env.LETHE_KEY_BACKUPS ?? join(data, 'key-backups')),
      every: env.LETHE_KEY_BACKUP_HOURS * hour,
      keptFor: env.LETHE_KEY_BACKUP_DAYS * 24 * hour,
      masterKeyFor: env.LETHE_MASTER_KEY_DAYS * 24 * hour,
      masterKeyCopy: env.LETHE_MASTER_KEY_COPY && resolve(env.LETHE_MASTER_KEY_COPY),
    },
  }
}

function protectionOf(setting: string, recipients: readonly string[], passphrase: string | undefined) {
  if (recipients.length > 0 && passphrase !== undefined) {
    throw new StartError(`Set either ${setting}_RECIPIENTS or ${setting}_PASSPHRASE, not both.`)
  }
  if (passphrase !== undefined) return { passphrase }
  if (recipients.length === 0) return undefined
  return { recipients }
}

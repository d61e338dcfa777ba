import type { Config } from '../config.ts'
import { filesOf, type Series } from './names.ts'

/** How old the newest backup is of those that the servers are to make. */
export type BackupState = {
  of: 'database' | 'keys'
  /** Seconds; Infinity, if there is none. */
  age: number
  /** Half as old again as it should ever get. */
  isOverdue: boolean
}

const sorts = [
  { of: 'database', series: 'lethe', settings: 'backups' },
  { of: 'keys', series: 'lethe-keys', settings: 'keyBackups' },
] as const satisfies readonly { of: BackupState['of']; series: Series; settings: 'backups' | 'keyBackups' }[]

/**
 * Looks at the folders of backups. Those that the settings don't ask for are left out.
 *
 * @param since Since when there could have been any: when the server began.
 */
export async function backupStates(
  config: Pick<Config, 'backups' | 'keyBackups'>,
  since: Date,
  now: Date = new Date(),
): Promise<BackupState[]> {
  const states: BackupState[] = []
  for (const { of, series, settings } of sorts) {
    const { protection, folder, every } = config[settings]
    if (!protection || every === 0) continue
    const newest = (await filesOf(folder, series)).find(({ at }) => at <= now)?.at
    const isOverdue = now.getTime() - (newest ?? since).getTime() > 1.5 * every
    states.push({ of, age: newest ? (now.getTime() - newest.getTime()) / 1000 : Number.POSITIVE_INFINITY, isOverdue })
  }
  return states
}

import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isFault } from '../files.ts'

// A backup's name tells of when it is: `lethe-20261130T134624Z.age`, `lethe-keys-…` of the key store.

/** A backup in a folder. */
export type KeptFile = { path: string; at: Date }

/** What a name begins with. */
export type Series = 'lethe' | 'lethe-keys'

/** The name of a backup of this moment. */
export const fileName = (series: Series, at: Date): string =>
  `${series}-${at.toISOString().replaceAll(/[-:]|\.\d+/g, '')}.age`

/** The backups of a series in a folder, the newest first; none if there is no such folder. */
export async function filesOf(folder: string, series: Series): Promise<KeptFile[]> {
  const files = (await namesIn(folder)).flatMap((name) => {
    const [, text] = new RegExp(`^${series}-(\\d{8}T\\d{6}Z)\\.age$`).exec(name) ?? []
    const at = text && new Date(text.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'))
    return at && !Number.isNaN(at.getTime()) ? [{ path: join(folder, name), at }] : []
  })
  return files.toSorted((one, other) => other.at.getTime() - one.at.getTime())
}

/** Removes what a process left that was killed while it wrote, more than a day ago. */
export async function removeDrafts(folder: string, series: Series): Promise<void> {
  for (const name of await namesIn(folder)) {
    // As `replaceFile` calls what isn't whole yet.
    if (!name.startsWith(`${series}-`) || !/\.age\.[0-9a-f-]{36}$/.test(name)) continue
    const path = join(folder, name)
    const found = await stat(path).catch((error: unknown) => {
      if (!isFault(error, 'ENOENT')) throw error // Another process has just finished it.
    })
    if (found && found.mtimeMs < Date.now() - 86_400_000) await rm(path, { force: true })
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (!isFault(error, 'ENOENT')) throw error
    return []
  }
}

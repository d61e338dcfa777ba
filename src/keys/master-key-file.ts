import { open } from 'node:fs/promises'
import { type Config, dataPath } from '../config.ts'
import { createFile, isFault, replaceFile } from '../files.ts'
import { StartError } from '../start-error.ts'
import { type MasterKeySource, parseMasterKeys, printMasterKeys, randomMasterKey } from './master-key.ts'

/** Master keys in a file of the data folder, for the owner's eyes only. */
export function fileSource(config: Pick<Config, 'data'>): MasterKeySource {
  const path = dataPath(config, 'master.key')
  const place = `the file ${path}`
  return {
    place,
    read: async () => {
      const text = await readPrivate(path)
      return text === undefined ? undefined : parseMasterKeys(text, place)
    },
    file: {
      create: async () => {
        await createFile(path, printMasterKeys([randomMasterKey()]), 0o600)
      },
      replace: (keys) => replaceFile(path, printMasterKeys(keys), 0o600),
    },
  }
}

/** The text of a file that nobody but its owner can read; undefined when there is none. */
async function readPrivate(path: string) {
  let file: Awaited<ReturnType<typeof open>>
  try {
    file = await open(path)
  } catch (cause) {
    if (isFault(cause, 'ENOENT')) return undefined
    if (!isFault(cause, 'EACCES', 'EPERM')) throw cause
    throw new StartError(`The master key in ${path} can't be read by this user. Make the file this user's.`, { cause })
  }
  try {
    const { mode } = await file.stat()
    // Windows knows no modes; there the folder's permissions protect it.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new StartError(`Others can read the master key in ${path}. Make it private with: chmod 600 ${path}`)
    }
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

import { createReadStream } from 'node:fs'
import { access, constants, opendir, rm, stat } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { isFault, makeFolder, replaceFile } from '../files.ts'
import { checkedKey, MissingFile, type Storage, type StoredFile } from './storage.ts'

/** A storage in a folder, which is made when the first file comes. Several processes may share it. */
export function openFolder(folder: string): Storage {
  const pathOf = (key: string) => join(folder, ...checkedKey(key).split('/'))
  return {
    async put(key, content) {
      const path = pathOf(key)
      await makeFolder(dirname(path), 0o700)
      await replaceFile(path, content, 0o600)
    },
    async *open(key) {
      try {
        yield* createReadStream(pathOf(key)) as AsyncIterable<Uint8Array>
      } catch (error) {
        throw isFault(error, 'ENOENT') ? new MissingFile(key, error) : error
      }
    },
    remove: (key) => rm(pathOf(key), { force: true }),
    async *list(prefix) {
      for await (const file of filesIn(folder)) if (!isDraft(file.key) && file.key.startsWith(prefix)) yield file
    },
    async sweep(before) {
      for await (const { key, modifiedAt } of filesIn(folder)) {
        if (isDraft(key) && modifiedAt < before) await rm(join(folder, ...key.split('/')), { force: true })
      }
    },
    async check() {
      try {
        await access(folder, constants.R_OK | constants.W_OK)
      } catch (error) {
        // It is made when the first file comes.
        ignoreGone(error)
        await access(dirname(folder), constants.W_OK)
      }
    },
  }
}

// Beside its place, a file that is still growing has a dot and a name of its own behind its key (`replaceFile`).
const isDraft = (key: string) => key.includes('.')

async function* filesIn(folder: string): AsyncGenerator<StoredFile> {
  try {
    for await (const entry of await opendir(folder, { recursive: true })) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      const found = await stat(path).catch(ignoreGone)
      if (found) yield { key: relative(folder, path).split(sep).join('/'), size: found.size, modifiedAt: found.mtime }
    }
  } catch (error) {
    ignoreGone(error)
  }
}

/** Somebody removed it meanwhile, or nothing was ever put. */
function ignoreGone(error: unknown): undefined {
  if (!isFault(error, 'ENOENT')) throw error
}

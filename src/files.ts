import { randomUUID } from 'node:crypto'
import { link, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Puts a file in place as a whole: whoever reads sees the old one or the new one, after a power cut too. */
export async function replaceFile(path: string, content: string, mode: number): Promise<void> {
  await withDraft(path, content, mode, (draft) => rename(draft, path))
}

/** Makes a file as a whole, unless there is one; says whether it was made. Of several at once, one succeeds. */
export async function createFile(path: string, content: string, mode: number): Promise<boolean> {
  return withDraft(path, content, mode, async (draft) => {
    try {
      await link(draft, path)
      return true
    } catch (error) {
      if (!isFault(error, 'EEXIST')) throw error
      return false
    }
  })
}

/** The text of a file, or undefined when there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (!isFault(error, 'ENOENT')) throw error
    return undefined
  }
}

/** Whether an error of the system has one of these codes, such as `ENOENT`. */
export const isFault = (error: unknown, ...codes: string[]): error is NodeJS.ErrnoException =>
  error instanceof Error && 'code' in error && codes.some((code) => error.code === code)

async function withDraft<T>(path: string, content: string, mode: number, place: (draft: string) => Promise<T>) {
  const draft = `${path}.${randomUUID()}`
  try {
    const file = await open(draft, 'wx', mode)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    const placed = await place(draft)
    await syncFolder(dirname(path))
    return placed
  } finally {
    await rm(draft, { force: true })
  }
}

/** A name is on disk when its folder is. Windows can't be asked for that. */
async function syncFolder(path: string) {
  if (process.platform === 'win32') return
  const folder = await open(path)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

import { randomUUID } from 'node:crypto'
import { type FileHandle, lchown, link, lstat, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

// What root writes, such as by a command beside a server that runs as somebody else, belongs to whom the file belonged that it
// takes the place of, or else to whom the folder belongs: they have to read it.

/** What a file is to hold: a text, or bytes as they come. */
export type FileContent = string | AsyncIterable<Uint8Array>

/**
 * Puts a file in place as a whole: whoever reads sees the old one or the new one, after a power cut too.
 *
 * @param check Looks at what was written, before it is put in its place. What it throws keeps it out.
 */
export async function replaceFile(
  path: string,
  content: FileContent,
  mode: number,
  check: (draft: string) => Promise<void> = async () => undefined,
): Promise<void> {
  await withDraft(path, content, mode, async (draft) => {
    await check(draft)
    await rename(draft, path)
  })
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

/** Adds to the end of a file, which is made if there is none; it is on disk when this settles. */
export async function appendFile(path: string, text: string, mode: number): Promise<void> {
  const file = await openToAppend(path, mode)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Makes a folder and those that it lies in, unless they are there. */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode })
  if (!first) return
  const owner = await ownerFor(first, { isNew: true })
  for (let made = path; made.length >= first.length; made = dirname(made)) {
    if (owner) await lchown(made, owner.uid, owner.gid)
    await syncFolder(dirname(made))
  }
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

async function withDraft<T>(path: string, content: FileContent, mode: number, place: (draft: string) => Promise<T>) {
  const draft = `${path}.${randomUUID()}`
  try {
    const owner = await ownerFor(path)
    const file = await open(draft, 'wx', mode)
    try {
      if (owner) await file.chown(owner.uid, owner.gid)
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

async function openToAppend(path: string, mode: number): Promise<FileHandle> {
  const owner = await ownerFor(path, { isNew: true })
  try {
    const file = await open(path, 'ax', mode)
    if (owner) await file.chown(owner.uid, owner.gid)
    return file
  } catch (error) {
    if (!isFault(error, 'EEXIST')) throw error
    return open(path, 'a')
  }
}

/** To whom a file is to belong; undefined: to us, as others than root can't choose. */
async function ownerFor(path: string, { isNew = false } = {}): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined
  if (!isNew) {
    try {
      return await lstat(path)
    } catch (error) {
      if (!isFault(error, 'ENOENT')) throw error
    }
  }
  return stat(dirname(path))
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

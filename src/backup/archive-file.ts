import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isFault, makeFolder, replaceFile } from '../files.ts'
import type { Keys } from '../keys/keys.ts'
import type { Verifier } from '../modules/audit/checkpoint/keys.ts'
import { StartError } from '../start-error.ts'
import { decrypted, encrypted, type Opening, type Protection, withReader } from './age.ts'
import { type Content, openArchive } from './check.ts'
import { readRecords, type Sort } from './container.ts'
import type { Counts } from './manifest.ts'

/** An archive on disk, with what it takes to read it. */
export type ArchiveFile = {
  sort: Sort
  path: string
  opening: Opening
  verifiers: readonly Verifier[]
  keys: Pick<Keys, 'find'>
}

/** How far it is. */
export type OnProgress = (done: number, total: number, note: string) => void

/** What is in an archive, as it is read from the disk. */
export function contentOf(
  { sort, path, opening, verifiers, keys }: ArchiveFile,
  onRead: (bytes: number) => void,
): AsyncGenerator<Content> {
  return openArchive(readRecords(decrypted(read(path, onRead), opening), sort, path), { sort, keys, verifiers })
}

/**
 * Writes an archive, encrypted, and then reads it back from the disk and opens every part of it. Only then it gets its name: whoever
 * finds a file of that name, whenever this process died, has one that was opened.
 */
export async function writeArchiveFile(
  { path, protection: protectedBy, ...reading }: Omit<ArchiveFile, 'opening'> & { protection: Protection },
  content: AsyncIterable<Uint8Array>,
  onProgress?: OnProgress,
): Promise<{ bytes: number; counts: Counts }> {
  const { protection, opening } = await withReader(protectedBy)
  let written: { bytes: number; counts: Counts } | undefined
  try {
    await makeFolder(dirname(path), 0o700)
    await replaceFile(path, encrypted(content, protection), 0o600, async (draft) => {
      const { size: bytes } = await stat(draft)
      const onRead = (done: number) => onProgress?.(done, bytes, 'read back and opened')
      for await (const one of contentOf({ ...reading, path: draft, opening }, onRead)) {
        if (one.kind === 'end') written = { bytes, counts: one.counts }
      }
      if (!written) throw new Error('the archive has no end')
    })
  } catch (error) {
    throw unwritable(path, error)
  }
  if (!written) throw new Error('the archive was not read back')
  return written
}

/** What somebody at the terminal can mend, told as such; everything else as it is. */
function unwritable(path: string, error: unknown): unknown {
  if (!isFault(error, 'ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'EISDIR', 'EIO', 'ESTALE'))
    return error
  const isFull = error.code === 'ENOSPC' || error.code === 'EDQUOT'
  return new StartError(
    `The backup ${path} can't be written: ${isFull ? 'the disk is full' : error.code}. Nothing is left of it; earlier ones are as they were.`,
    { cause: error },
  )
}

async function* read(path: string, onRead: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let done = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 18 })) {
    done += chunk.length
    onRead(done)
    yield chunk
  }
}

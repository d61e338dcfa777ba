import { type Config, dataPath } from '../config.ts'
import { withClearFaults } from './faults.ts'
import { openFolder } from './folder.ts'
import { openBucket } from './s3.ts'

/**
 * Where files lie: a folder, or a bucket of S3. What is put there is sealed before (`sealed.ts`): neither tells what it keeps.
 * Keys are words in lower case with slashes between: `documents/0198…`. A key is written once, and then read or removed.
 */
export type Storage = {
  /** Takes a file as it comes, in bounded memory. It is there as a whole, and durable, when this settles; else there is none. */
  put: (key: string, content: AsyncIterable<Uint8Array>) => Promise<void>
  /** What a file holds, as it is read. Throws a MissingFile if there is none. */
  open: (key: string) => AsyncIterable<Uint8Array>
  /** Removes a file; nothing happens if there is none. */
  remove: (key: string) => Promise<void>
  /** All files whose keys begin so, in bounded memory; drafts are none. */
  list: (prefix: string) => AsyncIterable<StoredFile>
  /** Removes what is left of files that were not put as a whole, since their process was killed, and that began before then. */
  sweep: (before: Date) => Promise<void>
  /** Throws if it does not answer within two seconds, or would take nothing. */
  check: () => Promise<void>
}

/** Milliseconds that a storage has to answer that it is there. */
export const storagePatience = 2000

/** A file in the storage. `size` in bytes. */
export type StoredFile = { key: string; size: number; modifiedAt: Date }

/** There is no file with this key. */
export class MissingFile extends Error {
  constructor(key: string, cause?: unknown) {
    super(`The storage has no file ${key}.`, { cause })
    this.name = 'MissingFile'
  }
}

/**
 * The storage that the settings name: S3 where they name a bucket, else `storage` in the data folder. Nothing is opened yet. Where it
 * fails, it throws UNAVAILABLE.
 */
export const openStorage = (config: Pick<Config, 'data' | 'bucket'>): Storage =>
  withClearFaults(config.bucket ? openBucket(config.bucket) : openFolder(dataPath(config, 'storage')))

/** Whether a key may be one of ours: a bucket may hold something of others, too. */
export const isKey = (key: string): boolean => /^[a-z0-9][a-z0-9-]*(\/[a-z0-9][a-z0-9-]*)+$/.test(key)

/** Throws for a key that is none: it might lead elsewhere. */
export function checkedKey(key: string): string {
  if (!isKey(key)) throw new Error(`${key} is no key of a file.`)
  return key
}

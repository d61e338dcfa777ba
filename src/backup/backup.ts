import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import package_ from '../../package.json' with { type: 'json' }
import { makeFolder, replaceFile } from '../files.ts'
import type { Keys } from '../keys/keys.ts'
import { openKeyStore } from '../keys/store.ts'
import type { Signer } from '../modules/audit/checkpoint/keys.ts'
import type { Secrets } from '../secrets.ts'
import type { Storage } from '../storage/storage.ts'
import { decrypted, encrypted, type Protection, withReader } from './age.ts'
import { openArchive } from './check.ts'
import { readRecords } from './container.ts'
import type { Counts, Header } from './manifest.ts'
import { openSnapshot } from './snapshot.ts'
import { migrationsOf, tablesOf } from './tables.ts'
import { writeArchive } from './write.ts'

/** What a backup is made of. */
export type BackupSource = {
  /** Of the database, as anybody who may read all of it. */
  url: string
  keystoreUrl: string
  keys: Keys
  secrets: Secrets
  signer: Signer
  /** Undefined: without files. */
  storage: Storage | undefined
}

/** What was made. `bytes` of the file. */
export type Backup = { path: string; bytes: number; madeAt: Date; counts: Counts }

/**
 * Writes an archive of everything as of one moment, and then reads it back from the disk and opens every part of it: the file is
 * there as a whole once this settles, or not at all. Others go on working meanwhile. Whoever is erased later is gone from the
 * file, too.
 */
export async function makeBackup(
  source: BackupSource,
  path: string,
  protectedBy: Protection,
  onProgress?: (done: number, total: number, note: string) => void,
): Promise<Backup> {
  const { keys, signer, storage } = source
  const { protection, opening } = await withReader(protectedBy)
  const archive = randomUUID()
  // Before the moment that it is of: whoever is erased from now on takes this key along.
  await makeArchiveKey(source, archive)
  const snapshot = await openSnapshot(source.url)
  try {
    const header: Header = {
      archive,
      madeAt: snapshot.at.toISOString(),
      version: package_.version,
      migrations: await migrationsOf(snapshot.client),
      tables: await tablesOf(snapshot.client),
      secret: secretMark(source.secrets),
      files: storage !== undefined,
    }
    const content = writeArchive({ client: snapshot.client, header, keys, signer, storage, ...(onProgress && { onProgress }) })
    await makeFolder(dirname(path), 0o700)
    await replaceFile(path, encrypted(content, protection), 0o600)
  } finally {
    await snapshot.close()
  }
  try {
    const { size } = await stat(path)
    const file = readWithProgress(path, (read) => onProgress?.(read, size, 'read back and opened'))
    const records = readRecords(decrypted(file, opening), 'lethe backup 1', path)
    for await (const one of openArchive(records, { keys, verifiers: [signer] })) {
      if (one.kind === 'end') return { path, bytes: size, madeAt: snapshot.at, counts: one.counts }
    }
    throw new Error('the archive has no end')
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
}

/** A file as it is read. */
export async function* readWithProgress(path: string, onRead: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let read = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 18 })) {
    read += chunk.length
    onRead(read)
    yield chunk
  }
}

/** Tells whether another installation's secret is the same, and nothing else. */
export const secretMark = (secrets: Secrets): string => secrets.fingerprint('backup', 'which secret')

async function makeArchiveKey({ keys, keystoreUrl }: BackupSource, archive: string) {
  await keys.create([archive])
  const store = openKeyStore(keystoreUrl)
  try {
    await store.noteArchive(archive)
  } finally {
    await store.close()
  }
}

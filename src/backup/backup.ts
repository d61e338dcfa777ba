import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import package_ from '../../package.json' with { type: 'json' }
import type { Keys } from '../keys/keys.ts'
import { openKeyStore } from '../keys/store.ts'
import type { Signer } from '../modules/audit/checkpoint/keys.ts'
import type { Secrets } from '../secrets.ts'
import type { Storage } from '../storage/storage.ts'
import type { Protection } from './age.ts'
import { type OnProgress, writeArchiveFile } from './archive-file.ts'
import type { Counts, Header } from './manifest.ts'
import { openSnapshot } from './snapshot.ts'
import { type ArchivedTable, migrationsOf, tablesOf } from './tables.ts'
import { writeArchive } from './write.ts'

/** What a backup is made of. */
export type BackupSource = {
  /** Of the database, as anybody who may read all of it. */
  url: string
  keystoreUrl: string
  keys: Keys
  secrets: Secrets
  signer: Signer
}

/** What was made. `bytes` of the file. */
export type Backup = { path: string; bytes: number; madeAt: Date; counts: Counts }

const sort = 'lethe backup 1'

/**
 * Backs up everything as of one moment, while others go on working, and opens what it wrote. Whoever is erased later is gone from
 * the file, too.
 *
 * @param storage Undefined: without files.
 */
export async function backUp(
  source: BackupSource,
  file: { path: string; protection: Protection },
  storage: Storage | undefined,
  onProgress?: OnProgress,
): Promise<Backup> {
  const { url, keys, secrets, signer } = source
  const archive = randomUUID()
  // Before the moment that it is of: whoever is erased from now on takes this key along.
  await makeArchiveKey(source, archive)
  const snapshot = await openSnapshot(url, 'DATABASE_URL')
  try {
    const { client, at } = snapshot
    const header = await headerOf(client, {
      archive,
      madeAt: at.toISOString(),
      tables: await tablesOf(client),
      secret: secretMark(secrets),
      files: storage !== undefined,
    })
    const content = writeArchive({ sort, client, header, keys, signer, storage, onProgress })
    return {
      path: file.path,
      madeAt: at,
      ...(await writeArchiveFile({ ...file, sort, verifiers: [signer], keys }, content, onProgress)),
    }
  } finally {
    await snapshot.close()
  }
}

/**
 * Backs up the key store. Every file of it opens what was sealed for everybody who was there then, together with the master key of
 * that time: so few are kept, and not for long.
 */
export async function backUpKeys(
  { keystoreUrl, secrets, signer }: Pick<BackupSource, 'keystoreUrl' | 'secrets' | 'signer'>,
  file: { path: string; protection: Protection },
  onProgress?: OnProgress,
): Promise<Backup> {
  const snapshot = await openSnapshot(keystoreUrl, 'KEYSTORE_URL')
  try {
    const { client, at } = snapshot
    const header = await headerOf(client, {
      archive: randomUUID(),
      madeAt: at.toISOString(),
      tables: keystoreTables(await tablesOf(client)),
      secret: secretMark(secrets),
      files: false,
    })
    const sort = 'lethe keys 1'
    const content = writeArchive({ sort, client, header, keys: noKeys, signer, storage: undefined, onProgress })
    const written = await writeArchiveFile({ ...file, sort, verifiers: [signer], keys: noKeys }, content, onProgress)
    return { path: file.path, madeAt: at, ...written }
  } finally {
    await snapshot.close()
  }
}

/** Keys are sealed already, by the master key; which processes have some in memory concerns these processes alone. */
export const keystoreTables = (tables: readonly ArchivedTable[]): ArchivedTable[] =>
  tables.filter(({ name }) => name !== 'reader').map((table) => ({ ...table, ownership: 'everybody' }))

/** For archives in which nothing is sealed under keys of the key store. */
export const noKeys: Pick<Keys, 'find' | 'create'> = {
  find: async () => new Map(),
  create: async () => undefined,
}

/** Tells whether another installation's secret is the same, and nothing else. */
export const secretMark = (secrets: Secrets): string => secrets.fingerprint('backup', 'which secret')

const headerOf = async (client: pg.Client, facts: Omit<Header, 'version' | 'migrations'>): Promise<Header> => ({
  ...facts,
  version: package_.version,
  migrations: await migrationsOf(client),
})

async function makeArchiveKey({ keys, keystoreUrl }: BackupSource, archive: string) {
  await keys.create([archive])
  const store = openKeyStore(keystoreUrl)
  try {
    await store.noteArchive(archive)
  } finally {
    await store.close()
  }
}

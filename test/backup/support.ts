import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { newIdentity } from '../../src/backup/age.ts'
import { type Backup, type BackupSource, backUp } from '../../src/backup/backup.ts'
import { restoreBackup } from '../../src/backup/restore.ts'
import { passing } from '../../src/backup/tables.ts'
import type { Keys } from '../../src/keys/keys.ts'
import { generateSigner, parseSigner } from '../../src/modules/audit/checkpoint/keys.ts'
import { createSecrets } from '../../src/secrets.ts'
import { openFolder } from '../../src/storage/folder.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { freshDatabase, freshKeystore, ownerOf, withClient } from '../support/database.ts'
import { keysFor } from './keys.ts'

/** What is to be given back, when a test says so. */
export type Until = {
  add: (work: () => Promise<void>) => void
  folder: () => Promise<string>
  done: () => Promise<void>
}

/** Collects it, for whole files of tests. */
export function untilDone(): Until {
  const works: (() => Promise<void>)[] = []
  const add = (work: () => Promise<void>) => void works.push(work)
  return {
    add,
    folder: () => folderUntil(add),
    done: async () => {
      for (const work of works.toReversed()) await work()
    },
  }
}

/** An empty folder until the test is over. */
export const emptyFolder = (): Promise<string> => folderUntil(onTestFinished)

async function folderUntil(add: Until['add']): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lethe-backup-'))
  add(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Who can open the archives of tests, and with what. */
export async function newReader(): Promise<{
  protection: { recipients: string[] }
  opening: { identities: string[] }
}> {
  const { recipient, file } = await newIdentity(new Date())
  return {
    protection: { recipients: [recipient] },
    opening: { identities: file.split('\n').filter((line) => line.startsWith('AGE-SECRET-KEY')) },
  }
}

/** An installation of its own: a database, a key store, a folder of files, and what signs and seals. */
export type Place = BackupSource & {
  storage: Storage
  /** Backs it up without files or with them. */
  backUp: (path: string, files?: boolean) => Promise<Backup>
  reader: Awaited<ReturnType<typeof newReader>>
  /** Puts an archive into a new, empty database; returns its address, as the superuser. */
  restore: (
    path: string,
    options?: { url?: string; storage?: Storage; keys?: Keys; leaveOutUnknown?: boolean },
  ) => Promise<{ url: string; restored: Awaited<ReturnType<typeof restoreBackup>> }>
}

const secretText = randomUUID() + randomUUID()
const signerText = generateSigner('lethe.test/audit')

/** A process that backs a place up into a file, or restores one into a database; tells how much memory and how many steps it took. */
export async function runProcess(
  { keystoreUrl, reader }: Place,
  work: { path: string; url: string; storage: string; restoring: boolean; dieAt?: number },
): Promise<{ code: number | null; signal: string | null; megabytes: number; steps: number; said: string }> {
  const { path, url, storage, restoring, dieAt = 0 } = work
  const [identity = ''] = reader.opening.identities
  const [recipient = ''] = reader.protection.recipients
  const options = { url, keystoreUrl, path, storage, secret: secretText, signer: signerText, dieAt: String(dieAt) }
  const all = { ...options, ...(restoring ? { identity } : { recipient }) }
  const values = Object.entries(all).map(([name, value]) => `--${name}=${value}`)
  const child = spawn(process.execPath, [fileURLToPath(new URL('./process.ts', import.meta.url)), ...values])
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk))
  const [code, signal] = await once(child, 'close')
  const [, megabytes, steps] = /(\d+) MiB, (\d+) steps/.exec(said) ?? []
  return { code, signal, said, megabytes: Number(megabytes), steps: Number(steps) }
}

/** Makes one, or of a part that is there already. */
export async function makePlace(
  given: Partial<Omit<BackupSource, 'keys'>> & { storage?: Storage } = {},
  until: Pick<Until, 'add'> = { add: onTestFinished },
): Promise<Place> {
  const folder = join(tmpdir(), `lethe-backup-files-${randomUUID()}`) // Made when the first file comes.
  const keystoreUrl = given.keystoreUrl ?? (await freshKeystore())
  const keys = await keysFor(keystoreUrl)
  until.add(async () => {
    await keys.close()
    await rm(folder, { recursive: true, force: true })
  })
  const source: BackupSource = {
    url: await freshDatabase(),
    secrets: createSecrets(Buffer.from(secretText)),
    signer: parseSigner(signerText),
    ...given,
    keystoreUrl,
    keys,
  }
  const storage = given.storage ?? openFolder(folder)
  const reader = await newReader()
  return {
    ...source,
    storage,
    reader,
    backUp: (path, files = true) =>
      backUp(source, { path, protection: reader.protection }, files ? storage : undefined),
    restore: async (path, options = {}) => {
      const url = options.url ?? ownerOf(await freshDatabase())
      const restored = await restoreBackup(
        { path, opening: reader.opening, verifiers: [source.signer], keys: options.keys ?? keys },
        {
          ownerUrl: url,
          storage: options.storage ?? openFolder(await emptyFolder()),
          secrets: source.secrets,
          leaveOutUnknown: options.leaveOutUnknown ?? false,
          anotherSecret: false,
          onProgress: () => undefined,
        },
      )
      return { url, restored }
    },
  }
}

/** What each table of a database holds, in one word each, but for sign-ins, and where the log's sequencer is. */
export const contentsOf = (url: string): Promise<Record<string, string>> =>
  withClient(ownerOf(url), async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> '_prisma_migrations' ORDER BY 1`,
    )
    const contents: Record<string, string> = {}
    for (const { name } of tables) {
      if ([...passing, 'audit_sequencer', 'audit_count'].includes(name)) continue
      const { rows } = await client.query(
        `SELECT concat(count(*), ' ', md5(string_agg(t::text, chr(10) ORDER BY t::text COLLATE "C"))) AS word FROM "${name}" t`,
      )
      contents[name] = rows[0].word
    }
    return contents
  })

/** What guards, links and indexes the tables, and who may do what with them. */
export const structureOf = (url: string): Promise<string[]> =>
  withClient(ownerOf(url), async (client) => {
    const { rows } = await client.query<{ text: string }>(
      `SELECT concat(tgrelid::regclass, ' ', tgname, ' ', tgenabled, ' ', pg_get_triggerdef(oid)) AS text FROM pg_trigger WHERE NOT tgisinternal
       UNION ALL SELECT concat(conrelid::regclass, ' ', conname, ' ', convalidated, ' ', pg_get_constraintdef(oid)) FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace
       UNION ALL SELECT pg_get_indexdef(indexrelid) || indisvalid FROM pg_index i JOIN pg_class c ON c.oid = indrelid
         WHERE c.relnamespace = 'public'::regnamespace
       UNION ALL SELECT concat(relname, ' ', relacl) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
       ORDER BY 1`,
    )
    return rows.map(({ text }) => text)
  })

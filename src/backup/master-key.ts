import { createReadStream } from 'node:fs'
import { dirname } from 'node:path'
import pg from 'pg'
import { makeFolder, replaceFile } from '../files.ts'
import { type MasterKeySource, type MasterKeys, parseMasterKeys, printMasterKeys } from '../keys/master-key.ts'
import { rotateMasterKey } from '../keys/rotate.ts'
import type { Logger } from '../log.ts'
import { StartError } from '../start-error.ts'
import { decrypted, encrypted, type Opening } from './age.ts'
import type { KeyBackupSettings } from './settings.ts'

// The master key changes from time to time, so that backups of the key store from before open nothing. The copy that a disaster needs
// is one file that is replaced: nowhere does an earlier one stay.

/** A source whose file has a copy elsewhere: that is written first, so that no key is ever wrapped by one that it lacks. */
export function withCopy(source: MasterKeySource, { masterKeyCopy, protection }: KeyBackupSettings): MasterKeySource {
  const { file } = source
  if (!file || !masterKeyCopy || !protection) return source
  return {
    ...source,
    file: {
      ...file,
      replace: async (keys) => {
        await makeFolder(dirname(masterKeyCopy), 0o700)
        await replaceFile(masterKeyCopy, encrypted(inOnePiece(printMasterKeys(keys)), protection), 0o600)
        await file.replace(keys)
      },
    },
  }
}

/** Opens such a copy. */
export async function openCopy(path: string, opening: Opening): Promise<MasterKeys> {
  const pieces: Uint8Array[] = []
  try {
    for await (const piece of decrypted(createReadStream(path), opening)) pieces.push(piece)
  } catch (cause) {
    throw new StartError(`${path} can't be opened: ${cause instanceof Error ? cause.message : String(cause)}.`, {
      cause,
    })
  }
  return parseMasterKeys(Buffer.concat(pieces).toString(), path)
}

/** Rotates the master key when it is as old as the settings let it get. Returns since when the new one is the only one. */
export async function rotateIfDue(
  {
    keystoreUrl: url,
    masterKeys,
    keyBackups,
    log,
  }: { keystoreUrl: string; masterKeys: MasterKeySource; keyBackups: KeyBackupSettings; log: Logger },
  signal: AbortSignal,
): Promise<Date | undefined> {
  if (keyBackups.masterKeyFor === 0 || !masterKeys.file) return undefined
  const { since, now } = await ageOf(url)
  if (now.getTime() - since.getTime() < keyBackups.masterKeyFor) return undefined
  const source = withCopy(masterKeys, keyBackups)
  const { current, rewrapped } = await rotateMasterKey({
    url,
    source,
    keep: false,
    onProgress: () => undefined,
    signal,
  })
  log.info(
    { masterKey: current, rewrapped },
    'the master key was rotated: earlier backups of the key store open nothing',
  )
  return new Date()
}

async function ageOf(url: string): Promise<{ since: Date; now: Date }> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ since: Date; now: Date }>(
      'SELECT added_at AS since, now() FROM master_key JOIN keystore_state ON id = current_master_key',
    )
    return rows[0] ?? { since: new Date(), now: new Date() }
  } finally {
    await client.end()
  }
}

async function* inOnePiece(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

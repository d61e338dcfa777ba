import { hkdfSync, randomBytes } from 'node:crypto'
import { type Config, dataPath } from './config.ts'
import { createFile, readIfThere } from './files.ts'
import { StartError } from './start-error.ts'

const shortest = 32

/**
 * The secret that the keys of this installation derive from: LETHE_SECRET, or one made at the first start and kept in the
 * data folder, for the owner's eyes only. Of several processes that start at once, one makes it and all use it.
 */
export async function installationSecret(config: Pick<Config, 'data' | 'secret'>): Promise<Uint8Array> {
  if (config.secret) return Buffer.from(config.secret)
  const path = dataPath(config, 'secret')
  const known = await readIfThere(path)
  if (known === undefined) await createFile(path, randomBytes(32).toString('base64url'), 0o600)
  const secret = known ?? (await readIfThere(path)) ?? ''
  if (secret.length < shortest) {
    throw new StartError(`The file ${path} is damaged. Restore it, or remove it: then everybody has to sign in again.`)
  }
  return Buffer.from(secret)
}

/** A key of 32 bytes for one purpose (HKDF-SHA-256, RFC 5869). Keys of different purposes tell nothing of each other. */
export const deriveKey = (secret: Uint8Array, purpose: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, '', `lethe ${purpose}`, 32))

import { createMessage, encrypt, type Key, readKeys } from 'openpgp'

// OpenPGP.js is under the LGPL: used as it is, from npm, and loaded by those alone who encrypt so.

/** A public key that mails can be encrypted for; undefined for anything else. */
export async function readKey(
  armored: string,
): Promise<{ publicKey: string; fingerprint: string; expiresAt: Date | null } | undefined> {
  const [key, ...more] = await parsed(armored)
  if (!key || more.length > 0 || key.isPrivate()) return undefined
  try {
    await key.getEncryptionKey() // Throws for one that is revoked, expired, too weak or none to encrypt with.
  } catch {
    return undefined
  }
  const expires = await key.getExpirationTime()
  return {
    publicKey: key.armor(),
    fingerprint: key.getFingerprint(),
    expiresAt: expires instanceof Date ? expires : null,
  }
}

/** Encrypts for the owner of a key; armored. */
export async function encryptFor(armored: string, content: Uint8Array): Promise<string> {
  const message = await createMessage({ binary: new Uint8Array(content) })
  return encrypt({ message, encryptionKeys: await readKeys({ armoredKeys: armored }) })
}

async function parsed(armored: string): Promise<Key[]> {
  try {
    return await readKeys({ armoredKeys: armored })
  } catch {
    return [] // Not one.
  }
}

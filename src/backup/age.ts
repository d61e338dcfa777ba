import {
  Decrypter,
  Encrypter,
  generateHybridIdentity,
  generateX25519Identity,
  identityToRecipient,
} from 'age-encryption'
import { StartError } from '../start-error.ts'
import { reasonOf } from './fault.ts'

// Files of age (age-encryption.org/v1, C2SP): whoever has one of the identities opens them, with age's own program, too.

/** Who can open a file: those whose recipients (`age1…`) these are, or whoever knows the passphrase. */
export type Protection = { recipients: readonly string[] } | { passphrase: string }

/** What opens it: identities (`AGE-SECRET-KEY-1…`), or the passphrase. */
export type Opening = { identities: readonly string[] } | { passphrase: string }

/** Encrypts content as it comes, in bounded memory. */
export async function* encrypted(
  content: AsyncIterable<Uint8Array>,
  protection: Protection,
): AsyncGenerator<Uint8Array> {
  const encrypter = new Encrypter()
  if ('passphrase' in protection) encrypter.setPassphrase(protection.passphrase)
  else for (const recipient of protection.recipients) encrypter.addRecipient(recipient)
  yield* bytesOf(await encrypter.encrypt(streamOf(content)))
}

/** Opens what `encrypted` made, as it is read: each piece has proved itself, that nothing is missing only the end. */
export async function* decrypted(file: AsyncIterable<Uint8Array>, opening: Opening): AsyncGenerator<Uint8Array> {
  const decrypter = new Decrypter()
  if ('passphrase' in opening) decrypter.addPassphrase(opening.passphrase)
  else for (const identity of opening.identities) decrypter.addIdentity(identity)
  yield* bytesOf(await decrypter.decrypt(streamOf(file)))
}

/** Throws a StartError for what can't be encrypted to; `setting` is where it stands. */
export function checkProtection(protection: Protection, setting: string): void {
  if ('passphrase' in protection) return
  for (const recipient of protection.recipients) {
    try {
      new Encrypter().addRecipient(recipient)
    } catch (cause) {
      throw new StartError(
        `${recipient} in ${setting} is no recipient of age, such as age1…: ${reasonOf(cause)}. Make one with: lethe backup-key FILE`,
        { cause },
      )
    }
  }
}

/**
 * Lets the one who writes a file read it back: adds a recipient whose identity is in memory alone, and is forgotten with it. Whoever
 * has only the recipients can't open their own backups otherwise.
 */
export async function withReader(protection: Protection): Promise<{ protection: Protection; opening: Opening }> {
  if ('passphrase' in protection) return { protection, opening: protection }
  // A file is as safe from tomorrow's quantum computers as the weakest of its recipients.
  const isHybrid = protection.recipients.every((recipient) => /^age1(tag)?pq1/.test(recipient))
  const identity = await (isHybrid ? generateHybridIdentity() : generateX25519Identity())
  const recipients = [...protection.recipients, await identityToRecipient(identity)]
  return { protection: { recipients }, opening: { identities: [identity] } }
}

/** A new identity, as age-keygen writes it, and its recipient. */
export async function newIdentity(at: Date): Promise<{ recipient: string; file: string }> {
  const identity = await generateX25519Identity()
  const recipient = await identityToRecipient(identity)
  return { recipient, file: `# created: ${at.toISOString()}\n# public key: ${recipient}\n${identity}\n` }
}

/** The identities in a file of age: a line each; comments begin with #. Throws a StartError that repeats none. */
export function identitiesIn(text: string, path: string): string[] {
  const lines = text.split('\n').map((line) => line.trim())
  const identities = lines.filter((line) => line !== '' && !line.startsWith('#'))
  if (identities.length === 0) throw new StartError(`${path} holds no identity of age.`)
  for (const identity of identities) {
    try {
      new Decrypter().addIdentity(identity)
    } catch (cause) {
      throw new StartError(`${path} holds something else than identities of age (AGE-SECRET-KEY-1…).`, { cause })
    }
  }
  return identities
}

function streamOf(content: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const source = content[Symbol.asyncIterator]()
  return new ReadableStream({
    pull: async (controller) => {
      const { value, done } = await source.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: async () => {
      await source.return?.()
    },
  })
}

async function* bytesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader()
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value
  } finally {
    await reader.cancel() // Whoever stops reading lets go of the source.
  }
}

import { randomBytes } from 'node:crypto'
import { pino } from 'pino'
import { type ContactKey, type Keys, openKeys } from '../../src/keys/keys.ts'
import { type MasterKeySource, type MasterKeys, parseMasterKeys } from '../../src/keys/master-key.ts'

/** A random master key, as text. */
export const masterKeyText = (): string => randomBytes(32).toString('base64')

type TestSource = { texts: string[]; place: string; read: () => Promise<MasterKeys> }

/** A source of master keys that a test can change. */
export function sourceOf(...texts: string[]): TestSource {
  const source: TestSource = {
    texts,
    place: 'the test',
    read: async () => parseMasterKeys(source.texts.join('\n'), 'the test'),
  }
  return source
}

/** Opens keys as one more process would. */
export const openTestKeys = (url: string, masterKeys: MasterKeySource): Promise<Keys> =>
  openKeys({ url, masterKeys, log: pino({ level: 'silent' }) })

/** The key of a contact who must have one. */
export async function keyOf(keys: Keys, contactId: string): Promise<ContactKey> {
  const key = (await keys.find([contactId])).get(contactId)
  if (!key || key === 'destroyed') throw new Error(`${contactId} has no key, but ${key}`)
  return key
}

/** Seals, or opens, a text. */
export const sealText = (key: ContactKey, text: string): Uint8Array => key.seal('test', Buffer.from(text))
export const openText = (key: ContactKey, sealed: Uint8Array): string =>
  Buffer.from(key.open('test', sealed)).toString()

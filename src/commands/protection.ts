import { readFile } from 'node:fs/promises'
import { checkProtection, identitiesIn, type Opening, type Protection } from '../backup/age.ts'
import { StartError } from '../start-error.ts'

/** Options by which somebody says who can open an archive, or opens one. */
export type ProtectionOptions = { recipient?: string[]; identity?: string[]; passphraseFile?: string }

/** An option that may be given more than once. */
export const collect = (given: string, others: readonly string[] = []): string[] => [...others, given]

/** For whom an archive is to be encrypted: the options say so, or else the settings. */
export async function protectionFor(
  { recipient = [], passphraseFile }: ProtectionOptions,
  fromSettings: Protection | undefined,
  setting: string,
): Promise<Protection> {
  if (recipient.length > 0 && passphraseFile !== undefined) {
    throw new StartError('Give either --recipient or --passphrase-file: age does not mix the two.')
  }
  const given = passphraseFile === undefined ? undefined : { passphrase: await passphraseIn(passphraseFile) }
  const protection = given ?? (recipient.length > 0 ? { recipients: recipient } : fromSettings)
  if (!protection) {
    throw new StartError(
      `Who is to open the backup? Make a key that lies elsewhere (lethe backup-key FILE), and give its recipient: --recipient age1…, or ` +
        `${setting}_RECIPIENTS. Or choose a passphrase: --passphrase-file FILE, or ${setting}_PASSPHRASE.`,
    )
  }
  checkProtection(protection, '--recipient')
  return protection
}

/** What opens an archive: identities of age, or a passphrase. */
export async function openingFrom(
  { identity = [], passphraseFile }: ProtectionOptions,
  fromSettings: Protection | undefined,
): Promise<Opening> {
  if (passphraseFile !== undefined) return { passphrase: await passphraseIn(passphraseFile) }
  const texts = await Promise.all(identity.map(async (path) => identitiesIn(await textIn(path), path)))
  if (texts.length > 0) return { identities: texts.flat() }
  if (fromSettings && 'passphrase' in fromSettings) return fromSettings
  throw new StartError(
    'What opens the archive? Give the file with the key: --identity FILE (as lethe backup-key and age-keygen make it), or ' +
      '--passphrase-file FILE.',
  )
}

async function passphraseIn(path: string): Promise<string> {
  const passphrase = (await textIn(path)).trim()
  if (passphrase.length < 20) throw new StartError(`The passphrase in ${path} needs at least 20 characters.`)
  return passphrase
}

async function textIn(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new StartError(`${path} can't be read: ${cause instanceof Error ? cause.message : String(cause)}.`, { cause })
  }
}

import { randomInt } from 'node:crypto'
import { hash, parseOptions, verify } from '@node-rs/argon2'
import { createAdmission } from '../../../admission.ts'
import { isCommon, varietyOf } from './common-passwords.ts'

/** Argon2id (the library's default) with 19 MiB and 2 passes, as OWASP advises. */
export const hashingCost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** Characters of a password, at least: alone, and together with a second factor (NIST SP 800-63B-4; ASVS 6.2.1). */
export const shortest = { alone: 15, withFactor: 8 }
const maxBytes = 1000

// Four hashings are 76 MiB, and as many as Node has threads for them.
const admit = createAdmission({
  ...{ running: 4, waiting: 100 },
  message: 'Too many are signing in at the moment: try again in a few seconds.',
})

// What no password fits, at the usual cost: compared against when there is no user, so that this takes as long.
const nobodysHash = `$argon2id$v=19$m=${hashingCost.memoryCost},t=${hashingCost.timeCost},p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`

/** The hash to store, in PHC string format. */
export const hashPassword = (password: string): Promise<string> =>
  admit(() => hash(password.normalize('NFKC'), hashingCost))

/** Whether the password is the one that was hashed. Without a hash the answer is no, after the same work. */
export async function passwordFits(stored: string | undefined, password: string): Promise<boolean> {
  const usable = Buffer.byteLength(password) <= maxBytes
  const fits = await admit(() => verify(stored ?? nobodysHash, usable ? password.normalize('NFKC') : ''))
  return fits && usable && stored !== undefined
}

/** Whether a hash was made at a lower cost than today's. */
export function isOutdated(stored: string): boolean {
  const { memoryCost = 0, timeCost = 0 } = parseOptions(stored)
  return memoryCost < hashingCost.memoryCost || timeCost < hashingCost.timeCost
}

/** Whether a password is safe only together with a second factor. */
export const isShort = (password: string): boolean => lengthOf(password.normalize('NFKC')) < shortest.alone

const lengthOf = (text: string) => [...text].length

/** What is wrong with a password: a name for programs, and what to do. */
export type PasswordFault = { rule: 'long' | 'short' | 'common' | 'monotonous' | 'personal'; message: string }

/**
 * What is wrong with a new password, or undefined: the rules of NIST SP 800-63B-4, which asks for length and against the
 * obvious, and for no mixture of characters.
 *
 * @param withFactor It counts only together with a second factor.
 */
export function passwordFault(
  password: string,
  owner: { email: string; name: string },
  { withFactor = false }: { withFactor?: boolean } = {},
): PasswordFault | undefined {
  if (Buffer.byteLength(password) > maxBytes) return { rule: 'long', message: `Use at most ${maxBytes} bytes.` }
  const normal = password.normalize('NFKC')
  const least = withFactor ? shortest.withFactor : shortest.alone
  if (lengthOf(normal) < least) {
    return { rule: 'short', message: `Use at least ${least} characters; several words are fine.` }
  }
  const lower = normal.toLowerCase()
  if (isCommon(lower)) {
    return { rule: 'common', message: 'Many people use this one, so it is guessed first: choose another.' }
  }
  if (varietyOf(lower) < least / 2) {
    return { rule: 'monotonous', message: 'Use fewer repetitions and sequences, such as aaa, 123 or qwertz.' }
  }
  if (contextWords(owner).some((word) => lower.includes(word))) {
    return { rule: 'personal', message: 'Leave the name, the e-mail address and the name of this product out of it.' }
  }
  return undefined
}

/** What somebody would guess who knows the user. Shorter parts are found in any text by chance. */
const contextWords = ({ email, name }: { email: string; name: string }) =>
  ['lethe', ...email.split(/[@.+_-]/), email.split('@')[0] ?? '', ...name.split(/\s+/)]
    .map((word) => word.normalize('NFKC').toLowerCase())
    .filter((word) => word.length >= 4)

const unambiguous = 'abcdefghjkmnpqrstuvwxyz23456789'

/** A password of 99 bits, easy to read aloud and to type: five groups of four characters. */
export function generatePassword(): string {
  const group = () => Array.from({ length: 4 }, () => unambiguous[randomInt(unambiguous.length)]).join('')
  return Array.from({ length: 5 }, group).join('-')
}

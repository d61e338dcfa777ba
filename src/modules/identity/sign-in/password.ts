import { randomInt } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import { createAdmission } from './admission.ts'

/** Argon2id (the library's default) with 19 MiB and 2 passes, as OWASP advises. */
export const hashingCost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

const shortest = 15
const maxBytes = 1000

// Four hashings are 76 MiB, and as many as Node has threads for them.
const admit = createAdmission({ running: 4, waiting: 100 })

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

/**
 * What is wrong with a new password, or undefined: the rules of NIST SP 800-63B, which asks for length and against the
 * obvious, and for no mixture of characters.
 */
export function passwordFault(password: string, owner: { email: string; name: string }): string | undefined {
  const normal = password.normalize('NFKC')
  if ([...normal].length < shortest) return `Use at least ${shortest} characters; several words are fine.`
  if (Buffer.byteLength(password) > maxBytes) return `Use at most ${maxBytes} bytes.`
  const lower = normal.toLowerCase()
  const parts = [owner.email.split('@')[0] ?? '', ...owner.name.split(/\s+/)].map((part) =>
    part.normalize('NFKC').toLowerCase(),
  )
  // Shorter parts are found in any text by chance.
  if (parts.some((part) => part.length >= 4 && lower.includes(part)))
    return 'Leave the name and the e-mail address out of it.'
  return undefined
}

const unambiguous = 'abcdefghjkmnpqrstuvwxyz23456789'

/** A password of 99 bits, easy to read aloud and to type: five groups of four characters. */
export function generatePassword(): string {
  const group = () => Array.from({ length: 4 }, () => unambiguous[randomInt(unambiguous.length)]).join('')
  return Array.from({ length: 5 }, group).join('-')
}

import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
let known: ReadonlySet<string> | undefined

/** Nearly fifty thousand, in lower case. Only those who choose a password need them, so they are loaded then. */
function commonPasswords(): ReadonlySet<string> {
  if (known) return known
  const { dictionary }: typeof import('@zxcvbn-ts/language-common') = require('@zxcvbn-ts/language-common')
  known = new Set(dictionary['passwords-common'])
  return known
}

/**
 * Whether a password is one of those that many people have, or is made of one by repeating it, or by digits and signs
 * around it (ASVS 6.2.4; NIST SP 800-63B-4, section 3.1.1.2).
 *
 * @param password In lower case.
 */
export function isCommon(password: string): boolean {
  const bare = password.replace(/\s+/g, '')
  const core = bare.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '')
  return [bare, unitOf(bare), core, unitOf(core)].some((form) => commonPasswords().has(form))
}

// The alphabet and the digits, and what lies side by side on keyboards.
const sequences = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  'qwertyuiop',
  'qwertzuiopü',
  'azertyuiop',
  'asdfghjklöä',
  'zxcvbnm',
  'yxcvbnm',
  '1q2w3e4r5t6y7u8i9o0p',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm',
  '1qay2wsx3edc4rfv5tgb6zhn7ujm',
]

const neighbours = new Set(
  sequences.flatMap((sequence) =>
    [...sequence].slice(1).flatMap((next, index) => [`${sequence[index]}${next}`, `${next}${sequence[index]}`]),
  ),
)

/**
 * How many characters of a password are more than the one before them again, its neighbour in a sequence, or the repetition
 * of a part: 1 for `aaaaaaaa`, 2 for `123456789abcdef`, 3 for `x7kx7kx7k`.
 *
 * @param password In lower case.
 */
export function varietyOf(password: string): number {
  const characters = [...unitOf(password)]
  return characters.filter((character, index) => {
    const before = characters[index - 1]
    return character !== before && !neighbours.has(`${before}${character}`)
  }).length
}

/** The shortest part that gives the text when it is repeated, the last time perhaps not to the end. */
function unitOf(text: string): string {
  // The longest end that is also the beginning, for each beginning of the text (Knuth, Morris and Pratt).
  const borders = [0]
  for (let at = 1; at < text.length; at++) {
    let border = borders[at - 1] ?? 0
    while (border > 0 && text[at] !== text[border]) border = borders[border - 1] ?? 0
    borders.push(text[at] === text[border] ? border + 1 : 0)
  }
  return text.slice(0, text.length - (borders.at(-1) ?? 0))
}

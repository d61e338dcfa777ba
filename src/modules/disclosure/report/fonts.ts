import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { create } from 'fontkit'

const { resolve } = createRequire(import.meta.url)
// Their packages name none of their files to others.
const embedded = (name: string, file: string) => join(dirname(resolve(`@embedpdf/${name}`)), '..', 'fonts', file)
const google = (name: string, file: string) => resolve(`@expo-google-fonts/${name}/400Regular/${file}_400Regular.ttf`)

/** Noto, for all scripts that names are mostly written in; under the SIL Open Font License. */
export const fontPaths: readonly string[] = [
  embedded('fonts-latin', 'NotoSans-Regular.ttf'), // Cyrillic and Greek, too.
  embedded('fonts-latin', 'NotoSans-Bold.ttf'),
  embedded('fonts-arabic', 'NotoNaskhArabic-Regular.ttf'),
  embedded('fonts-hebrew', 'NotoSansHebrew-Regular.ttf'),
  embedded('fonts-sc', 'NotoSansHans-Regular.otf'), // Chinese in both forms, and Japanese.
  embedded('fonts-kr', 'NotoSansKR-Regular.otf'),
  google('noto-sans-devanagari', 'NotoSansDevanagari'),
  google('noto-sans-bengali', 'NotoSansBengali'),
  google('noto-sans-tamil', 'NotoSansTamil'),
  google('noto-sans-thai', 'NotoSansThai'),
  google('noto-sans-armenian', 'NotoSansArmenian'),
  google('noto-sans-georgian', 'NotoSansGeorgian'),
  google('noto-emoji', 'NotoEmoji'),
]

/** The characters that these fonts have. */
export function readCharacters(fonts: readonly Buffer[]): ReadonlySet<number> {
  const all = new Set<number>()
  for (const content of fonts) {
    const font = create(content)
    if ('characterSet' in font) for (const character of font.characterSet) all.add(character)
  }
  return all
}

const longestWord = 44

/**
 * A text that can be laid out: a character that no font has stands there by its number, `[U+1E900]`, control characters are left out,
 * and words that are too long for a line may be broken.
 */
export function layable(text: string, characters: ReadonlySet<number>): string {
  let word = 0
  let result = ''
  for (const character of text.normalize('NFC')) {
    const code = character.codePointAt(0) ?? 0
    word = /[\s\p{Script=Han}\-/]/u.test(character) ? 0 : word + 1
    if (character === '\n' || characters.has(code)) result += character
    else if (/[\p{C}\p{Variation_Selector}]/u.test(character)) result += code === 9 ? ' ' : ''
    else result += `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]`
    if (word >= longestWord) {
      result += '\u200b'
      word = 0
    }
  }
  return result
}

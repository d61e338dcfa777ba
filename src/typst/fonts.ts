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

/** How wide a character is, in ems; undefined: these fonts don't have it. */
export type Widths = (code: number) => number | undefined

/** The characters that these fonts have. The first font that has one draws it. */
export function readWidths(fonts: readonly Buffer[]): Widths {
  const faces = fonts.flatMap((content) => {
    const font = create(content)
    return 'characterSet' in font ? [font] : []
  })
  const known = new Map<number, number | undefined>()
  return (code) => {
    if (known.has(code)) return known.get(code)
    const face = faces.find((one) => one.hasGlyphForCodePoint(code))
    const width = face && face.glyphForCodePoint(code).advanceWidth / face.unitsPerEm
    known.set(code, width)
    return width
  }
}

/** Of a line of text in a report. */
const usualLine = 31

/**
 * A text that can be laid out: a character that no font has stands there by its number, `[U+1E900]`, control characters are left out,
 * and words that are too long for a line (in ems) may be broken.
 */
export function layable(text: string, widths: Widths, line = usualLine): string {
  let word = 0
  let result = ''
  for (const character of text.normalize('NFC')) {
    const code = character.codePointAt(0) ?? 0
    const width = widths(code)
    let shown = ''
    if (character === '\n' || width !== undefined) shown = character
    else if (/[\p{C}\p{Variation_Selector}]/u.test(character)) shown = code === 9 ? ' ' : ''
    else shown = `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]`
    const length = width ?? shown.length * unknownWidth
    word = /[\s\p{Script=Han}\-/]/u.test(character) ? 0 : word + length
    if (word > line) {
      result += '\u200b'
      word = length
    }
    result += shown
  }
  return result
}

// As of the letters in `[U+1E900]`.
const unknownWidth = 0.7

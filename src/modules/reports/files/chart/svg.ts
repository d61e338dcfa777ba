// Small pieces of SVG. Nothing of a text is read as markup, and what XML can't hold is left out.

/** How wide the pictures are, in units of their own; on a page, 1000 are about 16 cm. */
export const width = 1000

/** The size of letters. */
export const fontSize = 17

export const ink = '#1a1a1a'
const grey = '#595959'

/** A text as XML has it. */
export const escaped = (text: string): string =>
  text
    .replace(/\p{Surrogate}|[\uFFFE\uFFFF]/gu, '\uFFFD')
    .replace(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')

type Place = { x: number; y: number; anchor?: 'start' | 'middle' | 'end'; muted?: boolean }

/** A line of text; `y` is its base. */
export const label = (text: string, { x, y, anchor = 'start', muted = false }: Place): string =>
  `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" fill="${muted ? grey : ink}">${escaped(text)}</text>`

/** A straight line. */
export const rule = (x1: number, y1: number, x2: number, y2: number, colour = '#d0d0d0'): string =>
  `<path d="M${round(x1)} ${round(y1)}L${round(x2)} ${round(y2)}" stroke="${colour}" stroke-width="1" fill="none"/>`

/** A whole picture. */
export const picture = (height: number, content: readonly string[]): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${round(height)}" font-family="Noto Sans, sans-serif" font-size="${fontSize}">` +
  `${content.join('')}</svg>`

export const round = (value: number): number => Math.round(value * 10) / 10

/** About how wide a text is; rather more than less. */
export const widthOf = (text: string): number =>
  [...text].reduce(
    (sum, character) => sum + (/[\p{Lu}mw@%\p{Script=Han}\p{Extended_Pictographic}]/u.test(character) ? 0.85 : 0.58),
    0,
  ) * fontSize

/** Cut, with an ellipsis, to what has room. */
export function fitted(text: string, room: number): string {
  if (widthOf(text) <= room) return text
  const letters = [...text]
  while (letters.length > 1 && widthOf(`${letters.join('')}…`) > room) letters.pop()
  return `${letters.join('').trimEnd()}…`
}

/** In at most two lines. */
export function inTwoLines(text: string, room: number): string[] {
  if (widthOf(text) <= room) return [text]
  const words = text.split(/(?<=[\s\-/,])/)
  let first = ''
  while (words[0] !== undefined && widthOf(first + words[0]) <= room) first += words.shift()
  return first ? [first.trimEnd(), fitted(words.join(''), room)] : [fitted(text, room)]
}

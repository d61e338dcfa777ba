import { escaped, fitted, fontSize, ink, label, round, width, widthOf } from './svg.ts'

// What series are told apart by: each by a colour that those who see colours differently tell apart too, and by a pattern, a line or a
// mark besides. Contrast to white is 3:1 at least (WCAG 1.4.11).

const colours = ['#0b5fa5', '#c2410c', '#00735c', '#8a2f8a', '#6b5b00', '#4a4a4a']

/** The colour of the nth series. */
export const colourOf = (index: number): string => colours[index % colours.length] ?? ink

const strokes = ['', 'M-2 2L2 -2M0 8L8 0M6 10L10 6', 'M0 4H8', 'M4 0V8', 'M0 0L8 8M8 0L0 8', 'M2 2h2v2h-2z']

/** The patterns of so many series, for `filled`. */
export const patterns = (count: number): string =>
  `<defs>${Array.from(
    { length: count },
    (_, index) =>
      `<pattern id="p${index}" width="8" height="8" patternUnits="userSpaceOnUse">` +
      `<path d="${strokes[index % strokes.length]}" stroke="#fff" stroke-width="1.6" fill="none"/></pattern>`,
  ).join('')}</defs>`

/** A rectangle in the colour and pattern of the nth series. */
export function filled(
  index: number,
  { x, y, length, height }: { x: number; y: number; length: number; height: number },
): string {
  const place = `x="${round(x)}" y="${round(y)}" width="${round(length)}" height="${height}"`
  const pattern = strokes[index % strokes.length] ? `<rect ${place} fill="url(#p${index})"/>` : ''
  return `<rect ${place} fill="${colourOf(index)}"/>${pattern}`
}

/** How the nth series is dashed. */
export const dashOf = (index: number): string => ['', '10 4', '3 4', '12 4 3 4', '1 5', '18 6'][index % 6] ?? ''

/** The mark of the nth series at a point. */
export function mark(index: number, x: number, y: number): string {
  const shapes = [
    `<circle cx="${x}" cy="${y}" r="4.5" fill="${colourOf(0)}"/>`,
    `<path d="M${x - 4} ${y - 4}h8v8h-8z" fill="${colourOf(1)}"/>`,
    `<path d="M${x} ${y - 6}L${x + 5.5} ${y + 4}H${x - 5.5}z" fill="${colourOf(2)}"/>`,
    `<path d="M${x} ${y - 6}L${x + 6} ${y}L${x} ${y + 6}L${x - 6} ${y}z" fill="${colourOf(3)}"/>`,
    `<circle cx="${x}" cy="${y}" r="4.5" fill="#fff" stroke="${colourOf(4)}" stroke-width="2"/>`,
    `<path d="M${x - 4} ${y - 4}h8v8h-8z" fill="#fff" stroke="${colourOf(5)}" stroke-width="2"/>`,
  ]
  return shapes[index % shapes.length] ?? ''
}

/** That a value is suppressed, at a point. */
export const cross = (x: number, y: number): string =>
  `<path d="M${x - 4} ${y - 4}l8 8M${x + 4} ${y - 4}l-8 8" stroke="${ink}" stroke-width="1.6" fill="none"/>`

/** Which series is which, line by line, and how high that is. */
export function legend(
  names: readonly string[],
  sample: (index: number, x: number, y: number) => string,
  note?: string,
): { content: string; height: number } {
  const between = 28
  let [x, y] = [0, fontSize]
  const parts: string[] = []
  const add = (text: string, drawn: (x: number, y: number) => string) => {
    const room = Math.min(widthOf(text), width - 60)
    if (x > 0 && x + 46 + room > width) [x, y] = [0, y + fontSize * 1.6]
    parts.push(drawn(x, y), label(fitted(text, width - 60), { x: x + 42, y }))
    x += 42 + room + between
  }
  for (const [index, name] of names.entries()) add(name, (left, base) => sample(index, left, base))
  if (note) add(note, (left, base) => cross(left + 18, base - 6))
  return { content: parts.join(''), height: y + fontSize * 1.2 }
}

/** For whoever hears a picture read out, inside of it. */
export const title = (text: string): string => `<title>${escaped(text)}</title>`

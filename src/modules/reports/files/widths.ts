// How wide the columns of a table on paper are, counted in letters: as most of their cells want it, and never so narrow that words break.

/** So many letters stand on a line of a table, by whether the page lies on its long side. */
const onALine = (flipped: boolean) => (flipped ? 158 : 104)

/** What stands on both sides of a cell takes as much as these. */
const besides = 2

/** Longer words break: addresses of mails, and names of Welsh villages. */
const longestWord = 18
const widest = 34

/** How much wider letters of headings are. */
const bold = 1.15

/** The widths of columns, each with its heading first; undefined: they don't stand side by side, and words would break. */
export function widthsOf(columns: readonly (readonly string[])[], flipped: boolean): number[] | undefined {
  const wanted = columns.map((texts) => {
    const [heading = '', ...cells] = texts
    const least = Math.min(Math.max(4, Math.ceil(wordIn(heading) * bold), ...cells.map(wordIn)), longestWord)
    return { least: least + besides, more: Math.max(0, usualIn(texts) - least) }
  })
  const room = onALine(flipped) - sum(wanted.map(({ least }) => least))
  if (room < 0) return undefined
  const more = sum(wanted.map((one) => one.more))
  return wanted.map((one) => one.least + (more > 0 ? Math.min(1, room / more) * one.more : 0))
}

/** As most of the cells want it. */
function usualIn(texts: readonly string[]): number {
  const lengths = texts.map(lengthOf).sort((one, other) => one - other)
  const usual = lengths[Math.floor(lengths.length * 0.9)] ?? 0
  return Math.min(Math.max(usual, lengthOf(texts[0] ?? '')), widest)
}

/** The longest that breaks nowhere. */
const wordIn = (text: string) => text.split(/[\s/-]+/).reduce((longest, word) => Math.max(longest, lengthOf(word)), 0)

/** Of some scripts a letter is as wide as two, and breaks anywhere. */
const lengthOf = (text: string) => [...text].length + (text.match(wide)?.length ?? 0)

const wide = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu

const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0)

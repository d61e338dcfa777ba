/** One line of a text, without its line break. `isCut` says that it was too long and its end was thrown away. */
export type TextLine = { number: number; text: string; isCut: boolean }

/** Splits a text into lines, in batches, for one step of an async iterator a line would cost more than the reading. */
export async function* lineBatches(text: AsyncIterable<string>, maxLength: number): AsyncGenerator<TextLine[]> {
  let number = 1
  let rest = ''
  let isCut = false
  const append = (piece: string) => {
    const room = maxLength - rest.length
    rest += room < piece.length ? piece.slice(0, room) : piece
    isCut ||= room < piece.length
  }
  const finish = (): TextLine => {
    const line = { number, text: rest, isCut }
    number += 1
    rest = ''
    isCut = false
    return line
  }
  for await (const chunk of unixNewlines(text)) {
    const lines: TextLine[] = []
    for (const [index, piece] of chunk.split('\n').entries()) {
      if (index > 0) lines.push(finish())
      append(piece)
    }
    if (lines.length > 0) yield lines
  }
  if (rest) yield [finish()]
}

async function* unixNewlines(text: AsyncIterable<string>): AsyncGenerator<string> {
  let held = ''
  for await (const chunk of text) {
    const whole = held + chunk
    // A carriage return at the end of a chunk may be half of a line break.
    held = whole.endsWith('\r') ? '\r' : ''
    yield whole.slice(0, whole.length - held.length).replace(/\r\n?/g, '\n')
  }
  if (held) yield '\n'
}

import { type ReadRow, readRow } from './row.ts'

/** Reads orders from JSON Lines: one order, written as an `OrderRow`, in each line. */
export function* readJsonLines(content: string): Generator<ReadRow> {
  for (const [index, line] of content.split(/\r\n|\n|\r/).entries()) {
    if (line.trim() === '') continue
    const place = `line ${index + 1}`
    const value = parsed(line)
    if (value instanceof SyntaxError) {
      yield {
        place,
        original: [line],
        faults: [{ field: 'line', message: `The line is not valid JSON: ${value.message}.` }],
      }
    } else yield readRow(place, [line], value)
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    if (error instanceof SyntaxError) return error
    throw error
  }
}

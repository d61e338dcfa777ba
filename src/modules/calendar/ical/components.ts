import { lineBatches } from '../../contacts/import/lines.ts'
import { ImportFileError } from '../../contacts/import/row.ts'
import { parseProperty } from '../../contacts/import/vcard-property.ts'

/** One property of a component: `DTSTART;TZID=Europe/Berlin:20260327T090000`. The value is as written, with its escapes. */
export type Property = { name: string; params: ReadonlyMap<string, readonly string[]>; value: string }

/** A component of a calendar: an event, a time zone, a task. */
export type Component = {
  /** `VEVENT` */
  name: string
  /** Where it begins. */
  line: number
  /** Its own, without those of components within. */
  properties: readonly Property[]
  /** What can't be read. */
  faults: readonly string[]
  /** Said of the calendar before it: `METHOD`, `X-WR-TIMEZONE`. */
  calendar: ReadonlyMap<string, string>
}

const longestLine = 64 * 1024
const longestComponent = 256 * 1024
const deepest = 8

type Open = { name: string; line: number; lines: string[]; length: number; depth: number; faults: Set<string> }

/**
 * Reads the components of a calendar (RFC 5545) as it streams by: no more than one of them is in memory, and what is too large
 * is cut off. What can't be read of a component is told with it; the others go on. Throws ImportFileError for what is no calendar.
 */
export async function* readComponents(text: AsyncIterable<string>): AsyncGenerator<Component> {
  let calendar = new Map<string, string>()
  let inside = false
  let hasBegun = false
  let open: Open | undefined
  for await (const lines of lineBatches(text, longestLine)) {
    for (const { number, text: line, isCut } of lines) {
      const [, mark, name = ''] = /^(BEGIN|END):\s*([\w-]+)\s*$/i.exec(line) ?? []
      const type = name.toUpperCase()
      if (open) {
        if (isCut) open.faults.add('A line is longer than 64 KiB.')
        const ends = take(open, mark?.toUpperCase(), type, line)
        if (ends) {
          yield closed(open, calendar)
          open = undefined
        }
      } else if (mark?.toUpperCase() === 'BEGIN' && type === 'VCALENDAR') {
        inside = true
        hasBegun = true
        calendar = new Map()
      } else if (mark?.toUpperCase() === 'END' && type === 'VCALENDAR') inside = false
      else if (mark?.toUpperCase() === 'BEGIN' && inside) {
        open = { name: type, line: number, lines: [], length: 0, depth: 0, faults: new Set() }
      } else if (inside) {
        const property = parseProperty(line)
        if (property && calendar.size < 50) calendar.set(property.name, property.value.trim())
      } else if (!hasBegun && line.trim()) {
        throw new ImportFileError(`line ${number}`, 'This is no calendar: it does not begin with BEGIN:VCALENDAR.')
      }
    }
  }
  if (!hasBegun)
    throw new ImportFileError('line 1', 'There is no BEGIN:VCALENDAR in the file. Choose an iCalendar file.')
  if (open) yield closed({ ...open, faults: open.faults.add(`END:${open.name} is missing.`) }, calendar)
}

/** Takes a line into a component. True: it is its end. */
function take(open: Open, mark: string | undefined, type: string, line: string): boolean {
  if (mark === 'END' && open.depth === 0) {
    if (type !== open.name) open.faults.add(`END:${open.name} is missing.`)
    return true
  }
  if (mark) {
    // Such as alarms, which are nobody else's: passed over.
    open.depth += mark === 'BEGIN' ? 1 : -1
    if (open.depth > deepest) open.faults.add(`Components are nested more than ${deepest} deep.`)
    return false
  }
  if (open.depth > 0) return false
  open.length += line.length + 1
  if (open.length > longestComponent) open.faults.add('It is larger than 256 KiB.')
  else open.lines.push(line)
  return false
}

function closed({ name, line, lines, faults }: Open, calendar: ReadonlyMap<string, string>): Component {
  const properties: Property[] = []
  for (const whole of unfold(lines)) {
    const property = parseProperty(whole)
    if (property) properties.push({ ...property, params: decoded(property.params) })
    else if (whole.trim()) faults.add(`Not a property: ${whole.slice(0, 40)}`)
  }
  return { name, line, properties, faults: [...faults], calendar }
}

/** Joins the lines that go on in the next one (section 3.1). */
function unfold(lines: readonly string[]): string[] {
  const unfolded: string[][] = []
  for (const line of lines) {
    const last = unfolded.at(-1)
    if (last && /^[ \t]/.test(line)) last.push(line.slice(1))
    else unfolded.push([line])
  }
  return unfolded.map((parts) => parts.join(''))
}

/** Without the escapes of RFC 6868. */
const decoded = (params: ReadonlyMap<string, readonly string[]>) =>
  new Map(
    [...params].map(([name, values]) => [
      name,
      values.map((value) =>
        value.replaceAll(/\^([n^'])/g, (_all, mark: string) => ({ n: '\n', "'": '"' })[mark] ?? mark),
      ),
    ]),
  )

import type { Fault } from '../../../graphql/errors.ts'
import { lineBatches, type TextLine } from './lines.ts'
import { ImportFileError, type ImportRow } from './row.ts'
import { type ImportFields, noFields } from './targets.ts'
import { vCardDraft } from './vcard-draft.ts'
import { isQuotedPrintable, parseProperty } from './vcard-property.ts'

/** The property that tells in a list of rejected cards what is wrong, and that is passed over in reading. */
export const FAULT_PROPERTY = 'X-LETHE-FAULT'

const MAX_CARD_LENGTH = 4 * 1024 * 1024

/** What is being read: a card, or the lines between two cards that belong to none. */
type Piece = { line: number; isCard: boolean; lines: string[]; length: number; isCut: boolean }

/** Reads contacts from vCards of version 3.0 and 4.0, and from the 2.1 of older phones. */
export async function* readVCards(
  text: AsyncIterable<string>,
  fields: ImportFields = noFields,
): AsyncGenerator<ImportRow> {
  let piece: Piece | undefined
  let hasCards = false
  for await (const lines of lineBatches(text, MAX_CARD_LENGTH)) {
    for (const line of lines) {
      const isBegin = /^BEGIN:VCARD\s*$/i.test(line.text)
      // A fault stands in front of what it is about, so what came before it has ended.
      const isNextFault = isFaultProperty(line.text) && piece && piece.lines.length > (piece.isCard ? 1 : 0)
      if (piece && (isBegin || isNextFault)) {
        yield readPiece(piece, false, fields)
        piece = undefined
      }
      if (!piece && isPassedOver(line)) continue
      piece ??= { line: line.number, isCard: isBegin, lines: [], length: 0, isCut: false }
      hasCards ||= isBegin
      addLine(piece, line)
      if (piece.isCard && /^END:VCARD\s*$/i.test(line.text)) {
        yield readPiece(piece, true, fields)
        piece = undefined
      }
    }
  }
  if (!hasCards) throw new ImportFileError('line 1', 'There is no BEGIN:VCARD in the file. Choose a file of vCards.')
  if (piece) yield readPiece(piece, false, fields)
}

function isPassedOver({ text }: TextLine): boolean {
  return text.trim() === '' || isFaultProperty(text)
}

function isFaultProperty(text: string): boolean {
  return text.startsWith(`${FAULT_PROPERTY}:`)
}

function addLine(piece: Piece, { text, isCut }: TextLine) {
  if (isFaultProperty(text)) return
  piece.length += text.length + 1
  piece.isCut ||= isCut || piece.length > MAX_CARD_LENGTH
  // Of a card that is too big the beginning and the end are kept, so that it can still be told which one it is.
  if (!piece.isCut || /^END:VCARD\s*$/i.test(text)) piece.lines.push(text)
}

function readPiece(piece: Piece, isComplete: boolean, fields: ImportFields): ImportRow {
  const { properties, faults } = readProperties(piece)
  const row = (fields: Pick<ImportRow, 'draft' | 'externalId' | 'faults'>): ImportRow => ({
    place: `line ${piece.line}`,
    ...fields,
    original: { format: 'vcard', lines: piece.lines },
  })
  if (!piece.isCard) {
    const message = 'This belongs to no vCard. Put BEGIN:VCARD before it, or take it out.'
    return row({ draft: {}, faults: [{ field: 'card', message }] })
  }
  if (!isComplete) faults.unshift({ field: 'card', message: 'The end of the vCard is missing. Add END:VCARD.' })
  if (piece.isCut) {
    faults.unshift({ field: 'card', message: 'The vCard is larger than 4 MiB and was cut off. Take its pictures out.' })
  }
  const kind = properties.find(({ name }) => /^(X-ADDRESSBOOKSERVER-)?KIND$/.test(name))?.value
  if (/^group/i.test(kind ?? ''))
    faults.push({ field: 'card', message: 'This is a group, not a contact. Take it out.' })
  return row({ ...vCardDraft(properties, fields), faults })
}

function readProperties(piece: Piece) {
  const properties = []
  const faults: Fault[] = []
  for (const line of unfold(piece.lines)) {
    const property = parseProperty(line)
    if (property) properties.push(property)
    else faults.push({ field: 'card', message: `Not a property of a vCard: ${line.slice(0, 40)}` })
  }
  return { properties, faults }
}

/** Joins the lines that go on in the next one. */
function unfold(lines: readonly string[]): string[] {
  const unfolded: string[][] = []
  let isSoft = false
  for (const line of lines) {
    const last = unfolded.at(-1)
    if (last && isSoft) last.push(line)
    else if (last && /^[ \t]/.test(line)) last.push(line.slice(1))
    else if (line.trim()) unfolded.push([line])
    const parts = unfolded.at(-1)
    isSoft = parts !== undefined && line.endsWith('=') && isQuotedPrintable(parts[0] ?? '')
    // Quoted-printable breaks a line with an equals sign at its end.
    if (isSoft) parts?.push(parts.pop()?.slice(0, -1) ?? '')
  }
  return unfolded.map((parts) => parts.join(''))
}

import type { Fault } from '../../../graphql/errors.ts'
import type { ContactDraft } from '../draft.ts'
import type { RowBasis } from './bases.ts'

/** The formats an address book can be imported from. */
export type ImportFormat = 'vcard' | 'csv' | 'jsonl'

/** What the first line of a CSV file says. `unrecognisedColumns` are those whose cells are not imported. */
export type CsvHeader = { columns: readonly string[]; delimiter: string; unrecognisedColumns: readonly string[] }

/** A row as it stood in the file, enough to write it out again in the same format (bad-rows.ts). */
export type OriginalRecord =
  | { format: 'csv'; header: CsvHeader; cells: readonly string[] }
  | { format: 'vcard'; lines: readonly string[] }
  | { format: 'jsonl'; line: string }

/** One contact read from a file. `faults` are those of the reading alone; the draft is still to be checked. */
export type ImportRow = {
  /** Where the row begins, for people: `line 12`. */
  place: string
  draft: ContactDraft
  /** The name by which the other system knows the contact: the UID of a vCard, the id column of a table. */
  externalId?: string
  /** Legal grounds that columns tell of. */
  bases?: RowBasis[]
  faults: Fault[]
  original: OriginalRecord
}

/** A file that cannot be read any further as a whole. The message tells what to do about it. */
export class ImportFileError extends Error {
  override name = 'ImportFileError'
  readonly place: string

  constructor(place: string, message: string) {
    super(message)
    this.place = place
  }
}

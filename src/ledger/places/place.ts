import type { LedgerPlace } from '../settings.ts'
import { openLedgerBucket } from './bucket.ts'
import { openLedgerFolder } from './folder.ts'
import { openLedgerTable } from './table.ts'

/** One place where the ledger is kept: texts of entries by their numbers, to which only more can be added. */
export type Place = {
  /** For people: `the folder /var/lib/lethe-ledger`. */
  name: string
  /** The text of an entry, or undefined. */
  read: (sequence: number) => Promise<string | undefined>
  /** Puts an entry there, durable when it settles; false if there is one with this number already. Of several at once, one succeeds. */
  create: (sequence: number, text: string) => Promise<boolean>
  /** The entries from a number on in the order of their numbers, in bounded memory; there may be gaps. */
  from: (sequence: number) => AsyncIterable<{ sequence: number; text: string }>
  /** The highest number; undefined: there are no entries. */
  last: () => Promise<number | undefined>
  /** Moves all entries to where they don't count any more, and says where that is. Undefined if there were none. */
  putAside: () => Promise<string | undefined>
  close: () => Promise<void>
}

/** The place that a setting names. Nothing is opened yet. */
export function openPlace(place: LedgerPlace): Place {
  switch (place.kind) {
    case 'folder':
      return openLedgerFolder(place.path)
    case 'bucket':
      return openLedgerBucket(place.bucket)
    case 'table':
      return openLedgerTable(place.url)
  }
}

const digits = 12

/** How an entry is called where it is kept as a file, so that names sort by number. */
export const fileName = (sequence: number): string => `${String(sequence).padStart(digits, '0')}.json`

/** The number of an entry that is called so; undefined for other files. */
export const sequenceOf = (name: string): number | undefined =>
  /^\d{12}\.json$/.test(name) ? Number(name.slice(0, digits)) : undefined

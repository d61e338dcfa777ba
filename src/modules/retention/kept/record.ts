import type { Prisma } from '#prisma/client.ts'
import type { Json } from '../../../database/json.ts'
import type { Disclosed } from '../../disclosed.ts'

/** A record that a law obliges to keep, as a module tells of it (`PersonalData.retained`). */
export type ToRetain = Disclosed & {
  /** The id of the row that it is a copy of. */
  id: string
  model: string
  retention: { until: Date; citation: string; key: string }
}

/**
 * What the ledger and the register tell of a record that was kept: no personal data. Plain JSON, so that it reads back as it was
 * written.
 */
export type RetainedFact = {
  /** Random; the key that opens the record has the same. */
  id: string
  /** The contact that it was of. */
  contactId: string
  /** The row that it is a copy of. */
  row: string
  model: string
  kind: string
  /** The retention class, or the kind of business record. */
  key: string
  citation: string
  /** ISO 8601, exclusive. */
  until: string
  /** How many files belong to it. */
  files: number
}

/** What is sealed of a record. */
export type SealedRecord = {
  kind: string
  category: string
  record: { readonly [field: string]: Json }
  files: readonly SealedFile[]
}

/** A file of a record: what it was, and the key that opens it, in base64. */
export type SealedFile = { name: string; mediaType: string; size: number; sha256: string; contentKey: string }

/** What all keys of retained records in the storage begin with. */
export const retainedPrefix = 'retained/'

/** Where the record itself lies once more, beside its files: so it comes back where a restored database lacks it. */
export const recordFile = (id: string): string => `${retainedPrefix}${id}/record`

/** Where a file lies, counted from 1. */
export const fileOf = (id: string, number: number): string => `${retainedPrefix}${id}/${number}`

/** All that lies in the storage of a record. Without files, nothing does. */
export const storedOf = ({ id, files }: { id: string; files: number }): string[] =>
  files > 0 ? [recordFile(id), ...Array.from({ length: files }, (_, index) => fileOf(id, index + 1))] : []

/** What a record is sealed for. */
export const recordPlace = (id: string): string => `retained_record/${id}/sealed/1`

/** What a file is sealed for. */
export const filePlace = (id: string, number: number): string => `retained_record/${id}/file/${number}/1`

/** A row of the table. */
export type RetainedRow = Omit<Prisma.RetainedRecordCreateManyInput, 'sealed'> & { sealed: Uint8Array<ArrayBuffer> }

/** A row from what the ledger tells of it, and what is sealed. */
export const rowOf = (erasureId: string, fact: RetainedFact, sealed: Uint8Array<ArrayBuffer>): RetainedRow => ({
  ...{ id: fact.id, erasureId, subjectId: fact.contactId, rowId: fact.row, model: fact.model, kind: fact.kind },
  ...{ retentionKey: fact.key, citation: fact.citation, until: new Date(fact.until), files: fact.files, sealed },
  createdAt: new Date(),
})

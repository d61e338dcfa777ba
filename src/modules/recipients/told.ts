import type { Transaction } from '../../database/transact.ts'
import type { Context } from '../../graphql/context.ts'
import type { FieldChanges } from '../audit/values.ts'

// What recipients are told of beyond the fields of a contact: a module says of each of its types what partners get by reading it (an
// option of the type), and what its entries in the log mean for those who did (`tellings` of the module).

/** Of a type's objects: whoever reads these fields is told when they are rectified. */
export type ReceivedRecord<Shape = unknown> = {
  /** Fields that somebody may have wrong afterwards; no bookkeeping. */
  fields: readonly string[]
  /** Which one it is: its UUID. */
  record: (object: Shape) => string
  /** The contacts that it is about, of those that the caller sees. */
  contacts: (object: Shape, context: Context) => readonly string[] | Promise<readonly string[]>
}

/** An entry of the log, opened. */
export type ToldEntry = {
  contactId: string
  entity: string
  entityId: string
  operation: string
  changes: FieldChanges
}

/** What happened to data: it was rectified or removed; its processing was restricted, or is restricted no longer. */
export type NoticeKind = 'rectified' | 'restricted' | 'unrestricted'

/** What an entry means for recipients. */
export type News<Entry = ToldEntry> = {
  entry: Entry
  kind: NoticeKind
  /** `Order.number`. */
  fields: readonly string[]
  /** The UUID of the record that the fields are of; empty: none. */
  record: string
  /** From when on it holds; when the entry was made, unless said otherwise. */
  from?: Date
}

/** What a module's entries mean for recipients of a contact's data. */
export type Telling = {
  /** The types of the log that it knows of. */
  entities: readonly string[]
  /** Of entries of these types that changed or removed something: those that mean something. */
  news: <Entry extends ToldEntry>(tx: Transaction, entries: readonly Entry[]) => Promise<readonly News<Entry>[]>
}

/** Those of these fields that had a value before: somebody may have it. */
export const replaced = (changes: FieldChanges, fields: readonly string[]): string[] =>
  fields.filter((name) => changes[name]?.old !== undefined && changes[name].old !== null)

import { createHash } from 'node:crypto'
import type { Logger } from 'pino'
import type { Json } from '../database/json.ts'
import type { Transaction } from '../database/transact.ts'
import type { ContactKey, Keys } from '../keys/keys.ts'
import type { Secrets } from '../secrets.ts'
import type { Storage } from '../storage/storage.ts'

/** Of whom is disclosed, and what it is read by: one snapshot, what opens what is sealed, and where files lie. */
export type Held = {
  tx: Transaction
  contactId: string
  keys: Keys
  storage: Storage
  /** Opens what is of no contact yet, and finds it by an address. */
  secrets: Secrets
  log: Logger
  /** Whether a record with this `once` was disclosed with another contact of the same person: this one was merged into that. */
  told?: (kind: string, once: string) => boolean
}

/** One record of what is held about a contact. */
export type Disclosed = {
  /** Of which kind: `appointment`, `order`: one array of the JSON, one CSV file, one section of the PDF. camelCase, singular. */
  kind: string
  /** Which of the module's `categories` it belongs to. */
  category: string
  /**
   * Machine-readable, everything that is classified as personal: keys are camelCase names, dates are ISO 8601 text; nested where
   * it is nested (the lines of an order).
   */
  record: { readonly [field: string]: Json }
  /** The fields that the person gave themself (Art. 20 GDPR): true for all, a list for some. Default: none. */
  portable?: true | readonly string[]
  /** Files that belong to it, in original. */
  files?: readonly DisclosedFile[]
  /** What was left out or replaced since it is about other persons: where, and by which rule (Art. 15(4) GDPR). */
  redactions?: readonly Redaction[]
  /**
   * What it is known by where a merge of contacts copies it: of contacts that are one person, it is disclosed once, as the one that
   * stays has it. Default: it is nowhere else.
   */
  once?: string
}

/** A file that belongs to a record. What `open` gives is the same whenever it is called; `sha256` is hex. */
export type DisclosedFile = {
  name: string
  mediaType: string
  /** Bytes. */
  size: number
  sha256: string
  open: () => AsyncIterable<Uint8Array>
}

/** What a person does not get to see of a record, and why. */
export type Redaction = { field: string; rule: string }

/** A file whose content is at hand. */
export function smallFile(name: string, mediaType: string, content: Uint8Array | string): DisclosedFile {
  const bytes = Buffer.from(content)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return {
    ...{ name, mediaType, size: bytes.length, sha256 },
    async *open() {
      yield bytes
    },
  }
}

/** In both languages. */
export type Text = { de: string; en: string }

/** How a kind of record is called, in the plural, and its fields; and of fields that are one of a few words, how these are called. */
export type KindTexts = Text & {
  fields?: Readonly<Record<string, Text>>
  values?: Readonly<Record<string, Readonly<Record<string, Text>>>>
  /** What a field holds, where that isn't a text as a person reads it. */
  formats?: Readonly<Record<string, Format>>
  /** What the audit log calls such records: types of GraphQL. How their fields are called there stands in `fields`, too. */
  entities?: readonly string[]
}

/**
 * The key of a purpose, of a type of documents, of a class of retention, or of a custom field: it is told by its name. The name of a
 * field of the contact. Texts by language: the one in the language of the report. An exact number, written with a dot. A language (BCP
 * 47), a country (ISO 3166). A recurrence (RFC 5545). An operation, or a type, as the audit log calls it. A ground of Art. 6(1) GDPR. A law.
 */
export type Format =
  | ('purpose' | 'documentType' | 'retentionClass' | 'customField' | 'contactField' | 'texts')
  | ('decimal' | 'language' | 'country' | 'recurrence' | 'operation' | 'entity' | 'ground' | 'citation')

/** Rows about a contact, a page at a time, for `findMany`. */
type Page = { where: { contactId: string; id: { gt: string } }; orderBy: { id: 'asc' }; take: number }

const pageSize = 500
const beforeAll = '00000000-0000-0000-0000-000000000000'

/**
 * All rows that a model has about a contact, in the order of their ids, in bounded memory:
 * `rowsOf(held, (page) => tx.order.findMany({ ...page, include: … }))`.
 */
export async function* rowsOf<Row extends { id: string }>(
  { contactId }: Pick<Held, 'contactId'>,
  find: (page: Page) => PromiseLike<Row[]>,
): AsyncGenerator<Row> {
  let after = beforeAll
  for (;;) {
    const rows = await find({ where: { contactId, id: { gt: after } }, orderBy: { id: 'asc' }, take: pageSize })
    yield* rows
    const last = rows.at(-1)
    if (!last || rows.length < pageSize) return
    after = last.id
  }
}

/** Discloses all rows of a model as they are, for those that have nothing to leave out, to open or to attach. */
export async function* discloseRows<Row extends { id: string }>(
  held: Held,
  kind: string,
  category: string,
  find: (page: Page) => PromiseLike<Row[]>,
): AsyncGenerator<Disclosed> {
  for await (const row of rowsOf(held, find)) yield { kind, category, record: asRecord(row) }
}

/** What opens what is sealed of the contact; undefined if they were forgotten. Not to be kept: ask again for each row, it is cached. */
export async function openerOf({ keys, contactId }: Pick<Held, 'keys' | 'contactId'>): Promise<ContactKey | undefined> {
  const key = (await keys.find([contactId])).get(contactId)
  return key === 'destroyed' ? undefined : key
}

/** A row as a record: dates as ISO 8601 text, numbers that JSON can't carry as text. */
export const asRecord = (row: object): Disclosed['record'] =>
  JSON.parse(JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? value.toString() : value)))

/** What a record says, but for these fields, as one text: by that, a copy that a merge made is known (`Disclosed.once`). */
export const contentOf = (record: Disclosed['record'], ...but: readonly string[]): string =>
  JSON.stringify(Object.entries(record).filter(([name]) => !but.includes(name)))

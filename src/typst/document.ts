/** A field of a record, as it stands in a document. `level`: how deep it is nested. */
export type Field = { label: string; level: number; value: string }

/** A piece of a document. All text is plain: nothing of it is read as markup. */
export type Block =
  | { type: 'text' | 'heading'; text: string }
  | { type: 'list'; items: readonly string[] }
  | { type: 'table'; columns: readonly string[]; rows: readonly (readonly string[])[] }
  /** A table of many narrow columns. `right`: the numbers of columns whose cells stand at the right. `widths`: how wide, in proportion. */
  | {
      type: 'grid'
      columns: readonly string[]
      right: readonly number[]
      widths: readonly number[]
      rows: readonly (readonly string[])[]
    }
  | { type: 'record' | 'line'; title: string; fields: readonly Field[] }
  /** A picture: SVG, with its text alternative. */
  | { type: 'picture'; svg: string; alt: string }

/** A chapter of a document, or a part of one. */
export type Section = { title: string; blocks: readonly Block[] }

/** What a document is made of (document.typ lays it out). */
export type Document = {
  language: 'de' | 'en'
  title: string
  subtitle: string
  /** Whose it is: the first line of `controller`. */
  author: string
  controller: string
  words: { about: string; contents: string; page: string }
  /** Stands below every page, with its number. */
  running: string
  facts: readonly { label: string; value: string }[]
  sections: readonly Section[]
  logo: { name: string; content: string } | null
  logoText: string
  /** Whether a table of contents comes first. Default: yes. */
  contents?: boolean
  /** Whether chapters are numbered. Default: yes. */
  numbered?: boolean
  /** Whether pages lie on their long side. Default: no. */
  flipped?: boolean
}

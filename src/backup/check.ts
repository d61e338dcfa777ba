import type { ContactKey, Keys } from '../keys/keys.ts'
import type { Verifier } from '../modules/audit/checkpoint/keys.ts'
import type { ArchiveRecord, Sort } from './container.ts'
import { ArchiveFault, reasonOf } from './fault.ts'
import { type Counts, type Header, openManifest, readHeader } from './manifest.ts'
import { countRows, type TableRows, unpackRows, unpackTable } from './rows.ts'
import { placeOf } from './write.ts'

/** What goes on in an archive, opened. */
export type Content =
  | { kind: 'header'; header: Header; place: string }
  | { kind: 'rows'; rows: readonly TableRows[] }
  | { kind: 'file'; key: string; content: AsyncIterable<Uint8Array> }
  | { kind: 'end'; counts: Counts; lost: Lost }

/** What can't be opened any more. */
export type Lost = {
  /** Contacts whose keys were destroyed: they were erased. */
  erased: number
  /** Contacts of whom the key store has no key, and never had. */
  unknown: number
  /** Whether the archive's own key is gone: what was waiting for somebody to be recognised is lost with it. */
  waiting: boolean
}

const openedAtOnce = 200
const mostWaiting = 8 * 2 ** 20

/**
 * Reads an archive from beginning to end, opens every part whose key is still there, and compares what there is with the signed
 * manifest. Throws an ArchiveFault at the first thing that is wrong. Whoever uses what came must first wait for the end.
 */
export async function* openArchive(
  records: AsyncIterable<ArchiveRecord>,
  { sort, keys, verifiers }: { sort: Sort; keys: Pick<Keys, 'find'>; verifiers: readonly Verifier[] },
): AsyncGenerator<Content> {
  const source = records[Symbol.asyncIterator]()
  const next = async () => {
    const { value, done } = await source.next()
    return done ? undefined : value
  }
  const rows: Record<string, number> = {}
  const lost: Lost = { erased: 0, unknown: 0, waiting: false }
  const found = { contacts: 0, files: 0, fileBytes: 0 }
  const first = await next()
  if (!first) return
  const header = readHeader(first)
  yield { kind: 'header', header, place: first.place }

  const nameOf = (table: number, place: string) => {
    const name = header.tables[table]?.name
    if (name === undefined) throw new ArchiveFault(place, 'damaged: there is no table of this number.')
    return name
  }
  const noted = (place: string, read: () => Iterable<TableRows>): TableRows[] => {
    try {
      const all = [...read()]
      for (const { table, rows: some } of all) {
        const name = nameOf(table, place)
        rows[name] = (rows[name] ?? 0) + countRows(some)
      }
      return all
    } catch (cause) {
      if (cause instanceof ArchiveFault) throw cause
      throw new ArchiveFault(place, `damaged (${reasonOf(cause)}).`, { cause })
    }
  }

  let waiting: ArchiveRecord[] = []
  let size = 0
  /** Opens the parts that wait, with one look for their keys. */
  async function* opened(): AsyncGenerator<Content> {
    if (waiting.length === 0) return
    const parts = waiting.map(partOf)
    waiting = []
    size = 0
    const known = await keys.find([...new Set(parts.map(({ owner }) => owner))])
    for (const { kind, owner, number, sealed, place } of parts) {
      const key = known.get(owner)
      if (kind === 'C' && number === 0) found.contacts++
      if (key === undefined || key === 'destroyed') {
        if (kind === 'W') lost.waiting = true
        else if (number === 0) lost[key ? 'erased' : 'unknown']++
        continue
      }
      yield { kind: 'rows', rows: noted(place, () => unpackRows(openPart(key, header.archive, owner, number, sealed))) }
    }
  }

  for (let record = await next(); record; record = await next()) {
    const { kind, content, place } = record
    if (kind === 'C' || kind === 'W') {
      if (content.length < 20) throw new ArchiveFault(place, 'damaged: this is no part of a contact.')
      waiting.push(record)
      size += content.length
      if (waiting.length >= openedAtOnce || size > mostWaiting) yield* opened()
      continue
    }
    yield* opened()
    if (kind === 'T') yield { kind: 'rows', rows: noted(place, () => [unpackTable(content)]) }
    else if (kind === 'F') {
      const key = fileKey(content, place)
      const file = { read: false, size: 0 }
      const bytes = fileContent(next, place, file)
      yield { kind: 'file', key, content: bytes }
      if (!file.read) for await (const _ of bytes); // Nobody wanted it.
      found.files++
      found.fileBytes += file.size
    } else if (kind === 'M') {
      const counts = openManifest(record, sort, header, verifiers)
      compare(record.place, counts, { rows, lost, found })
      await next() // Nothing comes, or it throws.
      yield { kind: 'end', counts, lost }
    } else throw new ArchiveFault(place, 'damaged: this record does not belong here.')
  }
}

function partOf({ kind, content, place }: ArchiveRecord) {
  const id = content.toString('hex', 0, 16)
  const owner = [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20)].join('-')
  return { kind, owner, number: content.readUInt32BE(16), sealed: content.subarray(20), place }
}

const openPart = (key: ContactKey, archive: string, owner: string, part: number, sealed: Uint8Array) =>
  key.open(placeOf(archive, owner, part), sealed)

function fileKey(content: Buffer, place: string): string {
  try {
    const { key } = JSON.parse(content.toString())
    if (typeof key === 'string') return key
  } catch {
    // Told below.
  }
  throw new ArchiveFault(place, 'damaged: this is no file.')
}

async function* fileContent(
  next: () => Promise<ArchiveRecord | undefined>,
  place: string,
  file: { read: boolean; size: number },
): AsyncGenerator<Uint8Array> {
  for (let record = await next(); record; record = await next()) {
    if (record.kind === 'E') {
      file.read = true
      if (JSON.parse(record.content.toString()).size === file.size) return
      break
    }
    if (record.kind !== 'D') break
    file.size += record.content.length
    yield record.content
  }
  throw new ArchiveFault(place, 'damaged: the file is not whole.')
}

type Found = {
  rows: Readonly<Record<string, number>>
  lost: Lost
  found: Pick<Counts, 'contacts' | 'files' | 'fileBytes'>
}

/** Where keys are gone, there are fewer rows; never more. */
function compare(place: string, counts: Counts, { rows, lost, found }: Found) {
  const mayLack = lost.erased + lost.unknown > 0 || lost.waiting
  const wrong = Object.keys({ ...counts.rows, ...rows }).filter((name) => {
    const [has, should] = [rows[name] ?? 0, counts.rows[name] ?? 0]
    return mayLack ? has > should : has !== should
  })
  const others = (['contacts', 'files', 'fileBytes'] as const).filter((name) => found[name] !== counts[name])
  if (wrong.length + others.length === 0) return
  throw new ArchiveFault(place, `what there is doesn't match the manifest: ${[...wrong, ...others].join(', ')}.`)
}

import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import type { ContactKey, Keys } from '../keys/keys.ts'
import type { Signer } from '../modules/audit/checkpoint/keys.ts'
import { isKey, MissingFile, type Storage } from '../storage/storage.ts'
import type { OnProgress } from './archive-file.ts'
import { createRecorder, type Sort } from './container.ts'
import { type Counts, type Header, noCounts, signManifest } from './manifest.ts'
import { byFirstColumn, countRows, packRows, packTable, type TableRows, wholeRows } from './rows.ts'
import { type ArchivedTable, listed, quoted } from './tables.ts'

/** What an archive is written from. */
export type Source = {
  sort: Sort
  /** Within one transaction that sees everything as of one moment. */
  client: pg.Client
  header: Header
  keys: Pick<Keys, 'find' | 'create'>
  signer: Signer
  /** Undefined: without files. */
  storage: Storage | undefined
  onProgress: OnProgress | undefined
}

/** How many contacts are read at a time. */
const contactsAtOnce = 1000
/** Bytes of rows that are in memory at a time; a part of a contact has no more than the second, unless one row alone does. */
const mostHeld = 16 * 2 ** 20
const partSize = 2 ** 18
const tableSize = 2 ** 20

/**
 * What is not archived: where a bucket keeps the ledger of erasures, too, which must never be set back with the rest; and files of reports
 * (`passing`).
 */
const leftOut = ['ledger/', 'report-files/']

/** The id that rows go by which are sealed under the archive's own key. */
const nobody = String.raw`\N`

/**
 * Writes an archive, in bounded memory whatever the number of contacts and of rows about one. Throws when there are more or fewer
 * rows than PostgreSQL counted in the same moment.
 */
export async function* writeArchive(source: Source): AsyncGenerator<Uint8Array> {
  const { sort, client, header, keys, signer, storage } = source
  const { begin, record, digest } = createRecorder(sort)
  const counts = noCounts()
  const expected = await countAll(client, header.tables)
  const total = Object.values(expected).reduce((sum, count) => sum + count, 0)
  let done = 0
  const note = ({ name }: ArchivedTable, rows: Uint8Array) => {
    const count = countRows(rows)
    counts.rows[name] = (counts.rows[name] ?? 0) + count
    done += count
    source.onProgress?.(done, total, `${done} of ${total} rows`)
  }

  yield begin()
  yield record('H', JSON.stringify(header))
  const owned = createHolder({ keys, archive: header.archive, counts })
  for (const [number, table] of header.tables.entries()) {
    counts.rows[table.name] = 0
    if (table.ownership === 'contact') continue
    const copying = client.query(copyTo(`COPY (SELECT ${listed(table)} FROM ${quoted(table.name)}) TO STDOUT`))
    for await (const rows of wholeRows(copying, tableSize)) {
      note(table, rows)
      if (table.ownership === 'everybody') yield record('T', packTable({ table: number, rows }))
      else {
        owned.hold(nobody, { table: number, rows })
        for (const part of await owned.release(mostHeld)) yield record(part.kind, part.content)
      }
    }
  }
  const isAnybodys = header.tables.some(({ ownership }) => ownership === 'contact')
  for await (const between of isAnybodys ? ranges(client) : []) {
    for (const [number, table] of header.tables.entries()) {
      if (table.ownership !== 'contact') continue
      const rows = `SELECT ${listed(table)} FROM ${quoted(table.name)} WHERE ${between}`
      for await (const some of wholeRows(client.query(copyTo(`COPY (${rows}) TO STDOUT`)), tableSize)) {
        note(table, some)
        for (const run of byFirstColumn(some)) owned.hold(run.owner, { table: number, rows: run.rows })
        for (const part of await owned.release(mostHeld)) yield record(part.kind, part.content)
      }
    }
    for (const part of await owned.release(0)) yield record(part.kind, part.content)
    owned.forget()
  }
  compare(counts.rows, expected)
  owned.subtract(header.tables)
  // Files are written once and never changed: those that the rows tell of are there, or are removed at this moment.
  await client.query('COMMIT')
  if (storage) {
    for await (const { key } of storage.list('')) {
      // Nor what somebody else keeps in the same bucket, such as the ledger under another prefix.
      if (leftOut.some((prefix) => key.startsWith(prefix)) || !isKey(key)) continue
      let size = 0
      let begun = false
      try {
        for await (const content of storage.open(key)) {
          if (!begun) yield record('F', JSON.stringify({ key }))
          begun = true
          size += content.length
          yield record('D', content)
        }
      } catch (error) {
        if (!(error instanceof MissingFile) || begun) throw error
        continue // Removed meanwhile.
      }
      if (!begun) yield record('F', JSON.stringify({ key }))
      yield record('E', JSON.stringify({ size }))
      counts.files++
      counts.fileBytes += size
      source.onProgress?.(total, total, `${counts.files} files`)
    }
  }
  yield record('M', signManifest(signer, sort, { ...counts, archive: header.archive, sha256: digest() }))
}

async function countAll(client: pg.Client, tables: readonly ArchivedTable[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { name } of tables) {
    const { rows } = await client.query<{ count: number }>(`SELECT count(*)::float8 AS count FROM ${quoted(name)}`)
    counts[name] = rows[0]?.count ?? 0
  }
  return counts
}

/** A table that grew a way round what is written here would be lost in silence. */
function compare(written: Readonly<Record<string, number>>, expected: Readonly<Record<string, number>>) {
  for (const [name, count] of Object.entries(expected)) {
    if (written[name] !== count) throw new Error(`${name} has ${count} rows, of which ${written[name]} were written.`)
  }
}

/** Conditions, each for the next contacts in the order of their ids; together, for all rows. */
async function* ranges(client: pg.Client): AsyncGenerator<string> {
  for (let after: string | undefined; ; ) {
    const beyond = after ? `contact_id > '${after}'` : 'true'
    const { rows }: { rows: { id: string }[] } = await client.query(
      `SELECT contact_id::text AS id FROM contact WHERE ${beyond} ORDER BY contact_id OFFSET ${contactsAtOnce - 1} LIMIT 1`,
    )
    const until = rows[0]?.id
    if (until === undefined) {
      yield after ? beyond : 'contact_id IS NOT NULL'
      yield 'contact_id IS NULL'
      return
    }
    yield `${beyond} AND contact_id <= '${until}'`
    after = until
  }
}

type Held = { parts: TableRows[]; size: number }

/** Holds rows until there are enough of their owner's to be sealed, or too many of all. */
function createHolder({ keys, archive, counts }: { keys: Source['keys']; archive: string; counts: Counts }) {
  let held = new Map<string, Held>()
  let size = 0
  const partsOf = new Map<string, number>()
  const left = new Map<number, number>()
  let ownParts = 0

  function seal(owner: string, key: ContactKey | 'destroyed' | undefined, parts: readonly TableRows[]) {
    if (key === undefined) throw new Error(`There is no key of ${owner}.`)
    if (key === 'destroyed') {
      for (const { table, rows } of parts) left.set(table, (left.get(table) ?? 0) + countRows(rows))
      if (owner !== nobody && !partsOf.has(owner)) counts.gone++
      partsOf.set(owner, 0)
      return []
    }
    const number = owner === nobody ? ownParts++ : (partsOf.get(owner) ?? 0)
    if (owner !== nobody) partsOf.set(owner, number + 1)
    if (owner !== nobody && number === 0) counts.contacts++
    const id = owner === nobody ? archive : owner
    const sealed = key.seal(placeOf(archive, id, number), packRows(parts))
    const head = Buffer.alloc(20)
    head.write(id.replaceAll('-', ''), 'hex')
    head.writeUInt32BE(number, 16)
    return [{ kind: owner === nobody ? ('W' as const) : ('C' as const), content: Buffer.concat([head, sealed]) }]
  }

  return {
    hold(owner: string, rows: TableRows) {
      const known = held.get(owner) ?? { parts: [], size: 0 }
      known.parts.push(rows)
      known.size += rows.rows.length
      size += rows.rows.length
      held.set(owner, known)
    },
    /** Sealed parts of those who have enough; of all, once there are more bytes than `most` in memory. */
    async release(most: number) {
      const all = size > most
      const ready = [...held].filter(([, one]) => all || one.size >= partSize)
      if (ready.length === 0) return []
      for (const [owner, one] of ready) {
        held.delete(owner)
        size -= one.size
      }
      const ids = ready.map(([owner]) => (owner === nobody ? archive : owner))
      const found = await keysOf(keys, ids)
      return ready.flatMap(([owner, { parts }], at) => seal(owner, found.get(ids[at] ?? ''), parts))
    },
    /** The contacts so far don't come again. */
    forget() {
      held = new Map()
      partsOf.clear()
    },
    /** Takes back from the counts what wasn't written, since its key is gone. */
    subtract(tables: readonly ArchivedTable[]) {
      for (const [number, count] of left) {
        const name = tables[number]?.name ?? ''
        counts.rows[name] = (counts.rows[name] ?? 0) - count
      }
    },
  }
}

/** Whoever has rows and no key gets one, unless it was destroyed. */
async function keysOf(keys: Source['keys'], ids: readonly string[]) {
  const found = await keys.find(ids)
  const missing = ids.filter((id) => !found.has(id))
  if (missing.length === 0) return found
  await keys.create(missing)
  return keys.find(ids)
}

/** Where a part of an archive belongs: it opens nowhere else. */
export const placeOf = (archive: string, owner: string, part: number): string => `backup/${archive}/${owner}/${part}`

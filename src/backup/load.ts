import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { MissingFile, type Storage } from '../storage/storage.ts'
import type { Content, Lost } from './check.ts'
import { ArchiveFault } from './fault.ts'
import { withoutGuards } from './guards.ts'
import type { Counts, Header } from './manifest.ts'
import { countRows } from './rows.ts'
import { type ArchivedTable, listed, migrationsOf, quoted } from './tables.ts'

/** What was restored. */
export type Loaded = { rows: number; files: number; counts: Counts; lost: Lost }

/** Bytes of rows that are in memory at a time. */
const mostHeld = 8 * 2 ** 20

/**
 * Puts what is in an archive into an empty database that is at the version of the archive, in one transaction of its owner: all of
 * it, or nothing. Files are put into the storage before that commits, and are taken out again if it doesn't: but those that were
 * there before.
 */
export async function loadArchive(options: {
  owner: pg.Client
  tables: readonly ArchivedTable[]
  content: AsyncIterable<Content>
  storage: Storage | undefined
  /** In the same transaction, at its end. */
  afterwards?: (loaded: Loaded) => Promise<void>
}): Promise<Loaded> {
  const { owner, tables, content, storage, afterwards } = options
  const put: string[] = []
  let loaded: Loaded | undefined
  try {
    await owner.query('BEGIN')
    await withoutGuards(owner, tables, async () => {
      await owner.query(`TRUNCATE ${tables.map(({ name }) => quoted(name)).join(', ')}`)
      loaded = await load({ owner, content, storage, put })
      if (!loaded) throw new Error('the archive had no end')
      await afterwards?.(loaded)
    })
  } catch (error) {
    await Promise.allSettled(put.map((key) => storage?.remove(key)))
    throw error
  }
  // Should the answer get lost, it may be done, and need its files: those of none are removed in time by whoever keeps house.
  await owner.query('COMMIT')
  if (!loaded) throw new Error('the archive had no end')
  return loaded
}

type Loading = Pick<Parameters<typeof loadArchive>[0], 'owner' | 'content' | 'storage'> & { put: string[] }

async function load({ owner, content, storage, put }: Loading): Promise<Loaded | undefined> {
  let header: Header | undefined
  let rows = 0
  let files = 0
  const held = createBuffers(owner, () => header)
  for await (const one of content) {
    if (one.kind === 'header') {
      await refuseOtherTables(owner, one)
      header = one.header
    } else if (one.kind === 'rows') {
      for (const some of one.rows) {
        held.add(some.table, some.rows)
        rows += countRows(some.rows)
      }
      await held.copy(mostHeld)
    } else if (one.kind === 'file' && storage) {
      // A storage that outlived its database has them all: whatever becomes of this, they stay.
      if (!(await isThere(storage, one.key))) put.push(one.key)
      await storage.put(one.key, one.content)
      files++
    } else if (one.kind === 'end') {
      await held.copy(0)
      return { rows, files, counts: one.counts, lost: one.lost }
    }
  }
  return undefined
}

async function isThere(storage: Storage, key: string): Promise<boolean> {
  try {
    for await (const _ of storage.open(key)) return true
    return true
  } catch (error) {
    if (error instanceof MissingFile) return false
    throw error
  }
}

/** Rows by their table, copied together. */
function createBuffers(owner: pg.Client, header: () => Header | undefined) {
  let waiting = new Map<number, Buffer[]>()
  let size = 0
  return {
    add(table: number, rows: Buffer) {
      const known = waiting.get(table) ?? []
      known.push(rows)
      waiting.set(table, known)
      size += rows.length
    },
    async copy(most: number) {
      if (size <= most) return
      for (const [number, rows] of waiting) {
        const table = header()?.tables[number]
        if (!table) throw new Error('there is no such table')
        await pipeline(rows, owner.query(copyFrom(`COPY ${quoted(table.name)} (${listed(table)}) FROM STDIN`)))
      }
      waiting = new Map()
      size = 0
    },
  }
}

/** An archive fits the version that made it. */
export async function refuseOtherTables(
  client: pg.Client,
  { header, place }: { header: Header; place: string },
): Promise<void> {
  const here = await migrationsOf(client)
  const older = here.filter((name) => !header.migrations.includes(name))
  const newer = header.migrations.filter((name) => !here.includes(name))
  if (older.length + newer.length === 0) return
  const which = newer.length > 0 ? `later than this one (${newer.at(-1)})` : `earlier than this one (${older[0]})`
  throw new ArchiveFault(
    place,
    `the archive was made by Lethe ${header.version}, whose database is ${which}. Restore it with that version` +
      `${newer.length > 0 ? '' : ', and then start this one, which brings it up to date'}.`,
  )
}

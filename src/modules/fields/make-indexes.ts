import pg from 'pg'
import type { Notifications } from '../../database/listen.ts'
import type { Logger } from '../../log.ts'
import { loggable } from '../../log-error.ts'
import { startWorkerLoop, type Worker } from '../../worker-loop.ts'
import { isFieldKey } from './definition.ts'
import { type FieldIndex, indexesOf, indexPrefix } from './index-names.ts'
import { isFieldKind } from './kinds.ts'

// The product owns nothing, so it only asks for indexes. Whoever has the owner's connection makes them, one at a time, in a way
// that keeps nobody from reading or writing meanwhile; that can't be done in a transaction, nor in a function of PostgreSQL's.

/** Held while indexes are made, and by whoever changes what their expressions mean. */
export const indexLock = 5_384_846

/** What became of the indexes. */
export type IndexesMade = { made: string[]; removed: string[] }

/**
 * Makes the indexes that are asked for, of one field or of all, and removes what isn't wanted any more.
 *
 * @param ownerUrl The database's address as the user who owns it.
 */
export async function makeFieldIndexes(ownerUrl: string, key?: string): Promise<IndexesMade> {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'lethe indexes' })
  client.on('error', () => undefined) // The query that was running tells of it.
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [indexLock])
    return await bringAbout(client, key)
  } finally {
    await client.end()
  }
}

async function bringAbout(client: pg.Client, only: string | undefined): Promise<IndexesMade> {
  const wanted = (await wantedIndexes(client)).filter(({ key }) => only === undefined || key === only)
  const present = await presentIndexes(client)
  const names = new Set(wanted.flatMap(({ indexes }) => indexes.map(({ name }) => name)))
  // One that is not valid is what an attempt left that was cut off.
  const obsolete = [...present].filter(
    ([name, valid]) => (only === undefined && !names.has(name)) || (names.has(name) && !valid),
  )
  const removed: string[] = []
  for (const [name] of obsolete) {
    await client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${pg.escapeIdentifier(name)}`)
    removed.push(name)
  }
  const made: string[] = []
  for (const { name, on } of wanted.flatMap(({ indexes }) => indexes)) {
    if (present.get(name)) continue
    await client.query(`CREATE INDEX CONCURRENTLY IF NOT EXISTS ${pg.escapeIdentifier(name)} ON contact ${on}`)
    made.push(name)
  }
  return { made, removed }
}

/** Whatever stands in the table, nothing but keys and kinds that can be becomes part of a statement. */
async function wantedIndexes(client: pg.Client): Promise<{ key: string; indexes: FieldIndex[] }[]> {
  const { rows } = await client.query<{ key: string; kind: string }>(
    `SELECT key, kind FROM field_definition WHERE index_requested_at IS NOT NULL AND NOT sensitive AND kind <> 'file' ORDER BY key`,
  )
  return rows.flatMap(({ key, kind }) =>
    isFieldKey(key) && isFieldKind(kind) ? [{ key, indexes: indexesOf({ key, kind }) }] : [],
  )
}

async function presentIndexes(client: pg.Client): Promise<ReadonlyMap<string, boolean>> {
  const { rows } = await client.query<{ name: string; valid: boolean }>(
    `SELECT c.relname AS name, i.indisvalid AS valid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     WHERE i.indrelid = 'contact'::regclass AND starts_with(c.relname, $1)`,
    [indexPrefix],
  )
  return new Map(rows.map(({ name, valid }) => [name, valid]))
}

/** Makes indexes whenever definitions change, as long as it isn't closed. What fails is tried again at the next change, or in an hour. */
export const startIndexMaker = ({ ownerUrl, notifications, log }: IndexMaking): Worker =>
  startWorkerLoop({
    turn: async () => {
      const { made, removed } = await makeFieldIndexes(ownerUrl)
      if (made.length + removed.length > 0) log.info({ made, removed }, 'indexes of custom fields')
    },
    failed: (error) => log.error({ error: loggable(error) }, 'an index of a custom field can not be made'),
    wakes: { notifications, channel: 'lethe_fields' },
    longestWait: 3_600_000,
  })

type IndexMaking = { ownerUrl: string; notifications: Notifications; log: Logger }

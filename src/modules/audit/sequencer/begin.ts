import type pg from 'pg'
import type { Keys } from '../../../keys/keys.ts'
import type { Logger } from '../../../log.ts'
import { signerOfEpoch } from '../checkpoint/epochs.ts'
import { readCheckpoint } from '../checkpoint/note.ts'
import type { OutsideCopies } from '../checkpoint/outside.ts'
import type { AuditSigner } from '../checkpoint/signing-key.ts'
import { GrowingTree } from '../tree/growth.ts'
import { peaksAt, type Query } from '../tree/stored.ts'
import { type Discrepancy, findDiscrepancy, type Stored } from './assess.ts'
import { beginEpoch } from './begin-epoch.ts'
import { type Sweep, wholeSweep } from './entries.ts'
import type { Held } from './grow.ts'
import type { Lease } from './lease.ts'
import { compareSigner, newestNote, newestOwn } from './own-log.ts'
import { checkUnsigned } from './unsigned.ts'

/** What the sequencer works with. */
export type Tools = {
  pool: pg.Pool
  query: Query
  keys: Keys
  signer: AuditSigner
  outside: OutsideCopies
  log: Logger
}

/** What the holder of the lease goes by; `sweep` while it looks through all entries, `database` to note at the end of that. */
export type Holding = Held & { sweep: Sweep | undefined; database: string }

/**
 * Makes ready to work with a lease just taken: reads the tree, compares it with what was signed before, and begins a new
 * epoch if it isn't the same. Then, and in a database of which we don't know that transactions count on in it, all entries
 * are looked through once; else those from the watermark on.
 */
export async function beginTerm(tools: Tools, lease: Lease): Promise<Holding> {
  const { query, signer, outside, log } = tools
  const here = await placeOfDatabase(tools.pool)
  const copy = await outside.newest()
  const stored = await readStored(tools, lease)
  if (!copy && stored.size > 0) {
    log.warn({ size: stored.size }, 'there is no copy of a checkpoint of the audit log outside of the database')
  }
  const isRenamed = (await compareSigner(tools.pool, signer)) === 'renamed'
  const discrepancy: Discrepancy | undefined = isRenamed
    ? { reason: 'renamed', known: stored.checkpoint ?? copy }
    : await findDiscrepancy(query, stored, copy)
  const isKnown = !discrepancy && lease.database === here.name && BigInt(lease.watermark) <= BigInt(here.oldest)
  const epoch = discrepancy ? Math.max(stored.epoch, stored.lastEpoch, copy?.epoch ?? 1) + 1 : stored.epoch
  const tree = new GrowingTree(stored.size, await peaksAt(query, stored.size))
  // Under a new name and key, all that is known of what was signed is what it says of itself.
  const signed = stored.checkpoint ?? (isRenamed ? readCheckpoint((await newestNote(tools.pool)) ?? '') : undefined)
  await checkUnsigned(tools.pool, signed?.size ?? 0, stored.size)
  const watermark = isKnown ? stored.watermark : here.oldest
  const holding: Holding = {
    lease: { ...lease, epoch, watermark, ...(!isKnown && { database: '' }) },
    tree,
    signer: signerOfEpoch(signer, epoch),
    sweep: isKnown ? undefined : wholeSweep,
    database: here.name,
  }
  if (discrepancy) {
    const { reason, known } = discrepancy
    const facts = { reason, epoch, size: stored.size, known: known && { origin: known.origin, size: known.size } }
    log.error(facts, 'the audit log in the database is not the one that was signed; it goes on as a new epoch')
    outside.keep(await beginEpoch(tools, holding, discrepancy))
  }
  return holding
}

/** `lastEpoch`: the largest number of any. `watermark`: where to look for entries from. */
type Found = Stored & { lastEpoch: number; watermark: string }

async function readStored({ pool, signer }: Tools, lease: Lease): Promise<Found> {
  // Whatever the lease says, no entry since the last leaf is passed over.
  const { rows } = await pool.query<{ size: string; epoch: number; watermark: string }>(
    `WITH last AS (SELECT leaf_index, entry_id, contact_id FROM audit_leaf ORDER BY leaf_index DESC LIMIT 1)
     SELECT coalesce((SELECT leaf_index + 1 FROM last), 0) AS size,
       (SELECT coalesce(max(epoch), 1) FROM audit_checkpoint) AS epoch,
       least($1::bigint, coalesce(
         (SELECT e.transaction_id FROM last JOIN audit_entry e ON e.contact_id = last.contact_id AND e.id = last.entry_id),
         (SELECT e.transaction_id FROM last JOIN system_audit_entry e ON e.id = last.entry_id))) AS watermark`,
    [lease.watermark],
  )
  const checkpoint = await newestOwn(pool, signer)
  const { size, epoch = 1, watermark = lease.watermark } = rows[0] ?? {}
  return {
    size: Number(size),
    epoch: checkpoint?.epoch ?? lease.epoch,
    lastEpoch: Math.max(lease.epoch, epoch),
    watermark,
    checkpoint,
  }
}

/**
 * Which database this is, and its oldest transaction that still runs. Some who run PostgreSQL for others keep the server's
 * identifier from us; then a lower transaction still tells that it was moved.
 */
async function placeOfDatabase(pool: pg.Pool): Promise<{ name: string; oldest: string }> {
  const { rows } = await pool.query<{ oid: string; oldest: string; mayAsk: boolean }>(
    `SELECT oid::text, pg_snapshot_xmin(pg_current_snapshot())::text AS oldest,
       has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') AS "mayAsk"
     FROM pg_database WHERE datname = current_database()`,
  )
  const { oid = '', oldest = '0', mayAsk = false } = rows[0] ?? {}
  if (!mayAsk) return { name: `unknown/${oid}`, oldest }
  const server = await pool.query<{ id: string }>('SELECT system_identifier::text AS id FROM pg_control_system()')
  return { name: `${server.rows[0]?.id}/${oid}`, oldest }
}

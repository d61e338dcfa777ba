import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import type { Json } from '../../../database/json.ts'
import { installationId, type Keys } from '../../../keys/keys.ts'
import { type FieldChanges, placeOf, sealValues } from '../values.ts'
import type { Discrepancy } from './assess.ts'
import { systemEntry } from './entries.ts'
import { grow, type Held } from './grow.ts'

/**
 * Goes on as a new epoch, whose number and signer `held` has already. Its first leaf is an entry that says why, which
 * checkpoint was the last one known, and how many entries are missing. Returns the first checkpoint.
 */
export async function beginEpoch(
  { pool, keys }: { pool: pg.Pool; keys: Keys },
  held: Held,
  { reason, known }: Discrepancy,
): Promise<string> {
  const size = held.tree.size
  const entry = await sealed(keys, {
    epoch: held.lease.epoch,
    origin: held.signer.name,
    reason,
    treeSize: size,
    missing: Math.max(0, (known?.size ?? 0) - size),
    lastCheckpoint: known?.note ?? null,
  })
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    await client.query(
      `INSERT INTO system_audit_entry (id, request_id, actor_kind, action, operation, entity, entity_id, fields, "values")
       VALUES ($1, $2, 'system', 'created', 'beginEpoch', 'AuditEpoch', $3, $4, $5)`,
      [entry.id, randomUUID(), uuidv7(), entry.fields, entry.values],
    )
    // Refuses if the lease is lost by now; then the entry isn't there either.
    const note = await grow(client, held, [await systemEntry(client, entry.id)])
    await client.query('COMMIT')
    client.release()
    return note ?? ''
  } catch (error) {
    client.release(true) // With its transaction, whatever state that is in.
    throw error
  }
}

async function sealed(keys: Keys, facts: Record<string, Json>) {
  const key = (await keys.find([installationId])).get(installationId)
  if (!key || key === 'destroyed') throw new Error('the key store has no key for the installation')
  const id = uuidv7()
  const changes: FieldChanges = Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, { new: value }]))
  return { id, fields: Object.keys(changes), values: sealValues(key, placeOf(null, id), changes) }
}

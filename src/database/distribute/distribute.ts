import type pg from 'pg'
import { StartError } from '../../start-error.ts'
import { migrationLock } from '../migrate.ts'
import { type Place, type Placed, readCatalogue } from './catalogue.ts'

/** What was done: tables by place, and those that were there already. */
export type Distributed = Record<Place, number> & { before: number }

export type DistributeOptions = {
  /** How many parts each table about contacts gets. */
  shards: number
  progress?: (done: number, total: number, table: string) => void
}

/**
 * Turns an installation into one on several machines, by Citus: tables about contacts are distributed by `contact_id`, and lie together;
 * what they refer to is on each machine, the rest on the coordinator. Interrupted, it goes on when it is called again, as it does with the
 * tables that an upgrade added. As the owner of the tables, on a connection of its own: as long as that is open, no server starts. Throws a
 * StartError that says what is missing, or that a server works with the database.
 */
export async function distribute(owner: pg.Client, { shards, progress }: DistributeOptions): Promise<Distributed> {
  await refuseUnprepared(owner)
  await owner.query('SELECT pg_advisory_lock($1)', [migrationLock])
  await refuseUsed(owner)
  const { tables, loose, faults } = await readCatalogue(owner)
  if (faults.length > 0) throw new StartError(['The tables can’t be distributed:', ...faults].join('\n  '))
  const known = await alreadyPlaced(owner)
  const waiting = tables.filter(({ table }) => !known.has(table))
  // What others refer to is where it belongs before they are; and those about contacts lie where the first one does.
  const steps = waiting.toSorted((one, other) => rankOf(one) - rankOf(other))
  for (const { table, constraint } of loose)
    await owner.query(`ALTER TABLE ${named(table)} DROP CONSTRAINT ${named(constraint)}`)
  const result: Distributed = { everywhere: 0, distributed: 0, coordinator: 0, before: known.size }
  for (const [done, { table, place }] of steps.entries()) {
    progress?.(done, steps.length, table)
    await move[place](owner, table, shards)
    result[place]++
  }
  return result
}

const places: readonly Place[] = ['everywhere', 'distributed', 'coordinator']

const first = 'contact'

const rankOf = ({ table, place }: Placed) =>
  places.indexOf(place) + (place === 'distributed' && table !== first ? 0.5 : 0)

const move: Record<Place, (owner: pg.Client, table: string, shards: number) => Promise<unknown>> = {
  everywhere: (owner, table) => owner.query('SELECT create_reference_table($1)', [named(table)]),
  coordinator: (owner, table) => owner.query('SELECT citus_add_local_table_to_metadata($1)', [named(table)]),
  distributed: (owner, table, shards) =>
    table === first
      ? owner.query("SELECT create_distributed_table($1, 'contact_id', shard_count => $2)", [named(table), shards])
      : owner.query("SELECT create_distributed_table($1, 'contact_id', colocate_with => $2)", [named(table), first]),
}

async function refuseUnprepared(owner: pg.Client) {
  const { rows } = await owner.query<{ citus: boolean; triggers: string | null; nested: string | null }>(
    `SELECT to_regprocedure('citus_version()') IS NOT NULL AS citus, current_setting('citus.enable_unsafe_triggers', true) AS triggers,
       current_setting('citus.allow_nested_distributed_execution', true) AS nested`,
  )
  const { citus = false, triggers, nested } = rows[0] ?? {}
  if (!citus)
    throw new StartError(
      'The database has no Citus: CREATE EXTENSION citus; and add the machines with citus_add_node().',
    )
  // The guards of the log are triggers: on the machine of a contact they look for the entry about that contact, which lies beside it.
  const missing = Object.entries({
    'citus.enable_unsafe_triggers': triggers,
    'citus.allow_nested_distributed_execution': nested,
  }).filter(([, value]) => value !== 'on')
  if (missing.length === 0) return
  throw new StartError(
    [
      'The guards of the log work on several machines only with these settings, on each of them:',
      ...missing.map(([name]) => `ALTER SYSTEM SET ${name} = on;`),
      'SELECT pg_reload_conf();',
    ].join('\n  '),
  )
}

async function refuseUsed(owner: pg.Client) {
  const { rows } = await owner.query<{ servers: number }>(
    `SELECT count(*)::int AS servers FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'lethe listener' AND pid <> pg_backend_pid()`,
  )
  if (rows[0]?.servers) throw new StartError('A Lethe works with this database. Stop it first; nothing was changed.')
}

async function alreadyPlaced(owner: pg.Client): Promise<Set<string>> {
  const { rows } = await owner.query<{ table: string }>(
    'SELECT c.relname AS table FROM pg_dist_partition p JOIN pg_class c ON c.oid = p.logicalrelid WHERE NOT c.relispartition',
  )
  return new Set(rows.map(({ table }) => table))
}

const named = (name: string) => `"${name.replaceAll('"', '""')}"`

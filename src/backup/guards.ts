import type pg from 'pg'
import { type ArchivedTable, quoted } from './tables.ts'

type Trigger = { table: string; name: string; state: 'O' | 'D' | 'R' | 'A' }
type ForeignKey = { table: string; name: string; definition: string }

/**
 * Lets the owner of the tables put rows into them as they were, without what guards and logs each change, in any order. It is all put
 * back before the transaction ends, and PostgreSQL checks every foreign key then.
 */
export async function withoutGuards(
  owner: pg.Client,
  tables: readonly Pick<ArchivedTable, 'name'>[],
  work: () => Promise<void>,
): Promise<void> {
  const names = tables.map(({ name }) => quoted(name))
  // Until the end nobody sees anything of it, or gets in between.
  await owner.query(`LOCK TABLE ${names.join(', ')} IN ACCESS EXCLUSIVE MODE`)
  const keys = await foreignKeys(owner)
  const triggers = await triggersOf(owner)
  for (const { table, name } of keys) await owner.query(`ALTER TABLE ${table} DROP CONSTRAINT ${quoted(name)}`)
  for (const { table, name } of triggers) await owner.query(`ALTER TABLE ${table} DISABLE TRIGGER ${quoted(name)}`)
  await work()
  for (const { table, name, definition } of keys) {
    await owner.query(`ALTER TABLE ${table} ADD CONSTRAINT ${quoted(name)} ${definition}`)
  }
  for (const { table, name, state } of triggers) {
    await owner.query(`ALTER TABLE ${table} ${states[state]} TRIGGER ${quoted(name)}`)
  }
}

const states = { O: 'ENABLE', D: 'DISABLE', R: 'ENABLE REPLICA', A: 'ENABLE ALWAYS' } as const

async function foreignKeys(owner: pg.Client): Promise<ForeignKey[]> {
  const { rows } = await owner.query<ForeignKey>(
    `SELECT conrelid::regclass::text AS table, conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint
     WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND conparentid = 0 ORDER BY 1, 2`,
  )
  return rows
}

async function triggersOf(owner: pg.Client): Promise<Trigger[]> {
  const { rows } = await owner.query<Trigger>(
    `SELECT tgrelid::regclass::text AS table, tgname AS name, tgenabled AS state
     FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
     WHERE NOT tgisinternal AND tgparentid = 0 AND c.relnamespace = 'public'::regnamespace ORDER BY 1, 2`,
  )
  return rows
}

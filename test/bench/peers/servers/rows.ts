import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import { v7 as uuidv7 } from 'uuid'

/** Writes what was written about a contact once more, about another one. */
export type Rows = {
  write: (client: pg.ClientBase) => Promise<void>
  /** Of which table how many. */
  counts: string
  displayName: string
  purpose: string | undefined
}

type Table = { name: string; text: string; rows: Record<string, string | null>[]; columns: string[] }

// Values as PostgreSQL writes them, so that they go back as they are.
const asText = { getTypeParser: () => (value: string) => value }

// By whoever numbers changes, and by the sequencer of the log: not by the call itself.
const later = ['audit_leaf', 'audit_count']

/** Reads all rows about a contact. The call that made them is the newest one, if it was one with an idempotency key. */
export async function rowsLike(pool: pg.Pool, contactId: string): Promise<Rows> {
  const { rows: found } = await pool.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> ALL($1)
       AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'contact_id')
       AND has_table_privilege(c.oid, 'SELECT, INSERT') ORDER BY c.oid`,
    [later],
  )
  const tables: Table[] = []
  for (const { name } of found) {
    const text = `SELECT * FROM ${name} WHERE contact_id = $1`
    const table = await tableOf(pool, name, { text, values: [contactId] })
    if (table) tables.push(table)
  }
  const given = tables.find(({ name }) => name === 'consent_handle')
  const text = 'SELECT * FROM consent_call ORDER BY expires_at DESC LIMIT 1'
  const call = given && (await tableOf(pool, 'consent_call', { text, values: [] }))
  if (call) tables.push(call)
  // A contact comes before what is about it.
  tables.sort((one, other) => Number(other.name === 'contact') - Number(one.name === 'contact'))
  const own = new Set(tables.flatMap(({ rows }) => rows.flatMap(({ id, contact_id }) => [id ?? '', contact_id ?? ''])))
  own.delete('')
  const first = (name: string) => tables.find((table) => table.name === name)?.rows[0]
  return {
    counts: tables.map(({ name, rows }) => `${name} ${rows.length}`).join(', '),
    displayName: first('contact')?.['display_name'] ?? '',
    purpose: first('lawful_basis_period')?.['purpose_key'] ?? undefined,
    write: async (client) => {
      const ids = new Map([...own].map((id) => [id, uuidv7()]))
      const renewed = (column: string, value: string | null) => {
        if (value === null) return null
        // Unique, but no id.
        if (column === 'token_hash' || column === 'key_hash') return randomBytes(32).toString('hex')
        return ids.get(value) ?? value
      }
      for (const { name, text: insert, rows, columns } of tables) {
        const values = rows.flatMap((row) => columns.map((column) => renewed(column, row[column] ?? null)))
        await client.query({ name: `${name} ${rows.length}`, text: insert, values })
      }
    },
  }
}

async function tableOf(pool: pg.Pool, name: string, query: pg.QueryConfig): Promise<Table | undefined> {
  const { rows, fields } = await pool.query<Record<string, string | null>>({ ...query, types: asText })
  if (rows.length === 0) return undefined
  const columns = fields.map((field) => field.name)
  const tuples = rows.map((_, row) => `(${columns.map((__, at) => `$${row * columns.length + at + 1}`).join(', ')})`)
  return { name, rows, columns, text: `INSERT INTO ${name} (${columns.join(', ')}) VALUES ${tuples.join(', ')}` }
}

import type { Client } from 'pg'

/** A table, as statements about it need it. */
export type LogTable = {
  name: string
  /** The columns of its primary key, and another one. */
  key: readonly string[]
  column: string
  /** Columns and types that the key consists of, for a table like it. */
  keyTypes: string
}

/** Looks a table up in the catalogue. */
export async function describeTable(client: Client, name: string): Promise<LogTable> {
  const { rows } = await client.query<{ column: string; type: string; inKey: boolean }>(
    `SELECT a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type, a.attnum = ANY(i.indkey) AS "inKey"
     FROM pg_attribute a JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
     WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [name],
  )
  const key = rows.filter(({ inKey }) => inKey)
  return {
    name,
    key: key.map(({ column }) => `"${column}"`),
    column: `"${rows.find(({ inKey }) => !inKey)?.column}"`,
    keyTypes: key.map(({ column, type }) => `"${column}" ${type}`).join(', '),
  }
}

const samples: Record<string, string> = {
  // As ids are, made now.
  uuid: `(lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0') || left(md5(random()::text), 20))::uuid`,
  bytea: `'\\x01'`,
  text: `'x'`,
  'text[]': `'{}'`,
  integer: '1',
  bigint: '1',
}

/** Adds a row of made-up values, whatever the columns are; past the triggers that look whether such a one fits the tree. */
export async function addRow(client: Client, name: string): Promise<void> {
  const isOfTree = ['audit_leaf', 'audit_node', 'audit_checkpoint'].includes(name)
  await client.query(`SET session_replication_role = '${isOfTree ? 'replica' : 'origin'}'`)
  const { rows } = await client.query<{ column: string; type: string }>(
    `SELECT attname AS column, format_type(atttypid, NULL) AS type FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND NOT atthasdef`,
    [name],
  )
  const columns = rows.map(({ column }) => `"${column}"`).join(', ')
  const values = rows.map(({ type }) => samples[type] ?? 'NULL').join(', ')
  await client.query(`INSERT INTO ${name} (${columns}) VALUES (${values})`)
}

/** What is in the tables of the log, and what guards them: nothing of it may ever change. */
export async function stateOf(client: Client, tables: readonly string[]): Promise<unknown[]> {
  const state = []
  for (const name of tables) {
    const { rows } = await client.query(
      `SELECT (SELECT jsonb_agg(to_jsonb(t) ORDER BY t::text) FROM ${name} t) AS rows, c.relname, c.relacl::text, c.relkind,
         (SELECT jsonb_agg(pg_get_triggerdef(g.oid) || g.tgenabled::text ORDER BY g.tgname) FROM pg_trigger g WHERE g.tgrelid = c.oid) AS triggers
       FROM pg_class c WHERE c.oid = $1::regclass`,
      [name],
    )
    state.push(...rows)
  }
  return state
}

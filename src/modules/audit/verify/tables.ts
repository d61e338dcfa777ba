import type { Ask } from './connection.ts'
import type { Finding } from './finding.ts'

// As PostgreSQL writes types: with another one, values read differently or not at all.
const time = 'timestamp(3) with time zone'
const entry = {
  id: 'uuid',
  recorded_at: time,
  transaction_id: 'bigint',
  request_id: 'text',
  actor_kind: 'text',
  actor_id: 'uuid',
  action: 'text',
  operation: 'text',
  entity: 'text',
  entity_id: 'uuid',
  fields: 'text[]',
  values: 'bytea',
}

/** The columns of the log's tables, with their types. */
const tables: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  audit_entry: { contact_id: 'uuid', sequence: 'bigint', ...entry },
  system_audit_entry: entry,
  audit_leaf: { leaf_index: 'bigint', entry_id: 'uuid', contact_id: 'uuid', hash: 'bytea' },
  audit_node: { level: 'integer', node_index: 'bigint', hash: 'bytea' },
  audit_checkpoint: { epoch: 'integer', tree_size: 'bigint', note: 'text', signed_at: time },
  audit_sequencer: {
    id: 'integer',
    epoch: 'integer',
    term: 'bigint',
    holder: 'uuid',
    lease_until: time,
    watermark: 'bigint',
    database: 'text',
  },
}

/** Finds tables and columns that are gone, or others than the product makes: of these nothing can be verified. */
export async function alteredTables(ask: Ask): Promise<Finding[]> {
  const rows = await ask(
    `SELECT t.name, a.attname, format_type(a.atttypid, a.atttypmod)
     FROM unnest($1::text[]) t(name)
     JOIN pg_class c ON c.oid = to_regclass(t.name) AND c.relkind IN ('r', 'p')
     LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped`,
    [Object.keys(tables)],
  )
  const found = Map.groupBy(rows, ([table]) => table ?? '')
  return Object.entries(tables).flatMap(([table, wanted]) => {
    const columns = found.get(table)
    if (!columns) return [altered(`The table ${table} is gone.`)]
    const types = new Map(columns.map(([, name, type]) => [name, type]))
    return Object.entries(wanted).flatMap(([name, type]) => {
      const is = types.get(name)
      if (is === type) return []
      const what = is === undefined ? 'is gone' : `is of type ${is} and not ${type}`
      return [altered(`The column ${name} of ${table} ${what}.`)]
    })
  })
}

const altered = (what: string): Finding => ({
  kind: 'tableAltered',
  text: `${what} Nothing else of the log is verified until it is as it was.`,
})

import type pg from 'pg'
import { rebuild, renumber, signAnew } from './attacker.ts'

/** Numbers that a tampering takes its choices from. */
export type Choice = { a: number; b: number; c: number }

/** Something that a superuser does to the log. It may do nothing, where what it takes isn't there. */
export type Tamper = (client: pg.Client, choice: Choice) => Promise<unknown>

const tables = ['audit_entry', 'system_audit_entry']

/** The entry with a leaf of the tree, as a condition on the table `e`. */
const chosen = (choice: number) =>
  `e.id = (SELECT entry_id FROM audit_leaf ORDER BY leaf_index OFFSET ${choice} % (SELECT greatest(count(*), 1) FROM audit_leaf) LIMIT 1)`

const someLeaf = (choice: number) =>
  `l.leaf_index = (SELECT leaf_index FROM audit_leaf ORDER BY leaf_index OFFSET ${choice} % (SELECT greatest(count(*), 1) FROM audit_leaf) LIMIT 1)`

const someOf = (table: string, order: string, choice: number) =>
  `ctid = (SELECT ctid FROM ${table} ORDER BY ${order} OFFSET ${choice} % (SELECT greatest(count(*), 1) FROM ${table}) LIMIT 1)`

/** A whole that differs from one choice to the next. */
const uuid = (choice: number) => `overlay(md5('${choice}') PLACING '4' FROM 13)::uuid`

/** Both tables have these columns. */
const columns: Record<string, (choice: number) => string> = {
  recorded_at: (n) => `recorded_at + ${(n % 5000) - 2500} * interval '1 ms'`,
  'recorded_at  ': () => "'infinity'",
  'recorded_at ': () => `(to_char(recorded_at, 'YYYY-MM-DD HH24:MI:SS.MSTZH') || ' BC')::timestamptz`,
  transaction_id: (n) => `transaction_id + ${(n % 7) - 3}`,
  request_id: (n) => `left(request_id, ${n % 36}) || 'x'`,
  actor_kind: (n) => ["'user'", "'operator'", "'system'", "''"][n % 4] ?? '',
  actor_id: (n) => (n % 3 === 0 ? 'NULL' : uuid(n)),
  action: (n) => ["'created'", "'updated'", "'removed'", "'read'"][n % 4] ?? '',
  operation: (n) => ["'createContact'", "'beginEpoch'", "'test '", "''"][n % 4] ?? '',
  entity: (n) => ["'Contact'", "'User'", "'Role'", "''"][n % 4] ?? '',
  entity_id: (n) => uuid(n),
  fields: (n) =>
    [
      'fields[2:]',
      "fields || 'note'::text",
      "'{}'",
      'ARRAY(SELECT unnest(fields) ORDER BY 1 DESC)',
      "ARRAY[array_to_string(fields, ',')]",
    ][n % 5] ?? '',
  values: (n) =>
    n % 4 === 0
      ? 'NULL'
      : n % 4 === 1
        ? `substring("values" FROM 1 FOR ${n % 80})`
        : `set_byte("values", ${n} % greatest(length("values"), 1), ${n % 256})`,
}

const edit = (column: string): Tamper => {
  const name = column.trim()
  const value = columns[column]
  return async (client, { a, b }) => {
    for (const table of tables) await client.query(`UPDATE ${table} e SET "${name}" = ${value?.(b)} WHERE ${chosen(a)}`)
  }
}

/** Changes of one entry that leave it where it is: what they do must be told by its name. */
export const edits: Record<string, Tamper> = {
  ...Object.fromEntries(Object.keys(columns).map((column) => [`${column} of an entry`, edit(column)])),
  'number of an entry': (client, { a, b }) =>
    client.query(
      `UPDATE audit_entry e SET sequence = ${b % 9 === 0 ? '9223372036854775807' : `sequence + 1000 + ${b}`} WHERE ${chosen(a)}`,
    ),
  'contact of an entry': (client, { a, b }) =>
    client.query(`UPDATE audit_entry e SET contact_id = ${uuid(b)} WHERE ${chosen(a)}`),
}

/** A row like another one: `insert into table select these columns`. */
const copied = (table: string, replaced: Record<string, string>) => {
  const names = [
    ...(table === 'audit_entry' ? ['contact_id', 'sequence'] : []),
    ...[
      'id',
      'recorded_at',
      'transaction_id',
      'request_id',
      'actor_kind',
      'actor_id',
      'action',
      'operation',
      'entity',
      'entity_id',
      'fields',
      'values',
    ],
  ].map((name) => `"${name}"`)
  return `INSERT INTO ${table} (${names.join()}) SELECT ${names.map((name) => replaced[name.slice(1, -1)] ?? `e.${name}`).join()} FROM ${table} e`
}

const nextNumber = '(SELECT max(sequence) + 1 FROM audit_entry n WHERE n.contact_id = e.contact_id)'

const insertEntry: Tamper = async (client, { a, b }) => {
  const numbers = b % 2 === 0 ? { sequence: nextNumber } : { contact_id: uuid(b), sequence: '1' }
  await client.query(`${copied('audit_entry', { id: uuid(a + b), ...numbers })} WHERE ${chosen(a)}`)
  await client.query(`${copied('system_audit_entry', { id: uuid(a + b) })} WHERE ${chosen(a)}`)
}

const leafFor = (id: string, index: string) =>
  `INSERT INTO audit_leaf SELECT ${index}, e.id, e.contact_id, sha256('x') FROM (
     SELECT id, contact_id FROM audit_entry UNION ALL SELECT id, NULL FROM system_audit_entry) e WHERE e.id = ${id} LIMIT 1`

/** Exchanges two leaves. */
const exchange: Tamper = async (client, { a, b }) => {
  const { rows } = await client.query<{ leaf_index: string }>(
    `SELECT leaf_index FROM audit_leaf l WHERE ${someLeaf(a)} OR ${someLeaf(b)}`,
  )
  const [one, other] = rows.map((row) => row.leaf_index)
  if (one === undefined || other === undefined) return
  await client.query('UPDATE audit_leaf SET leaf_index = -1000000 WHERE leaf_index = $1', [one])
  await client.query('UPDATE audit_leaf SET leaf_index = $1 WHERE leaf_index = $2', [one, other])
  await client.query('UPDATE audit_leaf SET leaf_index = $1 WHERE leaf_index = -1000000', [other])
}

/** Everything else that can be done to the rows, without making them fit each other. */
export const damages: Record<string, Tamper> = {
  'entry removed': async (client, { a }) => {
    for (const table of tables) await client.query(`DELETE FROM ${table} e WHERE ${chosen(a)}`)
  },
  'entries of a contact removed': (client, { a }) =>
    client.query(
      `DELETE FROM audit_entry WHERE contact_id = (SELECT e.contact_id FROM audit_entry e WHERE ${chosen(a)})`,
    ),
  'entry given another id': async (client, { a, b }) => {
    for (const table of tables) await client.query(`UPDATE ${table} e SET id = ${uuid(b)} WHERE ${chosen(a)}`)
  },
  'entry inserted': insertEntry,
  'entry with a known id inserted': (client, { a, b }) =>
    client.query(`${copied('audit_entry', { contact_id: uuid(b), sequence: '1' })} WHERE ${chosen(a)}`),
  'entry inserted, and the watermark before it': async (client, choice) => {
    await insertEntry(client, choice)
    await client.query('UPDATE audit_sequencer SET watermark = 0')
  },
  'entry of a transaction still to come inserted': (client, { a, b }) =>
    client.query(
      `${copied('audit_entry', { id: uuid(a + b), sequence: nextNumber, transaction_id: '9000000000000000000' })} WHERE ${chosen(a)}`,
    ),
  'values exchanged': async (client, { a, b }) => {
    for (const table of tables) {
      await client.query(`
        UPDATE ${table} e SET "values" = o."values" FROM ${table} o
        WHERE (${chosen(a)} AND o.id = (SELECT e.id FROM ${table} e WHERE ${chosen(b)})) OR (${chosen(b)} AND o.id = (SELECT e.id FROM ${table} e WHERE ${chosen(a)}))`)
    }
  },
  'numbers of a contact exchanged': async (client, { a }) => {
    const of = `contact_id = (SELECT e.contact_id FROM audit_entry e WHERE ${chosen(a)})`
    await client.query(`UPDATE audit_entry SET sequence = -sequence WHERE ${of}`)
    await client.query(`UPDATE audit_entry u SET sequence = 1 + n.most + u.sequence FROM (SELECT contact_id, max(-sequence) AS most FROM audit_entry WHERE sequence < 0 GROUP BY 1) n
      WHERE n.contact_id = u.contact_id AND u.sequence < 0`)
  },
  'hash of a leaf': (client, { a, b }) =>
    client.query(`UPDATE audit_leaf l SET hash = set_byte(hash, ${b % 32}, ${b % 256}) WHERE ${someLeaf(a)}`),
  'leaf shortened': (client, { a, b }) =>
    client.query(`UPDATE audit_leaf l SET hash = substring(hash FROM 1 FOR ${b % 32}) WHERE ${someLeaf(a)}`),
  'leaf for another entry': (client, { a, b }) =>
    client.query(`UPDATE audit_leaf l SET entry_id = ${uuid(b)} WHERE ${someLeaf(a)}`),
  'leaf for another contact': (client, { a, b }) =>
    client.query(`UPDATE audit_leaf l SET contact_id = ${b % 2 === 0 ? 'NULL' : uuid(b)} WHERE ${someLeaf(a)}`),
  'leaf removed': (client, { a }) => client.query(`DELETE FROM audit_leaf l WHERE ${someLeaf(a)}`),
  'leaves removed': (client, { a, b }) =>
    client.query(
      `DELETE FROM audit_leaf WHERE leaf_index >= ${a} % (SELECT count(*) FROM audit_leaf) AND leaf_index % ${(b % 5) + 1} = 0`,
    ),
  'leaf moved': (client, { a, b }) =>
    client.query(
      `UPDATE audit_leaf l SET leaf_index = (SELECT max(leaf_index) FROM audit_leaf) + 1 + ${b % 3 === 0 ? 0 : b % 3 === 1 ? b : `${b}::bigint * 1000000000`} WHERE ${someLeaf(a)}`,
    ),
  'leaf where numbers end': (client, { a }) =>
    client.query(`UPDATE audit_leaf l SET leaf_index = 9223372036854775807 WHERE ${someLeaf(a)}`),
  'leaf below zero': (client, { a }) =>
    client.query(`UPDATE audit_leaf l SET leaf_index = -1 - leaf_index WHERE ${someLeaf(a)}`),
  'leaves exchanged': exchange,
  'leaf and entry inserted at the end': async (client, choice) => {
    await insertEntry(client, choice)
    await client.query(leafFor(uuid(choice.a + choice.b), '(SELECT max(leaf_index) + 1 FROM audit_leaf)'))
  },
  'leaf without an entry': (client, { a, b }) =>
    client.query(
      `INSERT INTO audit_leaf SELECT max(leaf_index) + 1 + ${b % 5}, ${uuid(a)}, NULL, sha256('x') FROM audit_leaf`,
    ),
  'hash of a node': (client, { a, b }) =>
    client.query(
      `UPDATE audit_node SET hash = set_byte(hash, ${b % 32}, ${b % 256}) WHERE ${someOf('audit_node', 'level, node_index', a)}`,
    ),
  'node removed': (client, { a }) =>
    client.query(`DELETE FROM audit_node WHERE ${someOf('audit_node', 'level, node_index', a)}`),
  'node inserted': (client, { a, b }) =>
    client.query(
      `INSERT INTO audit_node VALUES (${a % 40}, ${b % 3 === 0 ? '9223372036854775807' : b % 3 === 1 ? b : -b}, sha256('x')) ON CONFLICT DO NOTHING`,
    ),
  'node moved': (client, { a, b }) =>
    client.query(
      `UPDATE audit_node SET level = ${b % 4}, node_index = node_index + ${b} WHERE ${someOf('audit_node', 'level, node_index', a)}`,
    ),
  'letter of a checkpoint': (client, { a, b }) =>
    client.query(
      `UPDATE audit_checkpoint SET note = overlay(note PLACING '${b % 2 === 0 ? 'A' : '7'}' FROM 1 + ${b} % length(note)) WHERE ${someOf('audit_checkpoint', 'tree_size', a)}`,
    ),
  'size of a checkpoint': (client, { a, b }) =>
    client.query(
      `UPDATE audit_checkpoint SET tree_size = ${b % 2 === 0 ? '-tree_size' : `tree_size + 100000 + ${b}`} WHERE ${someOf('audit_checkpoint', 'tree_size', a)}`,
    ),
  'time of a checkpoint': (client, { a, b }) =>
    client.query(
      `UPDATE audit_checkpoint SET signed_at = signed_at ${b % 2 === 0 ? '-' : '+'} interval '1 year' WHERE ${someOf('audit_checkpoint', 'tree_size', a)}`,
    ),
  'epoch of a checkpoint': (client, { a, b }) =>
    client.query(
      `UPDATE audit_checkpoint SET epoch = epoch + ${(b % 5) + 1} WHERE ${someOf('audit_checkpoint', 'tree_size', a)}`,
    ),
  'checkpoint copied': (client, { a, b }) =>
    client.query(
      `INSERT INTO audit_checkpoint SELECT epoch, tree_size + ${b % 2 === 0 ? b : -b}, note FROM audit_checkpoint WHERE ${someOf('audit_checkpoint', 'tree_size', a)} ON CONFLICT DO NOTHING`,
    ),
  'checkpoint signed with another key': (client, { a }) => signAnew(client, a % 400),
  'notes of checkpoints exchanged': (client, { a, b }) =>
    client.query(
      `UPDATE audit_checkpoint c SET note = o.note FROM audit_checkpoint o WHERE c.${someOf('audit_checkpoint', 'tree_size', a)} AND o.${someOf('audit_checkpoint', 'tree_size', b)}`,
    ),
  'watermark of what is to come': (client, { a }) =>
    client.query(
      `UPDATE audit_sequencer SET watermark = pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 1 + ${a}`,
    ),
  'epoch of the sequencer': (client, { a }) => client.query(`UPDATE audit_sequencer SET epoch = epoch + 1 + ${a}`),
  'sequencer removed': (client) => client.query('DELETE FROM audit_sequencer'),
}

/** Some leaves and their entries disappear; the ones after them move up. */
const takeOut = async (client: pg.Client, which: string) => {
  for (const table of tables)
    await client.query(`DELETE FROM ${table} e WHERE e.id IN (SELECT entry_id FROM audit_leaf l WHERE ${which})`)
  await client.query(`DELETE FROM audit_leaf l WHERE ${which}`)
  await renumber(client)
}

const someEdit: Tamper = (client, choice) => {
  const all = Object.values(edits)
  return all[choice.c % all.length]?.(client, choice) ?? Promise.resolve()
}

/** Done so that rows fit each other: only what was signed still tells. */
export const rewritings: Record<string, Tamper> = {
  'entry, its leaf, and the tree above it': async (client, choice) => {
    await someEdit(client, choice)
    await rebuild(client)
  },
  'who it was, in all entries from one on, and the tree': async (client, { a, b }) => {
    for (const table of tables) {
      await client.query(
        `UPDATE ${table} e SET actor_id = ${uuid(b)} FROM audit_leaf l WHERE l.entry_id = e.id AND l.leaf_index >= ${a % 300}`,
      )
    }
    await rebuild(client)
  },
  'entry and leaf taken out, and the tree made anew': async (client, { a }) => {
    await takeOut(client, someLeaf(a))
    await rebuild(client)
  },
  'entry put in between, and the tree made anew': async (client, choice) => {
    const { a, b, c } = choice
    await insertEntry(client, choice)
    await client.query('UPDATE audit_leaf SET leaf_index = -1 - leaf_index')
    await client.query(
      `UPDATE audit_leaf SET leaf_index = -1 - leaf_index + CASE WHEN -1 - leaf_index >= ${c % 300} THEN 1 ELSE 0 END`,
    )
    await client.query(leafFor(uuid(a + b), `${c % 300}`))
    await renumber(client)
    await rebuild(client)
  },
  'leaves exchanged, and the tree made anew': async (client, choice) => {
    await exchange(client, choice)
    await rebuild(client)
  },
  'all signed with another key': async (client, choice) => {
    await someEdit(client, choice)
    await rebuild(client)
    await signAnew(client)
  },
}

/** As if an earlier copy had been restored: only checkpoints outside of the database tell. */
export const rollbacks: Record<string, Tamper> = {
  'cut off at a checkpoint': async (client, { a }) => {
    const { rows } = await client.query<{ size: number }>(
      'SELECT tree_size::int AS size FROM audit_checkpoint ORDER BY tree_size',
    )
    const size = rows[a % Math.max(rows.length - 1, 1)]?.size ?? 0
    await takeOut(client, `l.leaf_index >= ${size}`)
    await client.query('DELETE FROM audit_checkpoint WHERE tree_size > $1', [size])
    await rebuild(client)
    for (const table of tables)
      await client.query(`DELETE FROM ${table} e WHERE NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.id)`)
    await client.query(
      'UPDATE audit_sequencer SET watermark = 1 + (SELECT max(transaction_id) FROM (SELECT transaction_id FROM audit_entry UNION ALL SELECT transaction_id FROM system_audit_entry) e)',
    )
  },
  'everything removed': async (client) => {
    for (const table of [...tables, 'audit_leaf', 'audit_node', 'audit_checkpoint'])
      await client.query(`DELETE FROM ${table}`)
    await client.query('UPDATE audit_sequencer SET watermark = 0')
  },
  'checkpoint removed': (client, { a }) =>
    client.query(`DELETE FROM audit_checkpoint WHERE ${someOf('audit_checkpoint', 'tree_size', a)}`),
}

/** The whole log as one hash, to see whether anything was done: a tampering may have hit what was so already. */
export async function fingerprint(client: pg.Client): Promise<string> {
  const parts = [
    'audit_entry',
    'system_audit_entry',
    'audit_leaf',
    'audit_node',
    'audit_checkpoint',
    '(SELECT id, epoch FROM audit_sequencer)',
  ].map((table) => `(SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM ${table} t)`)
  const last = `(SELECT e.transaction_id FROM audit_leaf l JOIN (SELECT id, transaction_id FROM audit_entry
    UNION ALL SELECT id, transaction_id FROM system_audit_entry) e ON e.id = l.entry_id ORDER BY leaf_index DESC LIMIT 1)`
  // Where the watermark stands is nobody's concern, as long as it is after the last leaf and not yet to come.
  const { rows } = await client.query<{ all: string }>(
    `SELECT concat_ws('/', ${parts.join()},
       (SELECT watermark > pg_snapshot_xmax(pg_current_snapshot())::text::bigint OR watermark < ${last} FROM audit_sequencer)) AS all`,
  )
  return rows[0]?.all ?? ''
}

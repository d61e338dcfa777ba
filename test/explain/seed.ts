import type pg from 'pg'

/** Contacts of the seeded database: enough for an index to be worth it everywhere. */
export const total = 12_000

/**
 * Fills a database, past all guards, with what grows with contacts. Of ten contacts, four have consented to the newsletter, three have a
 * contract, one's consent has lapsed, and in all tables of work nearly everything is done. Always the same, so that statistics are.
 */
export async function seed(owner: pg.Client): Promise<void> {
  await owner.query("SET session_replication_role = 'replica'; SET synchronous_commit = off")
  for (const statement of statements) await owner.query(statement)
  await fillOthers(owner)
  await owner.query('VACUUM ANALYZE')
}

/** So many contacts with a name in common that a search for it is one for what many have. */
export async function plantMany(owner: pg.Client): Promise<void> {
  await owner.query(`SET session_replication_role = 'replica';
    INSERT INTO contact (contact_id, given_name, display_name) SELECT ${id('m')}, 'Given4', 'Given4' FROM generate_series(1, 600) n`)
}

/** All other tables that grow, with whatever they take. */
async function fillOthers(owner: pg.Client) {
  const { rows } = await owner.query<Table>(
    `
    SELECT c.relname AS name, array_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, NULL),
      'label', (SELECT min(enumlabel) FROM pg_enum e WHERE e.enumtypid = a.atttypid))) AS columns,
      ARRAY(SELECT conname::text FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c') AS checks
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind = 'r' AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace AND pg_relation_size(c.oid) < 100000 AND NOT a.attisdropped AND a.attnum > 0
      AND ((a.attnotnull AND NOT a.atthasdef) OR a.attname = 'contact_id')
      AND EXISTS (SELECT FROM pg_attribute k WHERE k.attrelid = c.oid AND (k.attname = 'contact_id' OR c.relname = ANY($1)))
    GROUP BY c.oid`,
    [['erasure', 'retained_record']],
  )
  for (const { name, columns, checks } of rows) {
    const names = columns.map((column) => `"${column.name}"`).join(', ')
    // What they take at all is not at issue here.
    for (const check of checks) await owner.query(`ALTER TABLE "${name}" DROP CONSTRAINT "${check}"`)
    await owner.query(
      `INSERT INTO "${name}" (${names}) SELECT ${columns.map(dummyOf).join(', ')} FROM generate_series(1, 2000) n`,
    )
  }
}

type Column = { name: string; type: string; label: string | null }
type Table = { name: string; columns: Column[]; checks: string[] }

function dummyOf({ name, type, label }: Column): string {
  if (name === 'contact_id' || name === 'subject_id') return id('c')
  if (label !== null) return `'${label}'`
  if (type.endsWith('[]')) return "'{}'"
  if (type === 'uuid') return id(name)
  if (type.startsWith('timestamp') || type === 'date') return age
  if (type === 'bytea') return "'\\x00'"
  if (type === 'boolean') return 'false'
  if (/^json/.test(type)) return "'{}'"
  return /^(text|character)/.test(type) ? "'x' || n" : 'n % 100'
}

const people = `FROM generate_series(1, ${total}) n`
const id = (of: string, n = 'n') => `md5('${of}' || ${n})::uuid`
const age = "now() - n % 700 * interval '1 day' - interval '2 days'"

const statements = [
  `INSERT INTO contact (contact_id, given_name, family_name, display_name, birth_date, custom_fields, created_at, updated_at)
   SELECT ${id('c')}, 'Given' || n % 49, initcap(left(md5(n::text), 6)), 'Given' || n % 49 || ' ' || initcap(left(md5(n::text), 6)),
     date '1950-01-01' + n % 20000, jsonb_build_object('code', md5('code' || n), 'number', 'N' || n), ${age}, ${age} ${people}`,
  `INSERT INTO contact_point (contact_id, id, kind, value, is_primary)
   SELECT ${id('c')}, ${id('p', 'kind || n')}, kind, CASE kind WHEN 'email' THEN md5(n::text) || '@example.org' ELSE '+4930' || 1000000 + n END, true
   ${people}, unnest(ARRAY['email', 'phone']) kind`,
  `INSERT INTO lawful_basis_event (contact_id, id, kind, purpose_key, ground, occurred_at, valid_from, valid_until, actor_kind)
   SELECT ${id('c')}, ${id('e')}, 'given', CASE WHEN n % 10 < 5 THEN 'newsletter' ELSE 'contracts' END,
     CASE WHEN n % 10 < 5 THEN 'consent' ELSE 'contract' END::legal_ground, ${age}, ${age},
     CASE WHEN n % 10 = 4 THEN now() - interval '1 day' WHEN n % 500 = 1 THEN now() + interval '20 days' END, 'user'
   ${people} WHERE n % 10 < 8`,
  `INSERT INTO lawful_basis_period (contact_id, id, purpose_key, ground, is_valid, valid_from, valid_until, event_id, given_at, expires, lapse_noted)
   SELECT contact_id, id, purpose_key, ground, true, valid_from, valid_until, id, occurred_at, valid_until IS NOT NULL, coalesce(valid_until < now(), false)
   FROM lawful_basis_event WHERE contact_id IN (SELECT ${id('c')} ${people})`,
  // Half of them from before the log had partitions, half in one of them.
  `INSERT INTO audit_entry (contact_id, id, recorded_at, transaction_id, request_id, actor_kind, actor_id, action, operation, entity, entity_id, fields, "values", sequence)
   SELECT ${id('c', 'n / 2')}, (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid,
     at, n - 1000000, 'request' || n / 10, 'user', ${id('u', 'n % 50')}, CASE WHEN n % 4 = 0 THEN 'read' ELSE 'updated' END, 'test', 'Contact',
     ${id('c', 'n / 2')}, '{givenName}', '\\x01ff', n % 2
   FROM generate_series(1, ${2 * total}) n,
     LATERAL (SELECT CASE WHEN n <= ${total} THEN to_timestamp(1700000000 + n) ELSE now() + interval '366 days' + n * interval '1 millisecond' END AS at) t`,
  `INSERT INTO audit_leaf (leaf_index, entry_id, contact_id, hash)
   SELECT 1000000 + row_number() OVER (ORDER BY id), id, contact_id, '\\x00' FROM audit_entry WHERE transaction_id < 0`,
  `INSERT INTO outgoing_mail (id, kind, state, contact_id, created_at, due_at, sent_at)
   SELECT ${id('m')}, 'link', CASE WHEN n % 1000 = 0 THEN 'queued' ELSE 'sent' END, ${id('c')}, ${age}, ${age}, ${age} ${people}`,
  `INSERT INTO consent_change (contact_id, id, event_id, kind, purpose_key, ground, is_valid, occurred_at, transaction_id, position)
   SELECT ${id('c')}, ${id('h')}, ${id('e')}, 'given', 'newsletter', 'consent', true, ${age}, n, n ${people}`,
  `INSERT INTO webhook_delivery (contact_id, id, webhook_id, change_id, state, due_at, give_up_at, created_at, finished_at)
   SELECT ${id('c')}, ${id('d')}, ${id('w', 'n % 5')}, ${id('h')}, CASE WHEN n % 1000 = 0 THEN 'queued' ELSE 'delivered' END, ${age}, ${age}, ${age}, ${age}
   ${people}`,
  `INSERT INTO recipient_read (contact_id, id, client_id, field, first_at, last_at)
   SELECT ${id('c')}, ${id('r')}, ${id('k', 'n % 5')}, 'email', ${age}, ${age} ${people}`,
]

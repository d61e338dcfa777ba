import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbedded } from '../../src/database/embedded.ts'
import { prepareRoles } from '../../src/database/embedded-roles.ts'
import { migrate } from '../../src/database/migrate.ts'
import { generateSigner, parseSigner } from '../../src/modules/audit/checkpoint/keys.ts'
import { signCheckpoint } from '../../src/modules/audit/checkpoint/note.ts'
import { leafHashOf } from '../../src/modules/audit/leaf.ts'
import { asText, leafColumns, leafEntryOf } from '../../src/modules/audit/leaf-rows.ts'
import { type CompleteNode, GrowingTree } from '../../src/modules/audit/tree/growth.ts'
import { verifyLog } from '../../src/modules/audit/verify/verify.ts'

// How fast a log is verified, on an embedded database of its own: `node test/bench/verify.ts 1000000 [per checkpoint]`. Two thirds of the
// entries are about contacts, ten to each. Figures for people; nothing is asserted.

const total = Number(process.argv[2] ?? 200_000)
const signer = parseSigner(generateSigner('bench/audit'))
// By default as many as come in a second, when there are many.
const perCheckpoint = Number(process.argv[3] ?? 1600)

const data = await mkdtemp(join(tmpdir(), 'lethe-bench-'))
const server = await startEmbedded({ folder: join(data, 'postgres'), settings: { fsync: 'off', max_wal_size: '4GB' } })
try {
  await prepareRoles(server)
  await migrate(server.url('lethe'))
  const client = new pg.Client({ connectionString: server.url('lethe') })
  await client.connect()
  await timed('entries written', () => fill(client))
  await timed('leaves written', () => integrate(client))
  await client.query('VACUUM ANALYZE')
  for (const run of ['first', 'second', 'third']) {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const processor = process.cpuUsage()
    await timed(`verified, ${run} time`, async () => {
      const { findings, leaves, checkpoints } = await verifyLog({
        client,
        verifiers: [signer],
        outside: [],
        guards: [],
      })
      if (findings.length > 0) throw new Error(JSON.stringify(findings.slice(0, 5)))
      if (leaves !== total) throw new Error(`${leaves} leaves under ${checkpoints} checkpoints`)
    })
    const { user, system } = process.cpuUsage(processor)
    console.log(`  of which this process computed ${((user + system) / 1e6).toFixed(1)} s`)
    await client.query('COMMIT')
  }
  await client.end()
} finally {
  await server.release()
  await rm(data, { recursive: true, force: true })
}

async function timed(what: string, work: () => Promise<void>) {
  const from = performance.now()
  await work()
  const seconds = (performance.now() - from) / 1000
  console.log(`${what.padEnd(22)} ${total} in ${seconds.toFixed(1)} s, ${Math.round(total / seconds)}/s`)
}

/** Entries like the product's, without its work: their values are bytes as good as random, as long as sealed ones. */
async function fill(client: pg.Client) {
  await client.query("SET session_replication_role = 'replica'")
  const columns =
    'id, recorded_at, transaction_id, request_id, actor_kind, actor_id, action, operation, entity, entity_id, fields, "values"'
  const id = `(lpad(to_hex(1700000000000 + g), 12, '0') || '7' || substr(md5(g::text), 1, 3) || '8' || substr(md5(g::text), 4, 15))::uuid`
  const row = (
    entity: string,
  ) => `${id}, to_timestamp((1700000000000 + g) / 1000.0), 1000 + g / 3, md5((g / 3)::text)::uuid::text,
    'user', md5((g % 100)::text)::uuid, 'updated', 'update${entity}', '${entity}', md5((g / 30)::text)::uuid, ARRAY['givenName', 'familyName'],
    (SELECT string_agg(sha256(convert_to(g::text || n, 'UTF8')), '') FROM generate_series(1, 6) n)`
  await client.query(
    `INSERT INTO audit_entry (contact_id, sequence, ${columns})
     SELECT md5((g / 30 + (g % 2) * 100000000)::text)::uuid, (g % 30) / 3 + 1, ${row('Contact')}
     FROM generate_series(0, $1::bigint - 1) g WHERE g % 3 < 2`,
    [total],
  )
  await client.query(
    `INSERT INTO system_audit_entry (${columns}) SELECT ${row('User')} FROM generate_series(0, $1::bigint - 1) g WHERE g % 3 = 2`,
    [total],
  )
}

/** Their leaves, nodes and checkpoints, as the sequencer makes them. */
async function integrate(client: pg.Client) {
  const tree = new GrowingTree()
  const next = (table: keyof typeof leafColumns) =>
    `(SELECT ${leafColumns[table]} FROM ${table} e WHERE e.id > $1 ORDER BY e.id LIMIT ${perCheckpoint})`
  const statement = `
    SELECT * FROM (${next('audit_entry')} UNION ALL ${next('system_audit_entry')}) e ORDER BY id LIMIT ${perCheckpoint}`
  await client.query('SET enable_seqscan = off')
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const { rows } = await client.query<(string | null)[]>({
      text: statement,
      values: [after],
      rowMode: 'array',
      types: asText,
    })
    if (rows.length === 0) break
    const first = tree.size
    const entries = rows.map(leafEntryOf)
    const hashes = entries.map(leafHashOf)
    const nodes: CompleteNode[] = hashes.flatMap((hash) => tree.add(hash))
    await client.query(
      `INSERT INTO audit_leaf (leaf_index, entry_id, contact_id, hash)
       SELECT $1 + l.place - 1, l.entry_id, l.contact_id, l.hash
       FROM unnest($2::uuid[], $3::uuid[], $4::bytea[]) WITH ORDINALITY l (entry_id, contact_id, hash, place)`,
      [first, entries.map((entry) => entry.id), entries.map(({ contactId }) => contactId), hashes],
    )
    await client.query(
      'INSERT INTO audit_node (level, node_index, hash) SELECT * FROM unnest($1::int[], $2::bigint[], $3::bytea[])',
      [nodes.map(({ level }) => level), nodes.map(({ index }) => index), nodes.map(({ hash }) => hash)],
    )
    const note = signCheckpoint(signer, { size: tree.size, root: tree.root() })
    await client.query('INSERT INTO audit_checkpoint (epoch, tree_size, note) VALUES (1, $1, $2)', [tree.size, note])
    after = entries.at(-1)?.id ?? ''
  }
  await client.query(`UPDATE audit_sequencer SET watermark = (SELECT max(transaction_id) + 1 FROM audit_entry)`)
  await client.query('RESET enable_seqscan')
}

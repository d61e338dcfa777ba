import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import { startEmbedded } from '../../src/database/embedded.ts'
import { migrate } from '../../src/database/migrate.ts'
import { createLog } from '../../src/log.ts'
import { generateSigner, parseSigner } from '../../src/modules/audit/checkpoint/keys.ts'
import { startSequencer } from '../../src/modules/audit/sequencer/sequencer.ts'

// How long entries take to become leaves of the tree, from the answer of their commit to the commit of the checkpoint, while
// so many a second are written; and how quickly a backlog is worked off. `node test/bench/integrate.ts 1600 20`: at 1,600 a
// second, for 20 seconds, on a durable PostgreSQL, with everything on this machine.

const [rate, seconds] = [Number(process.argv[2] ?? 1600), Number(process.argv[3] ?? 20)]
const perTransaction = 2
const backlog = 100_000

const folder = await mkdtemp(join(tmpdir(), 'lethe-bench-'))
const server = await startEmbedded({ folder: join(folder, 'postgres') })
const url = server.url('postgres')
await migrate(url)
const pool = new pg.Pool({ connectionString: url, max: 8 })
const keys = {
  find: async () => new Map(),
  create: async () => undefined,
  destroy: async () => undefined,
  destroyed: async function* () {},
  ledgerPosition: async () => undefined,
  noteLedger: async () => undefined,
  resetLedger: async () => undefined,
  unreadiness: () => undefined,
  connections: () => ({ used: 0, idle: 0, waiting: 0, most: 0 }),
  close: async () => undefined,
}
const signer = { ...parseSigner(generateSigner('lethe.bench/audit')), isNameChosen: false }
const start = () => startSequencer({ url, signer, folder: join(folder, 'audit'), log: createLog('warn', false), keys })

const insert = `
  INSERT INTO audit_entry (contact_id, id, request_id, actor_kind, action, operation, entity, entity_id, fields, "values")
  SELECT contact, id, $3, 'user', 'updated', 'updateContact', 'Contact', contact, ARRAY['givenName', 'familyName'], $4
  FROM unnest($1::uuid[], $2::uuid[]) AS given (contact, id)`

async function write(count: number) {
  const contacts = Array.from({ length: count }, () => randomUUID())
  const ids = contacts.map(() => uuidv7())
  await pool.query({ name: 'write', text: insert, values: [contacts, ids, randomUUID(), randomBytes(180)] })
  return ids
}

let sequencer = await start()
const committed = new Map<string, number>()
const began = performance.now()
const running = new Set<Promise<void>>()
for (let number = 0; number < (rate * seconds) / perTransaction; number++) {
  const due = began + (number * perTransaction * 1000) / rate
  const pause = due - performance.now()
  if (pause > 0) await wait(pause)
  const work = write(perTransaction).then((ids) => {
    for (const id of ids) committed.set(id, Date.now())
  })
  running.add(work)
  work.finally(() => running.delete(work))
}
await Promise.all(running)
const took = (performance.now() - began) / 1000
while ((sequencer.state().size ?? 0) < committed.size) await wait(50)

// The time of a checkpoint is that of the statement that makes it; half a dozen milliseconds of it are still to come.
const { rows } = await pool.query<{ id: string; at: string }>(
  `SELECT l.entry_id AS id, (SELECT extract(epoch FROM c.signed_at) * 1000 FROM audit_checkpoint c
     WHERE c.epoch = 1 AND c.tree_size > l.leaf_index ORDER BY c.tree_size LIMIT 1) AS at FROM audit_leaf l`,
)
const delays = rows.map(({ id, at }) => Number(at) - (committed.get(id) ?? 0)).toSorted((a, b) => a - b)
const at = (share: number) => `${Math.round(delays[Math.floor((delays.length - 1) * share)] ?? 0)} ms`
const checkpoints = await pool.query('SELECT count(*)::int AS count FROM audit_checkpoint')
console.log(
  `${Math.round(committed.size / took)} entries/s for ${took.toFixed(1)} s, ${checkpoints.rows[0].count} checkpoints`,
)
console.log(`integrated: median ${at(0.5)}, 99 % within ${at(0.99)}, all within ${at(1)}`)

await sequencer.close()
for (let count = 0; count < backlog; count += 5000) await write(5000)
const from = performance.now()
sequencer = await start()
while ((sequencer.state().size ?? 0) < committed.size + backlog) await wait(20)
console.log(`backlog: ${Math.round((backlog * 1000) / (performance.now() - from))} entries/s`)

await sequencer.close()
await pool.end()
await server.release()
await rm(folder, { recursive: true, force: true })

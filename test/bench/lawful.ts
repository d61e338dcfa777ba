import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { pino } from 'pino'
import { createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { openInstallation, workIn } from '../../src/installation.ts'
import { bootstrapIdentity } from '../../src/modules/identity/access/bootstrap.ts'
import { populate } from '../lawfulness/population.ts'

// How fast those are listed who may be processed: `npm run bench:lawful -- 1000000`. Figures for people; nothing is asserted.

const total = Number(process.argv[2] ?? 1_000_000)
const password = 'a pass phrase for measuring'
const data = await mkdtemp(join(tmpdir(), 'lethe-bench-'))
const config = readConfig({ LETHE_DATA: data, LETHE_ADMIN_PASSWORD: password })
const log = pino({ level: 'warn' })
const installation = await openInstallation({ ...config, timeout: 600_000 }, { log, say: () => undefined })
const { store, keys, secrets, ledger } = installation
const work = { ...workIn(installation, config, { actor: { kind: 'system', id: null }, log }), requestId: randomUUID() }

try {
  await bootstrapIdentity(work, config.admin)
  const app = createApp({ config, database: store.database, log, secrets, keys, ledger })
  const send = async (query: string, token?: string) => {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
    const body = JSON.stringify({ query })
    const answer = await app.fetch(new Request('https://localhost/graphql', { method: 'POST', headers, body }))
    const { data: found, errors } = await answer.json()
    if (errors) throw new Error(JSON.stringify(errors))
    return found
  }
  const began = performance.now()
  const owner = new pg.Client({ connectionString: store.ownerUrl })
  await owner.connect()
  await populate(owner, total)
  console.log(`${total} contacts planted in ${((performance.now() - began) / 1000).toFixed(0)} s`)
  const { rows } = await owner.query<{ name: string; size: string }>(
    `SELECT relname AS name, pg_size_pretty(pg_relation_size(oid)) AS size FROM pg_class
     WHERE relname ~ '^lawful_basis' AND relkind IN ('r', 'i') ORDER BY relname`,
  )
  for (const { name, size } of rows) console.log(`  ${name.padEnd(40)} ${size.padStart(8)}`)
  await owner.end()
  const { signIn } = await send(`mutation { signIn(email: "admin@localhost", password: "${password}") { token } }`)
  const { token } = signIn
  const page = '{ edges { node { id displayName } } pageInfo { endCursor } }'
  await explain('many', () => send(`{ contacts(lawfulFor: "many", first: 50) ${page} }`, token))
  await explain('few', () => send(`{ contacts(lawfulFor: "few", first: 50) ${page} }`, token))
  const named = 'names: [{ language: "en", text: "Nobody" }]'
  await send(`mutation { createPurpose(input: { key: "nobody", ${named}, grounds: [CONSENT] }) { key } }`, token)
  let after = ''
  for (let pages = 0; pages < Math.min(200, total / 5000); pages++) {
    const cursor = after && `, after: "${after}"`
    after = (await send(`{ contacts(lawfulFor: "many", first: 500${cursor}) ${page} }`, token)).contacts.pageInfo
      .endCursor
  }
  for (const [name, times, selection] of [
    ['all, 50', 200, `first: 50) ${page}`],
    ['many, 50', 200, `lawfulFor: "many", first: 50) ${page}`],
    ['many, far behind', 200, `lawfulFor: "many", first: 50, after: "${after}") ${page}`],
    ['few, 50', 200, `lawfulFor: "few", first: 50) ${page}`],
    ['nobody, 50', 200, `lawfulFor: "nobody", first: 50) ${page}`],
    ['without any ground, 50', 200, `filter: { withoutBasis: true }, first: 50) ${page}`],
    [
      'many, decisions of 50',
      50,
      `lawfulFor: "many", first: 50) { edges { node { mayProcess(purpose: "many") { allowed } } } }`,
    ],
    ['count of many', 5, 'lawfulFor: "many", first: 1) { totalCount }'],
    ['count of many, up to 10,000', 5, 'lawfulFor: "many", first: 1) { totalCount(upTo: 10000) }'],
    ['count without any ground', 5, 'filter: { withoutBasis: true }) { totalCount }'],
  ] as const) {
    await measure(name, times, () => send(`{ contacts(${selection} }`, token))
  }
} finally {
  await installation.close()
  await rm(data, { recursive: true, force: true })
}

/** Prints how PostgreSQL answers the statement that lists contacts. */
async function explain(name: string, run: () => Promise<unknown>) {
  const { query } = pg.Client.prototype
  const seen: { text: string; values: unknown[] }[] = []
  pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
    const [first] = given
    if (typeof first === 'object' && first && 'text' in first && String(first.text).includes('LIMIT')) {
      seen.push({ text: String(first.text), values: [...Object(Reflect.get(first, 'values'))] })
    }
    return Reflect.apply(query, this, given)
  }
  await run()
  pg.Client.prototype.query = query
  const client = new pg.Client({ connectionString: store.url })
  await client.connect()
  for (const { text, values } of seen) {
    const { rows } = await client.query({ text: `EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF) ${text}`, values })
    console.log(`${name}:\n${rows.map((row) => `  ${row['QUERY PLAN']}`).join('\n')}`)
  }
  await client.end()
}

/** Runs an operation so often, one after the other. */
async function measure(name: string, times: number, run: () => Promise<unknown>) {
  const latencies: number[] = []
  for (let count = 0; count < times; count++) {
    const from = performance.now()
    await run()
    latencies.push(performance.now() - from)
  }
  const each = latencies.toSorted((a, b) => a - b)
  const at = (share: number) => (each[Math.min(Math.floor(each.length * share), each.length - 1)] ?? 0).toFixed(1)
  console.log(`${name.padEnd(26)} median ${at(0.5).padStart(7)} ms, 99 % within ${at(0.99).padStart(7)} ms`)
}

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
import { explain, measure } from './measure.ts'

// How fast reports over many contacts come, the one on what is about to lapse above all: `npm run bench:reports -- 1000000`. Figures for
// people; nothing is asserted.

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
  // Contracts end within two years, and one in twenty is carried on by another ground.
  await owner.query(`
    UPDATE lawful_basis_period SET valid_until = now() + random() * interval '730 days', expires = true WHERE ground = 'contract'`)
  await owner.query(`UPDATE purpose SET grounds = '{contract,legal_obligation}' WHERE key = 'contracts'`)
  await owner.query(`
    INSERT INTO lawful_basis_period (contact_id, id, purpose_key, ground, is_valid, valid_from, event_id, given_at)
    SELECT contact_id, gen_random_uuid(), purpose_key, 'legal_obligation', true, given_at, event_id, given_at
    FROM lawful_basis_period WHERE ground = 'contract' AND get_byte(uuid_send(contact_id), 15) % 20 = 0`)
  await owner.query('VACUUM ANALYZE lawful_basis_period')
  console.log(`${total} contacts planted in ${((performance.now() - began) / 1000).toFixed(0)} s`)
  const { rows } = await owner.query<{ name: string; size: string }>(
    `SELECT relname AS name, pg_size_pretty(pg_relation_size(oid)) AS size FROM pg_class
     WHERE relname ~ '^lawful_basis' AND relkind IN ('r', 'i') ORDER BY relname`,
  )
  for (const { name, size } of rows) console.log(`  ${name.padEnd(40)} ${size.padStart(8)}`)
  await owner.end()
  const { signIn } = await send(`mutation { signIn(email: "admin@localhost", password: "${password}") { token } }`)
  const { token } = signIn
  const run = (report: string, rest = '', selection = 'rows { id cells { column text number time } } endCursor') =>
    send(`{ runReport(report: ${report}, first: 50${rest}) { ${selection} } }`, token)
  const lapsing = '{ key: "lapsing" }'
  await explain(store.url, 'lapsing, the first page', () => run(lapsing))
  await explain(store.url, 'lapsed, the first page', () => run('{ key: "lapsed" }'))
  let after = ''
  for (let pages = 0; pages < 20; pages++) {
    const cursor = after && `, after: "${after}"`
    const { runReport: page } = await send(
      `{ runReport(report: ${lapsing}, first: 500${cursor}) { endCursor hasNextPage } }`,
      token,
    )
    if (!page.hasNextPage) break
    after = page.endCursor
  }
  const { runReport } = await run(lapsing, '', 'totalCount')
  console.log(`${runReport.totalCount} of ${total} lapse within 30 days`)
  for (const [name, times, ask] of [
    ['lapsing in 30 days, 50', 50, () => run(lapsing)],
    ['the same, far behind', 50, () => run(lapsing, `, after: "${after}"`)],
    ['lapsing in 7 days, 50', 50, () => run(lapsing, ', parameters: { days: 7 }')],
    [
      'lapsing in 1 day, all',
      10,
      () => send(`{ runReport(report: ${lapsing}, parameters: { days: 1 }, first: 500) { rows { id } } }`, token),
    ],
    ['how many in 30 days', 10, () => run(lapsing, '', 'totalCount')],
    ['how many, up to 1,000', 10, () => run(lapsing, '', 'totalCount(upTo: 1000)')],
    ['counted by purpose', 10, () => send(`{ reportGroups(report: ${lapsing}) { count } }`, token)],
    ['lapsed, 50', 50, () => run('{ key: "lapsed" }')],
    ['how many lapsed', 5, () => run('{ key: "lapsed" }', '', 'totalCount')],
    ['without any ground, 50', 20, () => run('{ key: "without-basis" }')],
    ['consents, 50', 20, () => run('{ key: "consents" }')],
    ['consents by month', 3, () => send('{ reportGroups(report: { key: "consents" }) { count } }', token)],
    ['erasures ahead', 3, () => run('{ key: "erasures-ahead" }')],
  ] as const) {
    await measure(name, times, ask)
  }
} finally {
  await installation.close()
  await rm(data, { recursive: true, force: true })
}

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
  await explain(store.url, 'many', () => send(`{ contacts(lawfulFor: "many", first: 50) ${page} }`, token))
  await explain(store.url, 'few', () => send(`{ contacts(lawfulFor: "few", first: 50) ${page} }`, token))
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

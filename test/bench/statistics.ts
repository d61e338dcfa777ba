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
import { monthOf, monthsLater } from '../../src/modules/statistics/months.ts'
import { releaseStatistics } from '../../src/modules/statistics/release.ts'
import { populate } from '../lawfulness/population.ts'

// How long it takes to count a month, and to ask for years of it: `npm run bench:statistics -- 1000000`. Figures for people; nothing is
// asserted.

const total = Number(process.argv[2] ?? 1_000_000)
const months = 24
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
  const owner = new pg.Client({ connectionString: store.ownerUrl })
  await owner.connect()
  // As if they had come over two years, and were told of as they came.
  const ago = (days: string) => `now() - ${days} * interval '1 day'`
  await owner.query(`ALTER TABLE contact ALTER created_at SET DEFAULT ${ago('700 * random()')}`)
  await owner.query(`ALTER TABLE lawful_basis_event ALTER recorded_at SET DEFAULT ${ago('700 * random()')}`)
  await owner.query(`ALTER TABLE purpose ALTER created_at SET DEFAULT ${ago('1000')}`)
  await populate(owner, total)
  await owner.end()

  const now = new Date()
  const last = monthsLater(monthOf(now), -1)
  await measure(`all months until ${last.toISOString().slice(0, 7)}`, 1, () => releaseStatistics(work, now))
  await measure('one month more', 1, () =>
    releaseStatistics(work, new Date(monthsLater(last, 2).getTime() + 2 * 86_400_000)),
  )
  await measure('nothing to do', 20, () => releaseStatistics(work, now))
  const { signIn } = await send(`mutation { signIn(email: "admin@localhost", password: "${password}") { token } }`)
  const from = monthsLater(last, -months).toISOString().slice(0, 10)
  const until = monthsLater(last, 1).toISOString().slice(0, 10)
  const cells = '{ cells { period event purpose ground channel count margin } }'
  for (const [subject, by] of [
    ['CONTACTS', 'MONTH'],
    ['CONSENTS', 'MONTH, PURPOSE, CHANNEL'],
    ['GROUNDS', 'YEAR, PURPOSE, GROUND'],
  ] as const) {
    const query = `{ statistics(subject: ${subject}, by: [${by}], from: "${from}", until: "${until}") ${cells} }`
    const answer = await send(query, signIn.token)
    console.log(
      JSON.stringify(answer.statistics.cells.filter(({ count }: { count: number | null }) => count).slice(-2)),
    )
    await measure(`${subject} by ${by}`, 100, () => send(query, signIn.token))
  }
} finally {
  await installation.close()
  await rm(data, { recursive: true, force: true })
}

async function measure(name: string, times: number, run: () => Promise<unknown>): Promise<void> {
  const took: number[] = []
  for (let time = 0; time < times; time++) {
    const began = performance.now()
    await run()
    took.push(performance.now() - began)
  }
  const middle = took.toSorted((a, b) => a - b)[Math.floor(took.length / 2)] ?? 0
  console.log(`${name.padEnd(45)} ${middle.toFixed(1).padStart(10)} ms`)
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from '../../src/database/generated/client/client.ts'

// What the log costs: `createContact` over HTTPS, with logging, sealing and the tree, and the same statements without them;
// and how long it takes until entries are in the tree. `npm run bench:create -- 15` measures 15 seconds each, in turns.

type Server = { url: string; token: string; ca: string; database: string }

const seconds = Number(process.argv[2] ?? 15)
const connections = 16
const rounds = 2

const mutation = `mutation ($input: CreateContactInput!) { createContact(input: $input) { id } }`

const rates = { with: [] as number[], without: [] as number[] }
for (let round = 0; round < rounds; round++) {
  for (const variant of ['without', 'with'] as const) {
    await withServer(variant, async (server) => {
      await load(server, 3)
      const { count, latencies } = await load(server, seconds)
      rates[variant].push(count / seconds)
      const at = (share: number) => (latencies[Math.floor(latencies.length * share)] ?? 0).toFixed(1)
      console.log(
        `createContact ${variant.padEnd(8)} ${Math.round(count / seconds)}/s, median ${at(0.5)} ms, 99 % within ${at(0.99)} ms`,
      )
      if (variant === 'with') await reportIntegration(server)
    })
  }
}
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
console.log(`with the log: ${(mean(rates.with) / mean(rates.without)).toFixed(2)} times the rate without it`)

async function withServer(variant: string, use: (server: Server) => Promise<void>) {
  const data = await mkdtemp(join(tmpdir(), 'lethe-bench-'))
  const child = spawn(process.execPath, [join(import.meta.dirname, 'create-server.ts'), variant], {
    env: { PATH: process.env['PATH'], LETHE_DATA: data },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    for await (const line of createInterface(child.stdout)) {
      await use(JSON.parse(line))
      break
    }
  } finally {
    child.kill('SIGTERM')
    if (child.exitCode === null) await once(child, 'exit')
    await rm(data, { recursive: true, force: true })
  }
}

/** Sends as many as are answered, on a fixed number of connections. */
async function load({ url, token, ca }: Server, forSeconds: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections, ca })
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
  const until = performance.now() + forSeconds * 1000
  const latencies: number[] = []
  let number = 0
  const send = (body: string) =>
    new Promise<string>((resolve, reject) => {
      const sent = request(`${url}/graphql`, { method: 'POST', agent, headers }, async (response) => {
        let text = ''
        for await (const part of response.setEncoding('utf8')) text += part
        resolve(text)
      })
      sent.on('error', reject).end(body)
    })
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < until) {
        const from = performance.now()
        const input = {
          givenName: 'Ada',
          familyName: `Alt ${number++}`,
          emails: [{ address: `ada${Math.random()}@example.org` }],
        }
        const text = await send(JSON.stringify({ query: mutation, variables: { input } }))
        if (!text.includes('"id"')) throw new Error(text)
        latencies.push(performance.now() - from)
      }
    }),
  )
  agent.destroy()
  return { count: latencies.length, latencies: latencies.toSorted((a, b) => a - b) }
}

/** From the beginning of the transaction that wrote an entry to the checkpoint that covers it. */
async function reportIntegration({ database }: Server) {
  const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: database }) })
  await new Promise((done) => setTimeout(done, 1500)) // The last ones, too.
  const [row] = await prisma.$queryRaw<{ entries: number; open: number; median: number; p99: number; most: number }[]>`
    WITH times AS (
      SELECT extract(epoch FROM (SELECT min(c.signed_at) FROM audit_checkpoint c WHERE c.tree_size > l.leaf_index)
        - e.recorded_at) AS seconds
      FROM audit_entry e LEFT JOIN audit_leaf l ON l.entry_id = e.id)
    SELECT count(*)::int AS entries, (count(*) FILTER (WHERE seconds IS NULL))::int AS open,
      (percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds))::float8 AS median,
      (percentile_cont(0.99) WITHIN GROUP (ORDER BY seconds))::float8 AS p99, max(seconds)::float8 AS most
    FROM times`
  await prisma.$disconnect()
  if (!row) return
  const ms = (value: number) => `${Math.round(value * 1000)} ms`
  console.log(
    `integration   ${row.entries} entries, ${row.open} open, median ${ms(row.median)}, 99 % within ${ms(row.p99)}, at most ${ms(row.most)}`,
  )
}

import { appendFile, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { start } from '../peers/process.ts'
import { openWorld, password } from '../peers/world.ts'
import { partner } from '../peers/writing.ts'
import { openClient } from './client.ts'
import { type Sample, sampleOf } from './memory.ts'
import { report } from './report.ts'
import { type Caller, entered, kinds } from './requests.ts'

// Whether the memory of the server stays where it is, under an hour of what people, programs and those who mean harm ask of it: `npm run
// bench:soak`, with 10,000 contacts and 20 requests a second; `-- --minutes 5 --rate 40 --contacts 1000` for a quick look. Notes it every ten seconds
// as JSON Lines, and writes the table that README.md shows, if it was three quarters of an hour or more.

const { values: given } = parseArgs({
  options: {
    contacts: { type: 'string', default: '10000' },
    minutes: { type: 'string', default: '60' },
    rate: { type: 'string', default: '20' },
    'warm-up': { type: 'string' },
    data: { type: 'string' },
    out: { type: 'string' },
  },
})
const [contacts, minutes, rate] = [Number(given.contacts), Number(given.minutes), Number(given.rate)]
const warmUp = Number(given['warm-up'] ?? minutes / 6)
const out = given.out ?? join(await mkdtemp(join(tmpdir(), 'lethe-soak-')), 'samples.jsonl')
/** Who asks more than is answered measures something else. */
const mostAtOnce = 200

type Tokens = { token: string; refreshToken: string }
let tokens: Tokens = { token: '', refreshToken: '' }

console.log(`Filling a database with ${contacts.toLocaleString('en')} contacts …`)
const world = await openWorld(contacts, given.data)
const server = await start('lethe', world)
const client = openClient(server.url, world.certificate.cert)
const signed = await signedIn()
const caller: Caller = { client, partner: await partner(world), ids: await everyone(), own: await some(), ...signed }
console.log(`Process ${server.pid} answers; its memory is noted in ${out}.`)

const counts = new Map<string, number>()
const samples: Sample[] = []
let [running, answered] = [0, 0]
const began = performance.now()
const passed = () => (performance.now() - began) / 60_000
try {
  const turns = turnsOf()
  const noting = setInterval(() => void note(), 10_000)
  // Sessions last for minutes.
  const renewing = setInterval(() => void renew(), 240_000)
  for (let index = 0; passed() < minutes; index++) {
    const kind = turns[index % turns.length]
    if (kind && running < mostAtOnce) void one(kind, index)
    else count('left out: too many at once')
    const wait = began + (index * 1000) / rate - performance.now()
    if (wait > 0) await new Promise((done) => setTimeout(done, wait))
  }
  clearInterval(noting)
  clearInterval(renewing)
  for (const [name, number] of [...counts].toSorted()) console.log(`  ${name.padEnd(48)} ${number}`)
  await report(samples, { contacts, minutes, rate, warmUp, answered })
} finally {
  client.close()
  await server.stop()
  await world.close()
}

/** The kinds of a thousand requests, well mixed and always alike. */
function turnsOf() {
  const all = kinds.flatMap((kind) =>
    Array.from({ length: kind.share }, (_, index) => ({ kind, at: index / kind.share })),
  )
  return all.toSorted((one, other) => one.at - other.at).map(({ kind }) => kind)
}

async function one({ name, run }: (typeof kinds)[number], index: number): Promise<void> {
  running++
  try {
    const { outcome } = await run(caller, index)
    count(`${name}: ${outcome}`)
    answered++
  } catch (error) {
    count(`${name}: ${error instanceof Error ? error.message : error}`)
  } finally {
    running--
  }
}

function count(name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

async function note(): Promise<void> {
  const sample = await sampleOf(client, world.data, Number(passed().toFixed(3)))
  samples.push(sample)
  await appendFile(out, `${JSON.stringify({ ...sample, answered, running })}\n`)
}

/** The ids of some that are entered. */
async function some(): Promise<string[]> {
  const made = await Promise.all(Array.from({ length: 60 }, (_, index) => entered({ client, ...signed }, index)))
  return made.map(({ data }) => data.createContact.id)
}

/** Signs in as the administrator. */
async function signedIn(): Promise<Pick<Caller, 'token' | 'email' | 'password'>> {
  const email = 'admin@localhost'
  const query =
    'mutation ($email: String!, $password: String!) { signed: signIn(email: $email, password: $password) { token refreshToken } }'
  tokens = await tokensFrom(query, { email, password })
  return { token: () => tokens.token, email, password }
}

/** A token is good for ten minutes; and whoever signs in anew, after others from here could not, has to wait. */
async function renew(): Promise<void> {
  const query =
    'mutation ($refreshToken: String!) { signed: refreshSession(refreshToken: $refreshToken) { token refreshToken } }'
  tokens = await tokensFrom(query, { refreshToken: tokens.refreshToken })
}

async function tokensFrom(query: string, variables: object): Promise<Tokens> {
  const { data, outcome } = await client.ask(query, variables)
  if (!data?.signed?.token) throw new Error(`Can't sign in: ${outcome}`)
  return data.signed
}

/** The ids of all contacts, each with a key. */
async function everyone(): Promise<string[]> {
  const owner = new pg.Client({ connectionString: world.ownerUrl })
  await owner.connect()
  const { rows } = await owner.query<{ id: string }>(
    'SELECT contact_id AS id FROM contact WHERE merged_into_id IS NULL',
  )
  await owner.end()
  // Those that the database was filled with have none yet, and nothing of theirs could be logged.
  for (let at = 0; at < rows.length; at += 5000)
    await world.work.keys.create(rows.slice(at, at + 5000).map(({ id }) => id))
  return rows.map(({ id }) => btoa(`Contact:${id}`))
}

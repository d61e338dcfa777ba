import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { pino } from 'pino'
import { createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { openInstallation, workIn } from '../../src/installation.ts'
import { eraseNext } from '../../src/modules/erasure/worker.ts'
import { bootstrapIdentity } from '../../src/modules/identity/access/bootstrap.ts'
import { populate } from '../lawfulness/population.ts'

// How long it takes to erase many contacts by a filter: `npm run bench:erase -- 100000`. Figures for people; nothing is asserted.

const total = Number(process.argv[2] ?? 100_000)
const password = 'a pass phrase for measuring'
const data = await mkdtemp(join(tmpdir(), 'lethe-bench-'))
const config = readConfig({ LETHE_DATA: data, LETHE_ADMIN_PASSWORD: password, LETHE_TIMEOUT: '600000' })
const log = pino({ level: 'warn' })
const installation = await openInstallation(config, { log, say: () => undefined })
const { store, keys, secrets, ledger } = installation
const work = { ...workIn(installation, config, { actor: { kind: 'system', id: null }, log }), requestId: randomUUID() }
const seconds = (since: number) => ((performance.now() - since) / 1000).toFixed(1)

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
  let began = performance.now()
  const owner = new pg.Client({ connectionString: store.ownerUrl })
  await owner.connect()
  await populate(owner, total)
  await owner.end()
  const planted = await store.database.contact.findMany({ select: { id: true } })
  for (let from = 0; from < total; from += 1000) await keys.create(planted.slice(from, from + 1000).map(({ id }) => id))
  console.log(`${total} contacts planted, with keys, in ${seconds(began)} s`)
  const { signIn } = await send(`mutation { signIn(email: "admin@localhost", password: "${password}") { token } }`)
  began = performance.now()
  const filter = 'filter: { not: { tags: { hasAny: ["kept"] } } }'
  const input = `{ ${filter}, ground: NO_LONGER_NEEDED, executeWhenApproved: true }`
  const { requestErasureOfSet: set } = await send(
    `mutation { requestErasureOfSet(input: ${input}) { id contacts } }`,
    signIn.token,
  )
  console.log(`a set of ${set.contacts} asked for in ${seconds(began)} s`)
  began = performance.now()
  const telling = setInterval(async () => {
    const { erasure } = await send(`{ erasure(id: "${set.id}") { contactsDone } }`, signIn.token)
    console.log(`  ${erasure.contactsDone} erased after ${seconds(began)} s`)
  }, 30_000)
  await eraseNext(work)
  clearInterval(telling)
  const { erasure } = await send(`{ erasure(id: "${set.id}") { state contacts ledgerSequence } }`, signIn.token)
  console.log(
    `${erasure.contacts} contacts ${erasure.state} in ${seconds(began)} s, ledger at ${erasure.ledgerSequence}`,
  )
} finally {
  await installation.close()
  await rm(data, { recursive: true, force: true })
}

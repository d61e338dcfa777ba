import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { pino } from 'pino'
import { createApp } from '../../src/app.ts'
import { dataPath, readConfig } from '../../src/config.ts'
import { listenToDatabase } from '../../src/database/listen.ts'
import { openInstallation, workIn } from '../../src/installation.ts'
import { auditSigner } from '../../src/modules/audit/checkpoint/signing-key.ts'
import { startSequencer } from '../../src/modules/audit/sequencer/sequencer.ts'
import type { ImportRow } from '../../src/modules/contacts/import/reader.ts'
import { importContacts } from '../../src/modules/contacts/import/run.ts'
import { seedDraft } from '../../src/modules/contacts/seed/generate.ts'
import { bootstrapIdentity } from '../../src/modules/identity/access/bootstrap.ts'

// How fast it is, on an embedded database of its own: `npm run bench -- 100000`. Figures for people; nothing is asserted.

const total = Number(process.argv[2] ?? 10_000)
const password = 'a pass phrase for measuring'
const data = await mkdtemp(join(tmpdir(), 'lethe-bench-'))
const config = readConfig({ LETHE_DATA: data, LETHE_ADMIN_PASSWORD: password })
const log = pino({ level: 'warn' })
const installation = await openInstallation({ ...config, timeout: 300_000 }, { log, say: () => undefined })
const { store, keys, secrets, ledger } = installation
const actor = { kind: 'system', id: null } as const
const work = { ...workIn(installation, config, { actor, log }), requestId: randomUUID() }
const notifications = await listenToDatabase(store.url, log)
const signer = await auditSigner(config)
const folder = dataPath(config, 'audit')
const sequencer = await startSequencer({ url: store.url, signer, folder, log, notifications, keys })

async function* rows(): AsyncGenerator<ImportRow> {
  for (let index = 0; index < total; index++) {
    const { externalId, ...draft } = seedDraft(index)
    yield { place: String(index), draft, externalId, faults: [], original: { format: 'jsonl', line: '' } }
  }
}

try {
  await bootstrapIdentity(work, config.admin)
  const app = createApp({
    config,
    database: store.database,
    log,
    secrets,
    keys,
    ledger,
    sequencer,
    notifications,
  })
  const send = async (query: string, token?: string) => {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
    const request = new Request('https://localhost/graphql', {
      method: 'POST',
      headers,
      body: JSON.stringify({ query }),
    })
    const { data: answer, errors } = await (await app.fetch(request)).json()
    if (errors) throw new Error(JSON.stringify(errors))
    return answer
  }
  const { signIn } = await send(`mutation { signIn(email: "admin@localhost", password: "${password}") { token } }`)

  const began = performance.now()
  const statement = { fileName: 'bench', format: 'jsonl', source: 'Benchmark', ground: 'legitimate_interests' } as const
  await importContacts(work, rows(), { ...statement, sourceAt: new Date(), groundNote: 'Made up' })
  const seconds = (performance.now() - began) / 1000
  console.log(`import       ${total} contacts in ${seconds.toFixed(1)} s, ${Math.round(total / seconds)}/s`)
  const owner = new pg.Client({ connectionString: store.ownerUrl })
  await owner.connect()
  await owner.query('ANALYZE')
  await owner.end()

  const page =
    '{ edges { node { id displayName organisation emails { address } phones { number } } } pageInfo { endCursor } }'
  await measure('list of 50', 500, () => send(`{ contacts(first: 50) ${page} }`, signIn.token))
  await measure('search', 200, (index) =>
    send(`{ contacts(first: 20, search: "${['mül', 'berlin', 'anna'][index % 3]}") ${page} }`, signIn.token),
  )
  await measure('create', 500, (index) =>
    send(
      `mutation { createContact(input: { givenName: "Ada", familyName: "Alt ${index}", emails: [{ address: "a${index}@example.org" }] }) { id } }`,
      signIn.token,
    ),
  )
  await measure('duplicates', 3, () => send('{ findDuplicates(first: 50) { score reasons } }', signIn.token))
} finally {
  await sequencer.close()
  await notifications.close()
  await installation.close()
  await rm(data, { recursive: true, force: true })
}

/** Runs an operation so often, eight at a time. */
async function measure(name: string, times: number, run: (index: number) => Promise<unknown>) {
  const latencies: number[] = []
  let next = 0
  const start = performance.now()
  await Promise.all(
    Array.from({ length: Math.min(8, times) }, async () => {
      for (let index = next++; index < times; index = next++) {
        const from = performance.now()
        await run(index)
        latencies.push(performance.now() - from)
      }
    }),
  )
  const each = latencies.toSorted((a, b) => a - b)
  const at = (share: number) => (each[Math.min(Math.floor(each.length * share), each.length - 1)] ?? 0).toFixed(1)
  const rate = Math.round((times / (performance.now() - start)) * 1000)
  console.log(`${name.padEnd(12)} ${rate}/s, median ${at(0.5)} ms, 99 % within ${at(0.99)} ms`)
}

import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { type ClientHttp2Session, connect } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { pino } from 'pino'
import { readConfig } from '../../src/config.ts'
import { openInstallation } from '../../src/installation.ts'
import { serve } from '../../src/serve.ts'

// What `giveConsent` costs: of a server with evidence, for new persons, over HTTPS; and the same rows in one transaction of `pg`, which
// is as fast as it could be. `npm run bench:give-consent -- 15` measures 15 seconds each. Figures for people; nothing is asserted.

const seconds = Number(process.argv[2] ?? 15)
const connections = 16
/** A call is answered when it is in the tree of the audit log, up to a second later: so many have to wait at once. */
const waiting = 64
const password = 'a pass phrase for measuring'
const data = await mkdtemp(join(tmpdir(), 'lethe-bench-'))
const config = readConfig({
  LETHE_DATA: data,
  LETHE_ADMIN_PASSWORD: password,
  PORT: '0',
  LETHE_CONSENT_SERVER_RATE: '10000',
})
const log = pino({ level: 'warn' })
const { url, close } = await serve(config, { log, out: { write: () => true } })
const session = connect(url, { ca: await readFile(join(data, 'tls', 'certificate.pem')) })

try {
  const key = await partner()
  const give = async () => {
    const input = {
      idempotencyKey: randomUUID(),
      person: { email: `${randomUUID()}@example.org` },
      purposes: [{ purpose: 'newsletter' }],
      evidence: { kind: 'FORM', text: 'Form 17, ticked at the counter.' },
    }
    const query =
      'mutation ($input: GiveConsentInput!) { giveConsent(input: $input) { token outcomes { purpose state } } }'
    const found = await send(session, { query, variables: { input } }, key)
    if (found['giveConsent'].outcomes[0].state !== 'GIVEN') throw new Error(JSON.stringify(found))
  }
  await measure('warming up', 3, give, waiting)
  const served = await measure('giveConsent over HTTPS', seconds, give, waiting)
  session.close()
  const bare = await measureRows()
  console.log(`giveConsent: ${(served / bare).toFixed(2)} times the rate of its rows alone`)
} finally {
  session.destroy()
  await close()
  await rm(data, { recursive: true, force: true })
}

/** A partner with a purpose to ask for; its secret key. */
async function partner(): Promise<string> {
  const signIn = `mutation { signIn(email: "admin@localhost", password: "${password}") { token } }`
  const { token } = (await send(session, { query: signIn }))['signIn']
  const act = async (query: string) => Object.values(await send(session, { query }, token))[0]
  const names = 'names: [{ language: "en", text: "Newsletter" }]'
  await act(`mutation { createPurpose(input: { key: "newsletter", ${names}, grounds: [CONSENT] }) { key } }`)
  const { id } = await act('mutation { createClient(input: { name: "Shop", kind: PARTNER, origins: [] }) { id } }')
  for (const right of ['consent.consents', 'consent.purpose.newsletter', 'consent.attest']) {
    const read = right === 'consent.purpose.newsletter' ? '' : 'read: true, '
    await act(`mutation { grantScope(client: "${id}", right: "${right}", ${read}write: true) { id } }`)
  }
  return (await act(`mutation { createClientKey(client: "${id}", kind: SECRET) { key } }`)).key
}

/** The rows that the last call made, again and again with other ids, as their owner and without triggers. */
async function measureRows(): Promise<number> {
  const installation = await openInstallation({ ...config, data }, { log, say: () => undefined }).catch(() => undefined)
  const ownerUrl = installation?.store.ownerUrl
  if (!ownerUrl) throw new Error('no database to measure')
  const pool = new pg.Pool({
    connectionString: ownerUrl,
    max: connections,
    options: '-c session_replication_role=replica',
  })
  const { rows: tables } = await pool.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
     WHERE table_schema = 'public' AND column_name = 'contact_id' AND table_type = 'BASE TABLE' AND table_name <> 'audit_leaf'`,
  )
  const { rows: last } = await pool.query<{ id: string }>(
    'SELECT contact_id AS id FROM contact ORDER BY contact_id DESC LIMIT 1',
  )
  const contactId = last[0]?.id ?? ''
  const made: { name: string; rows: string }[] = []
  for (const { name } of tables) {
    const { rows } = await pool.query(`SELECT json_agg(t)::text AS rows FROM ${name} t WHERE contact_id = $1`, [
      contactId,
    ])
    if (rows[0]?.rows) made.push({ name, rows: rows[0].rows })
  }
  const { rows: calls } = await pool.query(
    'SELECT json_agg(t)::text AS rows FROM (SELECT * FROM consent_call LIMIT 1) t',
  )
  console.log(
    `rows of: ${made.map(({ name, rows }) => `${name} ${JSON.parse(rows).length}`).join(', ')}, consent_call 1`,
  )
  const rate = await measure('the same rows by pg', seconds, async () => {
    const client = await pool.connect()
    try {
      await client.query('BEGIN')
      const id = randomUUID()
      for (const { name, rows } of made)
        await client.query(`INSERT INTO ${name} SELECT * FROM json_populate_recordset(NULL::${name}, $1::json)`, [
          rows.replaceAll(contactId, id),
        ])
      const call = calls[0].rows.replace(/"key_hash":"[^"]+"/, `"key_hash":"${randomBytes(32).toString('hex')}"`)
      await client.query(
        'INSERT INTO consent_call SELECT * FROM json_populate_recordset(NULL::consent_call, $1::json)',
        [call],
      )
      await client.query('COMMIT')
    } finally {
      client.release()
    }
  })
  await pool.end()
  await installation?.close()
  return rate
}

/** Runs something as often as it ends, so many at once. Returns how often a second. */
async function measure(
  name: string,
  forSeconds: number,
  run: () => Promise<void>,
  atOnce = connections,
): Promise<number> {
  const [from, cpuBefore] = [performance.now(), process.cpuUsage()]
  const until = from + forSeconds * 1000
  const latencies: number[] = []
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (performance.now() < until) {
        const began = performance.now()
        await run()
        latencies.push(performance.now() - began)
      }
    }),
  )
  const rate = latencies.length / ((performance.now() - from) / 1000)
  const { user, system } = process.cpuUsage(cpuBefore)
  const cpu = (user + system) / 1000 / latencies.length
  const at = (share: number) =>
    (latencies.toSorted((a, b) => a - b)[Math.floor(latencies.length * share)] ?? 0).toFixed(1)
  console.log(
    `${name.padEnd(24)} ${rate.toFixed(0)}/s, median ${at(0.5)} ms, 99 % within ${at(0.99)} ms; ${cpu.toFixed(1)} ms of this process’ CPU each`,
  )
  return rate
}

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
function send(over: ClientHttp2Session, body: object, token?: string): Promise<Record<string, any>> {
  return new Promise((resolve, reject) => {
    const authorization = token && { authorization: `Bearer ${token}` }
    const stream = over.request({
      ':method': 'POST',
      ':path': '/graphql',
      'content-type': 'application/json',
      ...authorization,
    })
    let text = ''
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
    stream.on('error', reject).on('end', () => {
      const { data: found, errors } = JSON.parse(text)
      if (errors) reject(new Error(JSON.stringify(errors)))
      else resolve(found)
    })
    stream.end(JSON.stringify(body))
  })
}

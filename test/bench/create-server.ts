import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { createApp } from '../../src/app.ts'
import { dataPath, readConfig } from '../../src/config.ts'
import { listenToDatabase } from '../../src/database/listen.ts'
import { listen } from '../../src/http/server.ts'
import { openInstallation, workIn } from '../../src/installation.ts'
import { createLog } from '../../src/log.ts'
import { auditSigner } from '../../src/modules/audit/checkpoint/signing-key.ts'
import { startSequencer } from '../../src/modules/audit/sequencer/sequencer.ts'
import { bootstrapIdentity } from '../../src/modules/identity/access/bootstrap.ts'
import { modules } from '../../src/modules/index.ts'

// A server to measure: as it is, or (`without`) with the same statements but no log: nothing is recorded, sealed or put into
// the tree, and PostgreSQL's guards are off. Tells where it is, then serves until it is ended.

const password = 'a pass phrase for measuring'
const logs = process.argv[2] !== 'without'
const config = readConfig({ ...process.env, PORT: '0', LETHE_ADMIN_PASSWORD: password })
const log = createLog('warn', false)
const installation = await openInstallation(config, { log, say: () => undefined })
const { store, keys, secrets, ledger } = installation
const system = workIn(installation, config, { actor: { kind: 'system', id: null }, log })
await bootstrapIdentity({ ...system, requestId: randomUUID() }, config.admin)
if (!logs) {
  const owner = new pg.Client({ connectionString: store.ownerUrl })
  await owner.connect()
  for (const table of ['contact', 'contact_point', 'session', 'user_account']) {
    await owner.query(`ALTER TABLE ${table} DISABLE TRIGGER audit_required`)
  }
  await owner.end()
}
const notifications = await listenToDatabase(store.url, log)
const sequencer =
  logs &&
  (await startSequencer({
    url: store.url,
    signer: await auditSigner(config),
    folder: dataPath(config, 'audit'),
    log,
    notifications,
    keys,
  }))
const app = createApp({
  config,
  database: store.database,
  log,
  secrets,
  keys,
  ledger,
  notifications,
  ...(sequencer && { sequencer }),
  modules: logs ? modules : modules.map((module) => ({ ...module, audited: {} })),
})
const server = await listen(app, config, log)
app.listensAt(server)
const signIn = `mutation { signIn(email: "admin@localhost", password: "${password}") { token } }`
const answer = await app.fetch(
  new Request(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: signIn }),
  }),
)
const { data } = await answer.json()
process.stdout.write(
  `${JSON.stringify({ url: server.url, token: data.signIn.token, ca: server.certificate.cert, database: store.url })}\n`,
)
process.once('SIGTERM', async () => {
  app.close()
  await server.close()
  await app.finish()
  if (sequencer) await sequencer.close()
  await notifications.close()
  await installation.close()
})

import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { pino } from 'pino'
import { createApp } from '../../../src/app.ts'
import { readConfig } from '../../../src/config.ts'
import type { WorkContext } from '../../../src/graphql/context.ts'
import { loadCertificate } from '../../../src/http/certificate.ts'
import { openInstallation, workIn } from '../../../src/installation.ts'
import { bootstrapIdentity } from '../../../src/modules/identity/access/bootstrap.ts'
import { fill, type Sent, settle } from './fill.ts'

/** What all contenders share: one database, filled, one certificate, and who asks Lethe. */
export type World = {
  /** LETHE_DATA. */
  data: string
  databaseUrl: string
  /** Of who owns it. */
  ownerUrl: string
  /** PEM. */
  certificate: { cert: string; key: string }
  /** Of a user who may read the fields that are asked for, and no others; of the administrator. */
  tokens: { reader: string; admin: string }
  /** Of some contacts, spread over all. */
  contactIds: string[]
  /** As the administrator, unless with another's token: what a contest needs besides. Throws where there are errors. */
  ask: (query: string, variables?: object, token?: string) => ReturnType<Sent>
  /** For what the background does: the system's. */
  work: Omit<WorkContext, 'requestId'>
  close: () => Promise<void>
}

/** The administrator's. */
export const password = 'a pass phrase for measuring'
const environment = { LETHE_ADMIN_PASSWORD: password, PORT: '0', LETHE_CONSENT_SERVER_RATE: '10000' }

/** What a Lethe runs with that serves a world. */
export const environmentOf = ({ data }: Pick<World, 'data'>) => ({ ...environment, LETHE_DATA: data })

/** Opens an installation with so many contacts: a new one that is gone afterwards, or the one in `folder`, which stays. */
export async function openWorld(contacts: number, folder?: string): Promise<World> {
  if (folder) await mkdir(folder, { recursive: true })
  const data = folder ?? (await mkdtemp(join(tmpdir(), 'lethe-bench-')))
  const config = readConfig(environmentOf({ data }))
  const log = pino({ level: 'warn' })
  const installation = await openInstallation({ ...config, timeout: 600_000 }, { log, say: () => undefined })
  const { store, keys, secrets, ledger } = installation
  const ownerUrl = store.ownerUrl ?? ''
  const work = {
    ...workIn(installation, config, { actor: { kind: 'system', id: null }, log }),
    requestId: randomUUID(),
  }
  await bootstrapIdentity(work, config.admin)
  const app = createApp({ config, database: store.database, log, secrets, keys, ledger })
  const send = async (query: string, variables: object = {}, token?: string) => {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
    const body = JSON.stringify({ query, variables })
    const answer = await app.fetch(new Request('https://localhost/graphql', { method: 'POST', headers, body }))
    const { data: found, errors } = await answer.json()
    if (errors) throw new Error(`${query}: ${JSON.stringify(errors)}`)
    return found
  }
  const signIn = async (email: string, secret: string): Promise<string> =>
    (
      await send('mutation ($e: String!, $p: String!) { signIn(email: $e, password: $p) { token } }', {
        e: email,
        p: secret,
      })
    ).signIn.token
  let admin = await signIn('admin@localhost', password)
  const ask: World['ask'] = (query, variables, token = admin) => send(query, variables, token)

  const owner = new pg.Client({ connectionString: ownerUrl })
  await owner.connect()
  const filled = await contactsIn(owner)
  if (filled < contacts) {
    await settle(ask)
    await fill(ownerUrl, filled, contacts)
    await owner.query('VACUUM ANALYZE')
    admin = await signIn('admin@localhost', password) // A session that nobody used for so long may be over.
  }
  const { rows } = await owner.query<{ id: string }>(
    'SELECT contact_id AS id FROM contact WHERE merged_into_id IS NULL ORDER BY md5(contact_id::text) LIMIT 200',
  )
  await owner.end()
  return {
    data,
    databaseUrl: store.url,
    ownerUrl,
    certificate: await loadCertificate(config),
    tokens: { admin, reader: await reader(ask, signIn) },
    contactIds: rows.map(({ id }) => id),
    ask,
    work,
    close: async () => {
      app.close()
      await app.finish()
      await installation.close()
      if (!folder) await rm(data, { recursive: true, force: true })
    },
  }
}

async function contactsIn(owner: pg.Client) {
  const { rows } = await owner.query<{ count: string }>('SELECT count(*) FROM contact')
  return Number(rows[0]?.count)
}

/** Signs in somebody whose one role reads what the contests ask for, field by field. */
async function reader(ask: Sent, signIn: (email: string, secret: string) => Promise<string>): Promise<string> {
  const key = `reader-${randomUUID()}`
  const { createRole } = await ask('mutation ($k: String!) { createRole(input: { key: $k, name: $k }) { id } }', {
    k: key,
  })
  const rights = ['contacts.contact', 'contacts.name', 'contacts.email', 'contacts.phone', 'lawfulness.basis']
  for (const right of [...rights, ...fieldKeys.map((field) => `fields.${field}`)]) {
    await ask('mutation ($r: ID!, $right: String!) { grantRight(role: $r, right: $right, read: true) { id } }', {
      r: createRole.id,
      right,
    })
  }
  const email = `${key}@example.org`
  const input = { email, roles: [key] }
  const made = await ask('mutation ($input: CreateUserInput!) { createUser(input: $input) { password } }', { input })
  return signIn(email, made.createUser.password)
}

const fieldKeys = ['customer_number', 'score', 'member_since', 'vip', 'segment']

import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import { readConfig } from '../../src/config.ts'
import { Prisma } from '../../src/database/generated/client/client.ts'
import { type HeldGrant, rightsOf } from '../../src/graphql/auth/rights.ts'
import type { Context } from '../../src/graphql/context.ts'
import { runText } from '../../src/graphql/execute/run-text.ts'
import { buildSchema } from '../../src/graphql/schema.ts'
import { openInstallation, workIn } from '../../src/installation.ts'
import { createLog } from '../../src/log.ts'
import { createContact } from '../../src/modules/contacts/create.ts'
import { updateContact } from '../../src/modules/contacts/update.ts'
import { modules } from '../../src/modules/index.ts'
import { actorId, fillLog } from './audit-log-fill.ts'

// How fast the audit log is read when it is long: `node test/bench/audit-log.ts 1000000`, on an embedded database of its own.
// Figures for people; nothing is asserted.

const total = Number(process.argv[2] ?? 1_000_000)
const times = Number(process.argv[3] ?? 40)
const years = 3
const data = await mkdtemp(join(tmpdir(), 'lethe-bench-'))
const config = { ...readConfig({ LETHE_DATA: data }), timeout: 300_000 }
const log = createLog('warn', false)
const installation = await openInstallation(config, { log, say: () => undefined })
const schema = buildSchema(modules)
const work = workIn(installation, config, { actor: { kind: 'user', id: actorId(0) }, log })

/** Somebody who may read what these grants say. */
const caller = (...grants: Omit<HeldGrant, 'read' | 'write'>[]): Context => ({
  ...work,
  requestId: randomUUID(),
  rights: rightsOf(grants.map((grant) => ({ ...grant, read: true, write: false }))),
  // Whoever is bound sees the contacts with this tag.
  bases: [(purposes) => Prisma.sql`c.tags && ${purposes}::text[]`],
  sessionId: null,
  address: '192.0.2.7',
  userAgent: '',
  setSessionCookie: () => undefined,
  deviceCookie: undefined,
  setDeviceCookie: () => undefined,
  sessions: config.sessions,
  loaders: {},
})

const entry =
  'id recordedAt action operation entity entityId fields withheld erased contactId sequence actor { kind id }'
const page = `{ edges { node { ${entry} } } pageInfo { endCursor } }`

async function ask(as: Context, source: string, variableValues: Record<string, unknown>) {
  const contextValue = { ...as, requestId: randomUUID(), loaders: {} }
  const { data: answer, errors } = await runText({ schema, source, variableValues, contextValue })
  if (errors) throw errors[0]
  return JSON.parse(JSON.stringify(answer))
}

async function measure(name: string, run: (turn: number) => Promise<number>) {
  const durations: number[] = []
  let found = 0
  for (let turn = 0; turn < times; turn++) {
    const began = performance.now()
    found = await run(turn)
    durations.push(performance.now() - began)
  }
  const [first = 0] = durations
  durations.sort((one, other) => one - other)
  const at = (share: number) => (durations[Math.floor((durations.length - 1) * share)] ?? 0).toFixed(1).padStart(8)
  console.log(`${name.padEnd(46)} ${String(found).padStart(4)} ${at(0.5)} ${at(0.99)} ${first.toFixed(1).padStart(8)}`)
}

const everything = caller({ right: '*' })
const limited = caller(
  ...['audit.log', 'contacts.contact', 'contacts.name', 'contacts.email'].map((right) => ({ right })),
)
const withHistory = caller(...['audit.history', 'contacts.contact', 'contacts.tags'].map((right) => ({ right })))
const bound = (purpose: string) => caller({ right: '*', roleId: 'r', purposes: [purpose] })
const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString()
const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64')

async function pages(name: string, filter: object, as: Context = everything) {
  const query = `query ($filter: AuditFilter, $after: String) { auditLog(first: 50, filter: $filter, after: $after) ${page} }`
  await measure(name, async () => (await ask(as, query, { filter })).auditLog.edges.length)
}

const owner = new pg.Client({ connectionString: installation.store.ownerUrl })
await owner.connect()
try {
  const { contacts, requestId } = await fillLog(owner, total, years)

  const id = await createContact(
    { ...work, requestId: randomUUID() },
    { givenName: 'Ada' },
    { source: '', sourceAt: null },
  )
  for (let version = 1; version <= 60; version++) {
    const columns = { jobTitle: `Countess ${version}` }
    await updateContact({ ...work, requestId: randomUUID() }, { id, version, columns, points: [] })
  }

  console.log(`\n${total} entries of ${years} years; pages of 50, ${times} times each, in ms`)
  console.log(`${''.padEnd(46)} rows      p50      p99    first`)
  await pages('all', {})
  const query = `query ($after: String) { auditLog(first: 50, after: $after) ${page} }`
  await measure('all, deep', async (turn) => {
    const time = Date.now() - ((turn + 1) / (times + 1)) * years * 365 * 86_400_000
    const after = Buffer.from(JSON.stringify(['-id', uuidv7({ msecs: time })])).toString('base64url')
    return (await ask(everything, query, { after })).auditLog.edges.length
  })
  await pages('period in the middle, a day', { from: daysAgo(500), until: daysAgo(499) })
  await pages('until long ago', { until: daysAgo(900) })
  await pages('action, frequent (updated)', { action: 'UPDATED' })
  await pages('action, rare (removed)', { action: 'REMOVED' })
  await pages('action, in one table (refused)', { action: 'REFUSED' })
  await pages('actor, busy', { actorId: globalId('User', actorId(0)) })
  await pages('actor, seldom', { actorId: globalId('User', actorId(199)) })
  await pages('actor, never', { actorId: globalId('User', randomUUID()) })
  await pages('actor and period', { actorId: globalId('User', actorId(100)), from: daysAgo(500), until: daysAgo(490) })
  await pages('kind of actor, rare (operator)', { actorKind: 'OPERATOR' })
  await pages('entity, frequent (Contact)', { entity: 'Contact' })
  await pages('entity, rare (ContactMerge)', { entity: 'ContactMerge' })
  await pages('field, frequent (givenName)', { field: 'givenName' })
  await pages('field, rare (birthDate)', { field: 'birthDate' })
  await pages('field, once frequent, long ago (timeZone)', { field: 'timeZone' })
  await pages('field, never', { field: 'language' })
  await pages('field and period in the middle', { field: 'birthDate', from: daysAgo(600), until: daysAgo(400) })
  await pages('operation, rare (mergeContacts)', { operation: 'mergeContacts' })
  await pages('two that exclude each other', { action: 'READ', entity: 'EmailAddress' })
  await pages('actor and action', { actorId: globalId('User', actorId(199)), action: 'REMOVED' })
  await pages('one request', { requestId })
  await measure('one contact', async (turn) => {
    const filter = { contactId: globalId('Contact', contacts[(turn * 7919) % contacts.length] ?? '') }
    return (
      await ask(
        everything,
        query.replace('$after: String', '$filter: AuditFilter').replace('after: $after', 'filter: $filter'),
        { filter },
      )
    ).auditLog.edges.length
  })
  const historyOf = async (contact: string, more = '') => {
    const history = `query ($id: ID!) { contact(id: $id) { history(first: 50) { edges { node { ${entry} ${more} } } } } }`
    return (await ask(everything, history, { id: globalId('Contact', contact) })).contact.history.edges.length
  }
  await measure('history of one contact, values opened', () => historyOf(id, 'changes { field old new }'))
  await measure('history of one looked at 20,000 times', () => historyOf(contacts[0] ?? ''))
  await measure('history of one with many entries, few rights', async () => {
    const history = `query ($id: ID!) { contact(id: $id) { history(first: 50) { edges { node { ${entry} } } } } }`
    return (await ask(withHistory, history, { id: globalId('Contact', contacts[0] ?? '') })).contact.history.edges
      .length
  })
  await pages('few rights', {}, limited)
  await pages('few rights, field (address)', { field: 'address' }, limited)
  await pages('bound, sees 1 of 100 contacts', {}, bound('many'))
  await pages('bound, sees 20 contacts', {}, bound('few'))
  await pages('bound, sees 20 contacts, action (updated)', { action: 'UPDATED' }, bound('few'))
  await pages('bound, sees nobody', {}, bound('none'))
} finally {
  await owner.end()
  await installation.close()
  await rm(data, { recursive: true, force: true })
}

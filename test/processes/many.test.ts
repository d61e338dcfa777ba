import { randomUUID } from 'node:crypto'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/database/client.ts'
import { newsletter, openPartners, queries } from '../consent/support.ts'
import { listen } from '../deliveries/listener.ts'
import { type MailServer, startMailServer } from '../mail/mail-server.ts'
import { type Connection, connectTo } from '../rights/connection.ts'
import { admin } from '../support/app.ts'
import { databaseEnvironment } from '../support/environment.ts'
import { http1 } from '../support/https.ts'
import { inFolder, lethe, type Run } from '../support/lethe.ts'

// Four processes on one database and one data folder: two that answer, one that works in the background, and one that does both.

type Process = { run: Run; url: string; connection: Connection }

let mails: MailServer
let database: Database
let ca: string
let processes: { one: Process; other: Process; worker: Process; both: Process }
let keys: { server: string; limited: string }
let token: string
let scheduleId: string
let done: () => void
let over: Promise<void>

const hour = 3_600_000

beforeAll(async () => {
  mails = await startMailServer()
  const partners = await openPartners()
  token = await partners.signIn()
  keys = {
    server: partners.shop.server.key ?? '',
    limited: (await partners.newClient({ name: 'Other' })).server.key ?? '',
  }
  // Due once, an hour ago, as all of them start.
  const due = new Date(Math.floor(Date.now() / hour - 1) * hour)
  const { me } = (await partners.graphql('{ me { id } }', {}, token)).data
  const schedule = await partners.ask(
    'mutation ($input: CreateReportScheduleInput!) { createReportSchedule(input: $input) { id } }',
    {
      input: {
        ...{ name: 'Each day', report: { key: 'lapsing' }, recipients: [{ user: me.id }], evenIfEmpty: true },
        ...{ cron: `0 ${due.getUTCHours()} * * *`, timeZone: 'UTC' },
      },
    },
  )
  scheduleId = schedule.id
  const { databaseUrl = '', data } = partners.config
  ca = partners.ca
  await new Promise<void>((ready, failed) => {
    over = inFolder(async (folder) => {
      for (const name of ['secret', 'tls']) await cp(join(data, name), join(folder, name), { recursive: true })
      await partners.close()
      database = openDatabase(databaseUrl, { connections: 4, statementTimeout: 30_000 })
      await database.reportTurn.update({ where: { scheduleId }, data: { dueAt: due } })
      const start = async (...more: string[]): Promise<Process> => {
        const run = lethe(['serve', ...more], {
          ...{ LETHE_DATA: folder, PORT: '0', LETHE_LOG: 'debug', LETHE_URL: 'https://lethe.example' },
          ...{ LETHE_SMTP_URL: mails.url, LETHE_MAIL_FROM: 'lethe@crm.example', LETHE_CONSENT_SERVER_RATE: '0.1' },
          ...databaseEnvironment(databaseUrl),
        })
        const [, url = ''] = await run.says(/(?:ready|doing): (https:\/\/localhost:\d+)/)
        return { run, url, connection: connectTo(url, ca) }
      }
      const [one, other, worker, both] = await Promise.all([
        start('--role=api'),
        start('--role', 'api'),
        start('--role=worker'),
        start(),
      ])
      processes = { one, other, worker, both }
      ready()
      await new Promise<void>((resolve) => {
        done = resolve
      })
    }).catch(failed)
  })
})

afterAll(async () => {
  for (const { connection } of Object.values(processes ?? {})) connection.close()
  done?.()
  await over
  await database?.$disconnect()
  await mails.close()
})

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
const ask = async (at: Process, query: string, variables: object = {}, as = token): Promise<any> => {
  const { data, errors } = await at.connection.send(as, { query, variables })
  expect(errors).toBeUndefined()
  return Object.values(data ?? {})[0]
}

/** The code of the first error; `done` without one. */
const attempt = async (at: Process, query: string, variables: object = {}, as = token): Promise<string> => {
  const { errors } = await at.connection.send(as, { query, variables })
  return errors?.[0]?.extensions.code ?? 'done'
}

const health = async ({ url }: Process) => JSON.parse((await http1(url, { path: '/health/ready', ca })).body)

const give = (email: string, idempotencyKey = randomUUID()) => ({
  input: {
    ...{ idempotencyKey, person: { email }, purposes: [newsletter] },
    evidence: { kind: 'FORM', text: 'Form 4.' },
  },
})

test('a worker tells how it is doing, and answers nothing else', async () => {
  const { one, worker } = processes
  expect(await health(worker)).toEqual({ status: 'ready' })
  expect((await http1(worker.url, { path: '/metrics', ca })).body).toContain('lethe_audit_oldest_seconds')
  for (const path of ['/graphql', '/account', '/']) {
    expect((await http1(worker.url, { path, ca })).status).toBe(404)
  }
  expect((await http1(one.url, { path: '/sign-in', ca })).status).toBe(200)
})

test('a report that was due is mailed by one of two that work in the background, once', async () => {
  const [mail] = await mails.takesFor(admin.email)
  expect(mail?.subject).toBeTruthy()
  expect(await database.reportMailing.count({ where: { scheduleId } })).toBe(1)
})

test('a right that one takes away is gone in the others within a second, while somebody keeps asking there', async () => {
  const { one, other, both } = processes
  const role = (await ask(one, 'mutation { createRole(input: { key: "readers", name: "Readers" }) { id } }')).id
  await ask(one, 'mutation ($role: ID!) { grantRight(role: $role, right: "contacts.*", read: true) { id } }', { role })
  const { password } = await ask(
    one,
    'mutation { createUser(input: { email: "reader@example.org", roles: ["readers"] }) { password } }',
  )
  const signIn = 'mutation ($password: String!) { signIn(email: "reader@example.org", password: $password) { token } }'
  const reader = (await ask(other, signIn, { password }, '')).token
  const read = (at: Process) => attempt(at, '{ contacts(first: 1) { edges { node { id } } } }', {}, reader)
  let taken = Number.POSITIVE_INFINITY
  /** When it was gone there. */
  const gone = async (at: Process): Promise<number> => {
    for (;;) {
      const code = await read(at)
      if (code === 'FORBIDDEN') return performance.now()
      expect(code).toBe('done')
      expect(performance.now() - taken).toBeLessThan(10_000)
    }
  }
  for (const at of [one, other, both]) expect(await read(at)).toBe('done')
  const ends = Promise.all([other, both].map(gone))
  await ask(one, 'mutation ($role: ID!) { revokeRight(role: $role, right: "contacts.*", read: true) { id } }', { role })
  taken = performance.now()
  for (const end of await ends) expect(end - taken).toBeLessThan(1000)
})

test('who listens at one hears what happens at another', async () => {
  const { other, both } = processes
  const listener = await listen(other.url, { ca, token })
  expect(listener.status).toBe(200)
  const { outcomes } = await ask(both, queries.give, give('heard@example.org'), keys.server)
  expect(outcomes).toMatchObject([{ state: 'GIVEN' }])
  await listener.until(() => listener.changes.length > 0)
  expect(listener.changes[0]).toMatchObject({ kind: 'GIVEN', purpose: 'newsletter', valid: true })
  listener.drop()
})

test('who listens ten times, wherever, does not once more', async () => {
  const { one, other, both } = processes
  const open = await Promise.all(
    Array.from({ length: 10 }, (_, index) => listen([one, other, both][index % 3]?.url ?? '', { ca, token })),
  )
  await Promise.all(open.map((each) => each.until(() => each.beats() > 0)))
  for (const at of [one, other, both]) {
    const late = await listen(at.url, { ca, token })
    await late.ended
    expect(late.errors[0]?.extensions.code).toBe('LIMIT_EXCEEDED')
  }
  for (const each of open) each.drop()
})

test('a call with one idempotency key that two answer at once has one effect, and one answer', async () => {
  const { one, both } = processes
  const call = give('once@example.org')
  const answers = await Promise.all(
    [one, both, one, both].map(({ connection }) =>
      connection.send(keys.server, { query: queries.give, variables: call }),
    ),
  )
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
  expect(answers[0]?.data?.['giveConsent']).toMatchObject({ outcomes: [{ state: 'GIVEN' }] })
  const contacts = await database.contactPoint.count({ where: { value: 'once@example.org' } })
  expect(contacts).toBe(1)
})

test('limits count what comes to all of them', async () => {
  const { one, other, both } = processes
  const begun = performance.now()
  // Three at once, and one more each ten seconds: of each process by itself that would be all nine.
  const calls = [one, other, both].flatMap((at) =>
    [1, 2, 3].map((turn) => attempt(at, queries.give, give(`${at.url.slice(-5)}-${turn}@example.org`), keys.limited)),
  )
  const admitted = (await Promise.all(calls)).filter((code) => code === 'done').length
  expect(admitted).toBeGreaterThanOrEqual(3)
  expect(admitted).toBeLessThanOrEqual(3 + Math.ceil((performance.now() - begun) / 10_000))
  // An account has six in three hours, from places where its user never was.
  const wrong = 'mutation { signIn(email: "nobody@example.org", password: "a wrong pass phrase") { token } }'
  const guesses = await Promise.all([one, other, both].flatMap((at) => [1, 2, 3].map(() => attempt(at, wrong, {}, ''))))
  const judged = guesses.filter((code) => code !== 'TOO_MANY_ATTEMPTS')
  expect(judged.length).toBeGreaterThanOrEqual(3)
  expect(judged.length).toBeLessThanOrEqual(6)
})

const createContact = 'mutation { createContact(input: { givenName: "Ada" }) { id } }'
const holds = 'this process puts entries into the tree of the audit log'

test('when who puts entries into the tree is killed, the other goes on; when nobody is left, those that answer say so', async () => {
  const { one, worker, both } = processes
  const [holder, next] = both.run.output().stderr.includes(holds) ? [both, worker] : [worker, both]
  await ask(one, createContact)
  expect(holder.run.output().stderr).toContain(holds)
  holder.run.child.kill('SIGKILL')
  await holder.run.done
  await ask(one, createContact)
  await next.run.says(holds)
  const left = () =>
    database.$queryRaw<{ left: bigint }[]>`
      SELECT count(*) AS left FROM audit_entry e WHERE NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.id)`
  await expect.poll(async () => Number((await left())[0]?.left), { timeout: 30_000 }).toBe(0)
  expect(await health(one)).not.toHaveProperty('degraded')

  next.run.child.kill('SIGKILL')
  await next.run.done
  await expect
    .poll(async () => (await health(one)).degraded, { timeout: 30_000 })
    .toEqual([expect.stringContaining('No process works in the background')])
  expect((await health(one)).status).toBe('ready')
})

test('they stop by themselves, and leave the folder to whoever wants it alone', async () => {
  const { one, other } = processes
  for (const { run } of [one, other]) run.child.kill('SIGTERM')
  for (const { run } of [one, other]) expect((await run.done).code).toBe(0)
  // What was due an hour ago came once, whoever looked after it.
  expect(mails.taken.length).toBe(1)
})

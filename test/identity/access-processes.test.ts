import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/database/client.ts'
import { createLog } from '../../src/log.ts'
import { auditedModels } from '../../src/modules/audited.ts'
import { modules } from '../../src/modules/index.ts'
import { createSecrets } from '../../src/secrets.ts'
import { type Connection, connectTo } from '../rights/connection.ts'
import { freshDatabase } from '../support/database.ts'
import { databaseEnvironment } from '../support/environment.ts'
import { installation } from '../support/installation.ts'
import { sharedKeys } from '../support/keys.ts'
import { inFolder, lethe, type Run } from '../support/lethe.ts'
import { createPeople, type Person } from './access-support.ts'

// Two server processes on one database.

let database: Database
let people: ReturnType<typeof createPeople>
let one: Connection
let other: Connection
let boss: Person
let done: () => void
let over: Promise<void>

beforeAll(async () => {
  const url = await freshDatabase()
  const secret = randomBytes(24).toString('base64url')
  database = openDatabase(url, { connections: 4, statementTimeout: 30_000 })
  people = createPeople({
    database,
    audited: auditedModels(modules),
    actor: { kind: 'system', id: null },
    log: createLog('silent', false),
    country: 'DE',
    secrets: createSecrets(Buffer.from(secret)),
    keys: sharedKeys,
    storage: installation.storage,
    ledger: installation.ledger,
    publicUrl: 'https://lethe.test',
    mail: false,
  })
  await new Promise<void>((ready, failed) => {
    over = inFolder(async (folder) => {
      const start = async () => {
        const data = await mkdtemp(join(folder, 'data-'))
        const run = lethe(['serve'], {
          LETHE_DATA: data,
          ...databaseEnvironment(url),
          LETHE_SECRET: secret,
          PORT: '0',
          LETHE_LOG: 'warn',
        })
        return connection(run, data)
      }
      ;[one, other] = await Promise.all([start(), start()])
      ready()
      await new Promise<void>((resolve) => {
        done = resolve
      })
    }).catch(failed)
  })
  boss = await people.person({ '*': 'rw' })
})

afterAll(async () => {
  for (const its of [one, other]) its?.close()
  done?.()
  await over
  await database.$disconnect()
})

async function connection(run: Run, data: string) {
  const [, url = ''] = await run.says(/Lethe is ready: (https:\/\/localhost:\d+)/)
  return connectTo(url, await readFile(join(data, 'tls', 'certificate.pem'), 'utf8'))
}

/** The code of the first error; `done` without one. */
async function attempt(to: Connection, who: Person, query: string, variables: object) {
  const { errors } = await to.send(who.token, { query, variables })
  return errors?.[0]?.extensions.code ?? 'done'
}

const assign = 'mutation ($id: ID!, $role: ID!) { assignRole(user: $id, role: $role) { id } }'
const unassign = 'mutation ($id: ID!, $role: ID!) { unassignRole(user: $id, role: $role) { id } }'
const disable = 'mutation ($id: ID!) { disableUser(id: $id) { id } }'
const enable = 'mutation ($id: ID!) { enableUser(id: $id) { id } }'

describe('what is taken away by one process is gone in the other within a second, while a client keeps asking there', () => {
  test.each<[string, string]>([
    ['a right', 'mutation ($role: ID!) { revokeRight(role: $role, right: "contacts.*", read: true) { id } }'],
    ['a role', unassign],
    ['all roles of that kind', 'mutation ($role: ID!) { deleteRole(id: $role) }'],
    ['a session', 'mutation ($id: ID!) { endUserSessions(id: $id) { id } }'],
    ['an account', disable],
  ])('%s', async (_what, query) => {
    const client = await people.person({ 'contacts.*': 'r' })
    const ask = () => attempt(other, client, '{ contacts(first: 1) { edges { node { id } } } }', {})
    expect(await ask()).toBe('done')
    let taken: number | undefined
    let gone: number | undefined
    const asking = (async () => {
      while (!gone) {
        const code = await ask()
        if (code !== 'done') gone = performance.now()
        if (taken && performance.now() - taken > 5000) break
      }
    })()
    for (let before = 0; before < 5; before++) await ask()
    expect(gone).toBeUndefined()
    expect(await attempt(one, boss, query, { id: client.id, role: client.role })).toBe('done')
    taken = performance.now()
    await asking
    expect((gone ?? Number.POSITIVE_INFINITY) - taken).toBeLessThan(1000)
    // And it stays so.
    for (let after = 0; after < 5; after++) expect(await ask()).not.toBe('done')
  })
})

describe('of two administrators one stays, when at the same moment', () => {
  let pair: [Person, Person]
  const grants = { '*': 'rw' } as const

  beforeAll(async () => {
    pair = [await people.person(grants), await people.person(grants)]
    const all = await database.user.findMany({ where: { id: { notIn: pair.map(({ uuid }) => uuid) } } })
    for (const { id } of all) {
      const user = Buffer.from(`User:${id}`).toString('base64')
      expect(await attempt(one, pair[0], disable, { id: user })).toBe('done')
    }
  })

  const rounds = 15

  /** Lets both act at once, each at a process of their own, and then brings back whoever lost. Returns what came of it. */
  async function round(
    act: (me: Person, them: Person, to: Connection) => Promise<string>,
    bringBack: (winner: Person, loser: Person, to: Connection) => Promise<void>,
  ) {
    const [a, b] = pair
    for (const [to, who] of [
      [one, a],
      [other, b],
    ] as const) {
      await expect.poll(() => attempt(to, who, '{ rights { name } }', {}), { interval: 5, timeout: 5000 }).toBe('done')
    }
    const outcomes = await Promise.all([act(a, b, one), act(b, a, other)])
    const left = await database.$queryRaw<{ id: string }[]>`
      SELECT u.id FROM user_account u JOIN role_assignment a ON a.user_id = u.id JOIN role_grant g ON g.role_id = a.role_id
      WHERE u.disabled_at IS NULL AND g."right" = '*' AND g.write`
    expect(left).toHaveLength(1)
    const stayed = left[0]?.id === a.uuid
    await (stayed ? bringBack(a, b, one) : bringBack(b, a, other))
    return [...outcomes].sort().join(' ')
  }

  test('both give it up', async () => {
    for (let count = 0; count < rounds; count++) {
      const outcome = await round(
        (me, _them, to) => attempt(to, me, unassign, { id: me.id, role: me.role }),
        async (winner, { id, role }, to) => expect(await attempt(to, winner, assign, { id, role })).toBe('done'),
      )
      expect(outcome).toBe('LAST_ADMINISTRATOR done')
    }
  })

  test('each takes it from the other', async () => {
    for (let count = 0; count < rounds; count++) {
      const outcome = await round(
        (me, { id, role }, to) => attempt(to, me, unassign, { id, role }),
        async (winner, { id, role }, to) => expect(await attempt(to, winner, assign, { id, role })).toBe('done'),
      )
      expect(outcome).toBeOneOf(['FORBIDDEN done', 'LAST_ADMINISTRATOR done'])
    }
  })

  test('each disables the other', async () => {
    for (let count = 0; count < rounds; count++) {
      const outcome = await round(
        (me, { id }, to) => attempt(to, me, disable, { id }),
        async (winner, loser, to) => {
          expect(await attempt(to, winner, enable, { id: loser.id })).toBe('done')
          Object.assign(loser, await people.session(loser.uuid))
        },
      )
      expect(outcome).toBeOneOf(['FORBIDDEN done', 'LAST_ADMINISTRATOR done', 'UNAUTHENTICATED done'])
    }
  })
})

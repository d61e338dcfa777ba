import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/database/client.ts'
import { createLog } from '../../src/log.ts'
import { auditedModels } from '../../src/modules/audited.ts'
import { modules } from '../../src/modules/index.ts'
import { createSecrets } from '../../src/secrets.ts'
import { createPeople, type Person } from '../identity/access-support.ts'
import { type Connection, connectTo } from '../rights/connection.ts'
import { freshDatabase, ownerOf } from '../support/database.ts'
import { databaseEnvironment } from '../support/environment.ts'
import { installation } from '../support/installation.ts'
import { sharedKeys } from '../support/keys.ts'
import { inFolder, lethe, type Run } from '../support/lethe.ts'
import { classified } from './support.ts'

// Two server processes on one database; the first has the owner's connection, too.

let database: Database
let url: string
let one: Connection
let other: Connection
let boss: Person
let done: () => void
let over: Promise<void>

beforeAll(async () => {
  url = await freshDatabase()
  const secret = randomBytes(24).toString('base64url')
  database = openDatabase(url, { connections: 4, statementTimeout: 30_000 })
  const people = createPeople({
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
      const start = async (settings: Record<string, string>) => {
        const data = await mkdtemp(join(folder, 'data-'))
        const environment = {
          ...databaseEnvironment(url),
          LETHE_SECRET: secret,
          PORT: '0',
          LETHE_LOG: 'warn',
          ...settings,
        }
        return connection(lethe(['serve'], { LETHE_DATA: data, ...environment }), data)
      }
      one = await start({ DATABASE_OWNER_URL: ownerOf(url) })
      other = await start({})
      ready()
      await new Promise<void>((resolve) => {
        done = resolve
      })
    }).catch(failed)
  })
  boss = await people.person({ '*': 'rw' })
}, 120_000)

afterAll(async () => {
  for (const its of [one, other]) its?.close()
  done?.()
  await over
  await database.$disconnect()
})

async function connection(run: Run, data: string) {
  const [, address = ''] = await run.says(/Lethe is ready: (https:\/\/localhost:\d+)/)
  return connectTo(address, await readFile(join(data, 'tls', 'certificate.pem'), 'utf8'))
}

const ask = async (to: Connection, query: string, variables: object = {}) => {
  const answer = await to.send(boss.token, { query, variables })
  return { ...answer, codes: (answer.errors ?? []).map(({ extensions }) => extensions.code) }
}

const define = 'mutation ($input: DefineFieldInput!) { defineField(input: $input) { key } }'
const inputOf = (key: string, kind: string) => ({ key, kind, labels: [{ language: 'en', text: key }], ...classified })

test('a field that one process defines is there in the other within a second', async () => {
  await ask(
    one,
    `mutation {
      createRetentionClass(input: { key: "sales", names: [{ language: "en", text: "S" }], period: "P2Y", start: COLLECTED, action: ERASE }) { key }
      createPurpose(input: { key: "sales", names: [{ language: "en", text: "S" }], descriptions: [{ language: "en", text: "S" }], grounds: [CONTRACT] }) { key }
    }`,
  )
  const create =
    'mutation ($key: String!) { createContact(input: { givenName: "A", customFields: [{ key: $key, value: { text: "x" } }] }) { customField(key: $key) { key } } }'
  const list =
    'query ($key: String!) { contacts(filter: { customFields: [{ key: $key, is: { text: { equals: "x" } } }] }) { totalCount } rights { name } }'
  for (const key of ['first', 'second', 'third']) {
    expect((await ask(other, list, { key })).codes).toEqual(['INVALID_INPUT'])
    expect((await ask(one, define, { input: inputOf(key, 'TEXT') })).codes).toEqual([])
    const since = performance.now()
    await expect.poll(async () => (await ask(other, list, { key })).codes, { interval: 5, timeout: 5000 }).toEqual([])
    expect(performance.now() - since).toBeLessThan(1000)
    expect((await ask(other, create, { key })).data).toEqual({ createContact: { customField: { key } } })
    expect((await ask(other, list, { key })).text).toContain(`"fields.${key}"`)
  }
})

test('no value is written that the field does not allow any more, while another process changes it', async () => {
  await ask(one, define, { input: inputOf('moving', 'TEXT') })
  const create =
    'mutation ($v: String!) { createContact(input: { givenName: "B", customFields: [{ key: "moving", value: { text: $v } }] }) { id } }'
  await expect.poll(async () => (await ask(other, create, { v: '1' })).codes, { timeout: 5000 }).toEqual([])
  let writing = true
  const outcomes = new Set<string>()
  const writer = async () => {
    while (writing) outcomes.add((await ask(other, create, { v: 'words' })).codes.join() || 'done')
  }
  const writers = Promise.all([writer(), writer(), writer()])
  await expect.poll(() => outcomes.has('done'), { timeout: 5000 }).toBe(true)
  const change = 'mutation { updateField(input: { key: "moving", kind: INTEGER }, unfitting: CLEAR) { kind } }'
  expect((await ask(one, change)).codes).toEqual([])
  await expect.poll(() => outcomes.has('INVALID_INPUT'), { timeout: 5000 }).toBe(true)
  writing = false
  await writers
  expect([...outcomes].toSorted()).toEqual(['INVALID_INPUT', 'done'])
  const kept = await database.$queryRaw<{ value: unknown }[]>`
    SELECT DISTINCT custom_fields->'moving' AS value FROM contact WHERE custom_fields ? 'moving'`
  expect(kept).toEqual([{ value: 1 }])
}, 60_000)

test('an index that is asked for of one process is made by another one, which may', async () => {
  expect((await ask(other, 'mutation { requestFieldIndex(key: "first") { key } }')).codes).toEqual([])
  const state = async () => (await ask(other, '{ fieldDefinitions { key indexState } }')).text
  await expect.poll(state, { timeout: 20_000 }).toContain('{"key":"first","indexState":"READY"}')
})

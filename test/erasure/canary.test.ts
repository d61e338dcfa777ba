import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { scrubStore, scrubTargets } from '../../src/database/scrubbing.ts'
import { transact } from '../../src/database/transact.ts'
import type { WorkContext } from '../../src/graphql/context.ts'
import { type Installation, openInstallation, workIn } from '../../src/installation.ts'
import { createContact } from '../../src/modules/contacts/create.ts'
import { executeErasure } from '../../src/modules/erasure/engine/execute.ts'
import { beginningOf } from '../../src/modules/hooks.ts'
import { modules } from '../../src/modules/index.ts'
import { createFiller, dropChecks, type Told } from '../disclosure/filler.ts'
import { declaredColumns } from '../support/columns.ts'
import { facts, wholeContact } from '../support/erasure.ts'
import { searchBytes } from './search.ts'

// An installation with a PostgreSQL of its own, whose every byte is looked at. One contact has something unique in every classified
// column of every module, and is erased; another one stays.

const unique = () => `zq${randomBytes(8).toString('hex')}x`
const [gone, stays] = [unique(), unique()]

let data: string
let installation: Installation
let owner: pg.Client
let filled = 0
const keys = new Map<string, Buffer>()

const work = (): WorkContext => {
  const { store, config } = { store: installation.store, config: readConfig(environment()) }
  const log = pino({ level: 'silent' })
  return {
    ...workIn({ ...installation, store }, config, { actor: { kind: 'system', id: null }, log }),
    requestId: randomUUID(),
  }
}
const environment = () => ({ LETHE_DATA: data, PORT: '0' })

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'lethe-canary-'))
  installation = await openInstallation(readConfig(environment()), {
    log: pino({ level: 'silent' }),
    say: () => undefined,
  })
  owner = new pg.Client({ connectionString: installation.store.ownerUrl })
  await owner.connect()
  await transact(work(), 'begin', beginningOf(modules))
}, 120_000)
afterAll(async () => {
  await owner?.end().catch(() => undefined)
  await installation?.close().catch(() => undefined)
  await rm(data, { recursive: true, force: true })
})

/** A contact with something that begins so; with `words`, in every classified column, and in what was changed before. */
async function personWith(prefix: string, words?: ReadonlyMap<string, string[]>): Promise<string> {
  const context = work()
  const draft = {
    ...{ givenName: `${prefix}given`, familyName: `${prefix}family` },
    emails: [{ address: `${prefix}@example.org` }],
  }
  const contactId = await createContact(context, draft, { source: `${prefix}source` })
  if (!words) return contactId
  const key = (await context.keys.find([contactId])).get(contactId)
  if (!key || key === 'destroyed') throw new Error('there is no key')
  const columns = await declaredColumns('prisma', 'schema')
  const filler = createFiller(owner, context.database, { contactId, key }, { columns, words, prefix })
  for (const { personalData } of modules) {
    if (personalData === 'none') continue
    const told = () =>
      transact(work(), 'disclose', async (tx) => {
        const told: Told = { records: '', files: '' }
        for await (const one of personalData.disclose({ ...context, tx, contactId })) {
          told.records += JSON.stringify(one)
          for (const { open } of one.files ?? []) for await (const part of open()) told.files += Buffer.from(part)
        }
        return told
      })
    for (const model of personalData.models) filled += (await filler.fill(model, told)).length
  }
  for (const turn of [1, 2, 3])
    await owner.query('UPDATE contact SET job_title = $2, version = version + 1 WHERE contact_id = $1', [
      contactId,
      `${prefix}job${turn}`,
    ])
  return contactId
}

describe('whatever was kept of somebody who was erased', () => {
  test('is in no byte of the data folder any more', async () => {
    await owner.query("SET session_replication_role = 'replica'")
    const words = await dropChecks(owner)
    const [erased, other] = [await personWith(gone, words), await personWith(stays)]
    expect(filled).toBeGreaterThan(100)
    await owner.query('ANALYZE')
    await owner.query('CHECKPOINT')
    const keystore = new pg.Client({ connectionString: installation.store.keystoreUrl })
    await keystore.connect()
    const wrapped = await keystore.query('SELECT contact_id, wrapped FROM contact_key WHERE contact_id = ANY($1)', [
      [erased, other],
    ])
    for (const row of wrapped.rows) keys.set(row.contact_id, row.wrapped)
    await keystore.end()
    const needles = new Map([
      ['who is erased', Buffer.from(gone)],
      ['the key of who is erased', keys.get(erased) ?? Buffer.alloc(0)],
    ])
    const before = await searchBytes(data, needles)
    const places = (found: string[], part: string) => found.filter((one) => one.includes(part)).length
    expect([places(before, '/base/') > 20, places(before, '/pg_wal/') > 0, places(before, 'the key') > 0]).toEqual([
      true,
      true,
      true,
    ])

    const decision = wholeContact()
    await executeErasure(work(), { erasureId: decision.erasureId, contactIds: [erased], decision, facts: facts() })
    const targets = scrubTargets(installation.store) ?? []
    const scrubbed = await scrubStore(installation.store, targets, { patience: 10_000 })
    expect(scrubbed).toMatchObject({ faults: [], tables: expect.any(Number) })
    const { rows } = await owner.query<{ path: string; name: string }>(
      `SELECT pg_relation_filepath(oid) AS path, oid::regclass::text AS name FROM pg_class WHERE relfilenode <> 0`,
    )
    const names = new Map(rows.map(({ path, name }) => [path, name]))
    await owner.end()
    await installation.close()

    const after = await searchBytes(data, needles)
    expect(after.map((one) => `${one}: ${names.get(one.replace(/^.*\/(?=base\/)/, '')) ?? ''}`)).toEqual([])
    // Whoever stays is there, where this search would have found the other one.
    const others = new Map([
      ['who stays', Buffer.from(stays)],
      ['the key of who stays', keys.get(other) ?? Buffer.alloc(0)],
    ])
    expect(places(await searchBytes(data, others), '/base/')).toBeGreaterThan(3)
  }, 600_000)
})
